// A drill of three lines, for the tests of this package: numbers are sent, and each must be written once.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { declare, type Claim } from "./claim.ts";
import { HistoryWriter, type Declaration, type HistoryRecord } from "./history.ts";
import { judge, type Judgement, type JudgeOptions } from "./judge.ts";
import type { Finding } from "./verdict.ts";

export interface TinyRecord extends HistoryRecord {
  readonly kind: "sent" | "written";
  readonly n: number;
}

export interface TinyFacts {
  readonly sent: Set<number>;
  readonly written: number[];
}

const guards = [
  { id: "sent", sentence: "something was sent", min: 1, reached: ({ sent }: TinyFacts) => sent.size },
  { id: "written", sentence: "something was written", min: 1, reached: ({ written }: TinyFacts) => written.length },
];

const zero = { comparison: "=", threshold: 0, unit: "numbers", how: "counted" } as const;

export const tinyClaims: readonly Claim<TinyFacts>[] = [
  { ...zero, id: "I1", sentence: "Every number sent is written", guards, look: findLost },
  { ...zero, id: "I2", sentence: "Nothing else is written", guards, look: findInvented },
  { ...zero, id: "I3", sentence: "No number is written twice", guards, look: findDoubled },
];

export const tinyDeclaration: Declaration = {
  drill: "00-tiny",
  variant: "solution",
  seed: 7,
  parameters: {},
  claims: declare(tinyClaims),
};

function findLost({ sent, written }: TinyFacts): Finding {
  const lost = [...sent].filter((n) => !written.includes(n));
  return { seen: lost.length, n: sent.size, witness: lost.map((n) => `${n} was not written`) };
}

function findInvented({ sent, written }: TinyFacts): Finding {
  const invented = written.filter((n) => !sent.has(n));
  return { seen: invented.length, n: written.length, witness: invented.map((n) => `${n} was not sent`) };
}

function findDoubled({ written }: TinyFacts): Finding {
  const doubled = written.filter((n, index) => written.indexOf(n) !== index);
  return { seen: doubled.length, n: written.length, witness: doubled.map((n) => `${n} was written again`) };
}

export function goodRecords(numbers: readonly number[]): TinyRecord[] {
  return numbers.flatMap((n) => [
    { kind: "sent", n },
    { kind: "written", n },
  ]);
}

export async function writeHistory(
  file: string,
  records: readonly HistoryRecord[],
  claims = tinyClaims,
): Promise<void> {
  const writer = new HistoryWriter(file, { ...tinyDeclaration, claims: declare(claims) });
  for (const record of records) writer.append(record);
  await writer.end();
}

export function judgeTiny(
  file: string,
  claims: JudgeOptions<TinyFacts>["claims"] = tinyClaims,
): Promise<Judgement<TinyFacts>> {
  return judge<TinyFacts>({
    file,
    claims,
    facts: { sent: new Set(), written: [] },
    takeIn: (facts, record) => {
      const { kind, n } = record as TinyRecord;
      if (kind === "sent") facts.sent.add(n);
      else facts.written.push(n);
    },
  });
}

/** A directory that is gone after the test. */
export async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "weir-proof-"));
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}
