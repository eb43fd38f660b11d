import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { processFaults, type ProcessFaults, type Routes } from "@weir/services/faults";
import type { IngestContext, IngestReport, IngestState } from "../contract.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

export interface WorkerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface WorkerOptions {
  readonly context: IngestContext;
  /** Where to connect for each address that a broker advertises; absent: where it says. */
  readonly routes?: Routes | undefined;
  /** File URL of the module that exports `solution`. */
  readonly solution: string;
  /** `prepare`: make the tables and end. `start`: work until drained. */
  readonly task: "prepare" | "start";
  /** A sentence from the worker, for people. */
  readonly onLine: (line: string) => void;
}

const linesMax = 20;

/** A worker process, as its judge sees it. */
export class Worker {
  readonly name: string;
  readonly exited: Promise<WorkerExit>;
  /** Resolves once the solution runs; rejects when the process ends before that. */
  readonly ready: Promise<void>;
  state: IngestState = { inFlight: 0, settled: 0 };
  failure: { readonly code: string; readonly sentence: string } | undefined;
  report: IngestReport | undefined;
  isAlive = true;
  isRunning = false;
  readonly #child: ChildProcess;
  readonly #faults: ProcessFaults | undefined;
  readonly #lastLines: string[] = [];

  constructor({ context, routes, solution, task, onLine }: WorkerOptions) {
    this.name = context.worker;
    const file = fileURLToPath(new URL("worker-process.ts", import.meta.url));
    const execArgv = ["--disable-warning=TimeoutNegativeWarning", "--expose-gc"];
    this.#child = fork(file, { execArgv, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on("data", (data) => this.#keep(String(data)));
    this.#faults = this.#child.pid === undefined ? undefined : processFaults(this.#child.pid);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    // Whoever does not ask whether it is ready sees its exit.
    this.ready.catch(() => undefined);
    this.#child.on("message", (message: FromWorker) => {
      if (message.type === "ready") {
        this.isRunning = true;
        resolve();
      }
      if (message.type === "said") onLine(`${this.name}: ${message.line}`);
      this.#hear(message);
    });
    this.exited = new Promise((resolveExit) => {
      this.#child.on("exit", (code, signal) => {
        this.isAlive = false;
        reject(new Error(this.describeFailure()));
        resolveExit({ code, signal });
      });
    });
    this.#tell({ type: task, solution, context, routes });
  }

  drain(deadlineMs: number): void {
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
    await this.#faults?.stop();
  }

  async goOn(): Promise<void> {
    if (this.isAlive) await this.#faults?.continue();
  }

  /** SIGKILL: nothing of the process runs after this. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Why it ended by itself, as one sentence with its last words. */
  describeFailure(): string {
    if (this.failure !== undefined) return this.failure.sentence;
    const words = this.#lastLines.length > 0 ? `; its last words:\n  ${this.#lastLines.join("\n  ")}` : "";
    return `${this.name} ended without a reason${words}`;
  }

  #tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message);
  }

  #hear(message: FromWorker): void {
    if (message.type === "state") this.state = message.state;
    if (message.type === "failed") this.failure = message;
    if (message.type !== "ended") return;
    this.report = message.report;
    this.state = message.report;
    this.failure ??= message.report.error;
  }

  #keep(text: string): void {
    this.#lastLines.push(...text.split("\n").filter((line) => line.trim() !== ""));
    this.#lastLines.splice(0, this.#lastLines.length - linesMax);
  }
}
