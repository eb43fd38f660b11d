import { fork } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import {
  type BenchCase,
  benchSizes,
  type BenchSize,
  type BenchSizeName,
  type Figure,
  type Target,
} from "./bench-case.ts";
import { benchErrors } from "./bench-errors.ts";
import { benchSetNames, casesOf } from "./bench-sets.ts";
import { median } from "./rounds.ts";

export interface BenchOptions {
  /** Default: all. */
  readonly sets?: readonly string[];
  /** Default `full`. */
  readonly size?: BenchSizeName;
  /** Instead of the size's own numbers of messages and records. */
  readonly messages?: number;
  readonly rounds?: number;
  /** After it a case's process is ended. Default 10 minutes. */
  readonly caseDeadlineMs?: number;
  readonly signal?: AbortSignal;
  /** Takes lines about what is going on. */
  readonly report?: (line: string) => void;
}

export interface MeasuredFigure {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly number[];
  readonly target?: Target;
  /** Of the median, or of the worst value where that counts. Absent without a target. */
  readonly isMet?: boolean;
}

export interface MeasuredCase {
  readonly set: string;
  readonly name: string;
  readonly tookMs: number;
  readonly figures: readonly MeasuredFigure[];
}

export interface BenchDocument {
  readonly format: "weir.bench/1";
  readonly startedAt: string;
  readonly size: BenchSize;
  readonly machine: { readonly node: string; readonly system: string; readonly cores: number; readonly load: number };
  readonly cases: readonly MeasuredCase[];
}

/**
 * Measures case after case, each in a process of its own. Targets that are missed are part of the document.
 * Rejects with `invalid-options`, `overdue`, `no-figures` or `interrupted`.
 */
export async function runBench(options: BenchOptions = {}): Promise<BenchDocument> {
  const { report = () => {}, signal } = options;
  const size = readSize(options);
  const cases = casesOf(readSets(options.sets));
  const startedAt = new Date().toISOString();
  const load = Math.round((os.loadavg()[0] ?? 0) * 10) / 10;
  const measured: MeasuredCase[] = [];
  for (const each of cases) {
    report(`${each.set}  ${each.name} …`);
    if (signal?.aborted === true) throw benchErrors.interrupted();
    measured.push(await measureAlone(each, size, options));
  }
  const machine = {
    node: process.versions.node,
    system: `${os.platform()} ${os.arch()}`,
    cores: os.availableParallelism(),
    load,
  };
  return { format: "weir.bench/1", startedAt, size, machine, cases: measured };
}

function readSets(sets: readonly string[] = []): readonly string[] {
  const unknown = sets.filter((set) => !benchSetNames.includes(set));
  if (unknown.length > 0) {
    throw benchErrors.invalidOptions(`there is no set ${unknown.join(", ")}; there are: ${benchSetNames.join(", ")}`);
  }
  return sets.length === 0 ? benchSetNames : sets;
}

function readSize({ size = "full", messages, rounds }: BenchOptions): BenchSize {
  for (const [name, value] of Object.entries({ messages, rounds })) {
    if (value === undefined || (Number.isSafeInteger(value) && value >= 1 && value <= 100_000_000)) continue;
    throw benchErrors.invalidOptions(`${name}: expected a whole number from 1 to 100,000,000, given ${value}`);
  }
  const chosen = benchSizes[size];
  return {
    ...chosen,
    ...(messages !== undefined && { messages, records: messages }),
    ...(rounds !== undefined && { rounds, serverRounds: rounds }),
  };
}

const caseProcess = new URL("./case-process.ts", import.meta.url);

async function measureAlone(each: BenchCase, size: BenchSize, options: BenchOptions): Promise<MeasuredCase> {
  const { caseDeadlineMs = 600_000, signal } = options;
  const title = `${each.set} ${each.name}`;
  const startedMs = performance.now();
  const child = fork(caseProcess, [each.set, each.name, JSON.stringify(size)], {
    execArgv: ["--expose-gc", "--disable-warning=TimeoutNegativeWarning"],
    // What a case prints is for people: stdout belongs to the document.
    stdio: ["ignore", 2, 2, "ipc"],
  });
  let figures: readonly Figure[] | undefined;
  child.on("message", (message) => (figures = message as readonly Figure[]));
  let isOverdue = false;
  const timer = setTimeout(() => {
    isOverdue = true;
    child.kill("SIGKILL");
  }, caseDeadlineMs);
  const end = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", end);
  // Both: the figures may still be in the channel when the process has ended.
  const [[code, killedBy]] = await Promise.all([once(child, "exit"), once(child, "disconnect")]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", end);
  if (signal?.aborted === true) throw benchErrors.interrupted();
  if (isOverdue) throw benchErrors.overdue(title, caseDeadlineMs);
  if (figures === undefined || code !== 0) throw benchErrors.noFigures(title, killedBy ?? `exit code ${code}`);
  const tookMs = Math.round(performance.now() - startedMs);
  return { set: each.set, name: each.name, tookMs, figures: figures.map((figure) => judge(figure)) };
}

export function judge({ name, unit, values, counts = "median", target }: Figure): MeasuredFigure {
  const [middle, min, max] = [median(values), Math.min(...values), Math.max(...values)];
  const measured = { name, unit, median: middle, min, max, values };
  if (target === undefined) return measured;
  if ("atLeast" in target) {
    return { ...measured, target, isMet: (counts === "worst" ? min : middle) >= target.atLeast };
  }
  return { ...measured, target, isMet: (counts === "worst" ? max : middle) <= target.atMost };
}
