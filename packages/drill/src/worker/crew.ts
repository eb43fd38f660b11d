import type { MemoryTopic } from "../topic/memory-topic.ts";
import type { DeliveredRun } from "../topic/topic.ts";
import type { Deadlines } from "./patience.ts";
import type { WorkerTask } from "./worker-messages.ts";
import { Worker, type WorkerExit } from "./worker.ts";

/** A worker process was started, ran, or ended. */
export interface ProcessRecord {
  readonly kind: "process";
  readonly worker: string;
  readonly event: "started" | "ready" | "exited";
  readonly code?: number | null;
  readonly signal?: string | null;
}

export interface CrewOptions {
  /** What a worker of this name is told to do. */
  readonly taskOf: (type: WorkerTask["type"], worker: string) => WorkerTask | Promise<WorkerTask>;
  readonly deadlines: Deadlines;
  /** What a worker is told about its own deadline for a drain; below `deadlines.drainMs`. */
  readonly drainDeadlineMs: number;
  /** On the memory tier: the log. */
  readonly log?: MemoryTopic | undefined;
  readonly onProcess: (record: ProcessRecord) => void;
  readonly onDelivered: (worker: string, runs: readonly DeliveredRun[]) => void;
  readonly say: (line: string) => void;
}

/** The worker processes of a run: started, killed, drained; every step is told. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #workers: Worker[] = [];
  readonly #fates = new Map<Worker, "killed" | "ended">();
  #isDraining = false;
  #preparing: Worker | undefined;
  #prepared = Promise.resolve();
  /** Why a worker ended that should not have. */
  failure: string | undefined;

  constructor(options: CrewOptions) {
    this.#options = options;
  }

  get alive(): readonly Worker[] {
    return this.#workers.filter((worker) => worker.isAlive);
  }

  get all(): readonly Worker[] {
    return this.#workers;
  }

  stateOf(worker: Worker): string {
    return this.#fates.get(worker) ?? (worker.isRunning ? "running" : "starting");
  }

  /**
   * Runs the solution's `prepare` in a process of its own. Workers that are started meanwhile come up, and begin when it
   * has ended; if it fails they end with it.
   */
  async prepare(): Promise<void> {
    const worker = this.#open("prepare", "prepare", Promise.resolve());
    this.#preparing = worker;
    const prepared = worker.exited.then(({ code }) => {
      if (code === 0) return;
      this.failure ??= worker.describeFailure();
      this.killAll();
    });
    this.#prepared = prepared;
    await prepared;
  }

  start(): Worker {
    const worker = this.#open("start", `worker-${this.#workers.length + 1}`, this.#prepared);
    const { onProcess } = this.#options;
    this.#workers.push(worker);
    onProcess({ kind: "process", worker: worker.name, event: "started" });
    void worker.ready.then(
      () => onProcess({ kind: "process", worker: worker.name, event: "ready" }),
      () => {},
    );
    void worker.exited.then((exit) => this.#ended(worker, exit));
    return worker;
  }

  async kill(worker: Worker): Promise<void> {
    this.#fates.set(worker, "killed");
    worker.kill();
    await worker.exited;
  }

  /** Asks all to drain and waits for them; who does not end in time is killed. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    await Promise.all(this.alive.map((worker) => this.#drain(worker)));
  }

  /** One leaves as it should: drained, and not a failure. */
  async leave(worker: Worker): Promise<void> {
    this.#fates.set(worker, "ended");
    await this.#drain(worker);
  }

  /** At once, for a second Ctrl-C and for the end of every run. */
  killAll(): void {
    this.#isDraining = true;
    this.#preparing?.kill();
    for (const worker of this.alive) {
      this.#fates.set(worker, "killed");
      worker.kill();
    }
  }

  async #drain(worker: Worker): Promise<void> {
    worker.drain(this.#options.drainDeadlineMs);
    await worker.exited;
  }

  #open(type: WorkerTask["type"], name: string, when: Promise<void>): Worker {
    const { taskOf, deadlines, log, onDelivered, say } = this.#options;
    return new Worker({
      name,
      task: Promise.all([taskOf(type, name), when]).then(([task]) => task),
      deadlines,
      log: type === "start" ? log : undefined,
      onDelivered: (runs) => onDelivered(name, runs),
      onLine: say,
    });
  }

  #ended(worker: Worker, { code, signal }: WorkerExit): void {
    this.#options.onProcess({ kind: "process", worker: worker.name, event: "exited", code, signal });
    const fate = this.#fates.get(worker);
    if (fate === "killed" || (fate === "ended" && code === 0)) return;
    this.#fates.set(worker, "ended");
    if (!this.#isDraining || code !== 0) this.failure ??= worker.describeFailure();
  }
}
