import { fork, type ChildProcess, type StdioOptions } from "node:child_process";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { asWeirError } from "@weir/core";
import { processFaults, type ProcessFaults } from "@weir/services/faults";
import type { MemorySession } from "../topic/memory-session.ts";
import type { MemoryTopic } from "../topic/memory-topic.ts";
import type { DeliveredRun } from "../topic/topic.ts";
import { failureSentence, type WorkerFailure } from "./failure-sentence.ts";
import { Patience, type Deadlines } from "./patience.ts";
import type { Phase, WorkerReport, WorkerState } from "./work.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./worker-messages.ts";

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WorkerOptions {
  readonly name: string;
  readonly task: WorkerTask | Promise<WorkerTask>;
  readonly deadlines: Deadlines;
  /** On the memory tier: the log, which the worker reaches by messages. */
  readonly log?: MemoryTopic | undefined;
  readonly onDelivered?: (runs: readonly DeliveredRun[]) => void;
  /** A sentence from the worker, for people. */
  readonly onLine: (line: string) => void;
}

const linesMax = 20;
const noState: WorkerState = { inFlight: 0, settled: 0 };

/** What was compiled once is not compiled again: a worker is up in half the time. */
function workerEnvironment(): NodeJS.ProcessEnv {
  return { NODE_COMPILE_CACHE: path.join(tmpdir(), "node-compile-cache"), ...process.env };
}

/** A worker process, as its judge sees it. */
export class Worker {
  readonly name: string;
  readonly exited: Promise<WorkerExit>;
  /** Resolves once the solution runs; rejects when the process ends before that. */
  readonly ready: Promise<void>;
  state = noState;
  report: WorkerReport | undefined;
  phase: Phase = "booting";
  isAlive = true;
  readonly #child: ChildProcess;
  readonly #faults: ProcessFaults | undefined;
  readonly #patience: Patience;
  readonly #options: WorkerOptions;
  readonly #session: MemorySession | undefined;
  readonly #lastLines: string[] = [];
  readonly #onReady: () => void;
  #module = "";
  #failure: WorkerFailure | undefined;

  constructor(options: WorkerOptions) {
    const { name, deadlines, log, onDelivered = () => {} } = options;
    this.name = name;
    this.#options = options;
    const file = fileURLToPath(new URL("worker-process.ts", import.meta.url));
    const execArgv = [
      "--disable-warning=TimeoutNegativeWarning",
      "--disable-warning=ExperimentalWarning",
      "--expose-gc",
    ];
    const stdio: StdioOptions = ["ignore", "pipe", "pipe", "ipc"];
    this.#child = fork(file, { execArgv, stdio, serialization: "advanced", env: workerEnvironment() });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (data) => this.#keep(String(data)));
    this.#faults = this.#child.pid === undefined ? undefined : processFaults(this.#child.pid);
    this.#patience = new Patience(deadlines, (overdue) => this.#giveUp(overdue));
    this.#session = log?.connect({
      worker: name,
      onDelivered,
      send: (message) => this.#tell({ type: "log", message }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#onReady = resolve;
    this.ready = promise;
    // Whoever does not ask whether it is ready sees its exit.
    this.ready.catch(() => undefined);
    this.#child.on("message", (message: FromWorker) => this.#hear(message));
    this.exited = new Promise((resolveExit) => {
      this.#child.on("exit", (code, signal) => {
        this.isAlive = false;
        this.state = noState;
        this.#patience.end();
        this.#session?.gone();
        reject(new Error(this.describeFailure()));
        resolveExit({ code, signal });
      });
    });
    void this.#begin(options.task);
  }

  get isRunning(): boolean {
    return this.phase === "running" || this.phase === "draining";
  }

  /** Asks it to end. Who does not end within the deadline and some grace is killed, and that is its failure. */
  drain(deadlineMs: number): void {
    this.#patience.await("draining");
    this.#tell({ type: "drain", deadlineMs });
  }

  /** Bytes of heap and external memory after garbage collection. */
  measure(): Promise<number> {
    return new Promise((resolve) => {
      const onMessage = (message: FromWorker): void => {
        if (message.type !== "measured") return;
        this.#child.off("message", onMessage);
        resolve(message.bytes);
      };
      this.#child.on("message", onMessage);
      this.#tell({ type: "measure" });
    });
  }

  /** SIGSTOP: its connections stay open, and nothing of it runs until {@link goOn}. */
  async stop(): Promise<void> {
    this.#patience.suspend();
    await this.#faults?.stop();
  }

  async goOn(): Promise<void> {
    if (this.isAlive) await this.#faults?.continue();
    this.#patience.resume();
  }

  /** SIGKILL: nothing of the process runs after this. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Why it ended by itself, as one sentence with its last words. */
  describeFailure(): string {
    return failureSentence({
      worker: this.name,
      file: this.#module === "" ? "its module" : path.relative(process.cwd(), fileURLToPath(this.#module)),
      phase: this.phase,
      failure: this.#failure,
      lastLines: this.#lastLines,
    });
  }

  async #begin(given: WorkerTask | Promise<WorkerTask>): Promise<void> {
    try {
      const task = await given;
      this.#module = task.module;
      this.#patience.await("booting");
      this.#tell(task);
    } catch (thrown) {
      this.#failure = { kind: "told", sentence: asWeirError(thrown).message };
      this.kill();
    }
  }

  #giveUp(failure: WorkerFailure): void {
    this.#failure ??= failure;
    this.kill();
  }

  #tell(message: ToWorker): void {
    // One that has just ended: its exit says so.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  #hear(message: FromWorker): void {
    this.#patience.heard();
    switch (message.type) {
      case "log":
        return this.#session?.hear(message.message);
      case "tick":
        this.#session?.heartbeat();
        this.state = message.state ?? this.state;
        return;
      case "delivered":
        return this.#options.onDelivered?.(message.runs);
      case "said":
        return this.#options.onLine(`${this.name}: ${message.line}`);
      case "phase":
        return this.#enter(message.phase);
      case "failed":
        this.#failure ??= { ...message, kind: "told" };
        return;
      case "ended":
        this.report = message.report;
        if (message.report.error !== undefined) this.#failure ??= { kind: "told", ...message.report.error };
        return;
      case "measured":
        return;
    }
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.#patience.await(phase);
    if (phase === "running") this.#onReady();
  }

  #keep(text: string): void {
    this.#lastLines.push(...text.split("\n").filter((line) => line.trim() !== ""));
    this.#lastLines.splice(0, this.#lastLines.length - linesMax);
  }
}
