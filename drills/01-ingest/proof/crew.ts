import type { IngestContext } from "../contract.ts";
import { spec } from "../spec.ts";
import type { Evidence } from "./facts.ts";
import type { Detour } from "./faults/detour.ts";
import { Worker, type WorkerExit } from "./worker.ts";

export interface CrewOptions {
  readonly context: Omit<IngestContext, "worker">;
  /** The way that worker-1 takes to its servers, if it is not the straight one. */
  readonly detour: Detour | undefined;
  readonly solution: string;
  readonly record: (evidence: Evidence) => void;
  readonly say: (line: string) => void;
}

/** The worker processes of a run: started, killed, drained; every step is on record. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #workers: Worker[] = [];
  readonly #fates = new Map<Worker, "killed" | "ended">();
  #isDraining = false;
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

  /** Runs the solution's `prepare` in a process of its own. */
  async prepare(): Promise<void> {
    const worker = this.#open("prepare", "prepare");
    const { code } = await worker.exited;
    if (code !== 0) this.failure ??= `prepare: ${worker.describeFailure()}`;
  }

  start(): Worker {
    const worker = this.#open("start", `worker-${this.#workers.length + 1}`);
    this.#workers.push(worker);
    this.#options.record({ kind: "process", worker: worker.name, event: "started" });
    void worker.ready.then(
      () => this.#options.record({ kind: "process", worker: worker.name, event: "ready" }),
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

  /** Asks all to drain and waits for them; who does not end within the deadline, and some grace, is killed. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    for (const worker of this.alive) worker.drain(spec.drainDeadlineMs);
    await Promise.all(this.alive.map((worker) => endWithin(worker, 2 * spec.drainDeadlineMs)));
  }

  /** One leaves as it should: drained, and not a failure. */
  async leave(worker: Worker): Promise<void> {
    this.#fates.set(worker, "ended");
    worker.drain(spec.drainDeadlineMs);
    await endWithin(worker, 2 * spec.drainDeadlineMs);
  }

  /** At once, for a second Ctrl-C. */
  killAll(): void {
    this.#isDraining = true;
    for (const worker of this.alive) worker.kill();
  }

  #open(task: "prepare" | "start", name: string): Worker {
    const { context, detour, solution, say } = this.#options;
    const common = { task, solution, onLine: say };
    if (name !== "worker-1" || detour === undefined) {
      return new Worker({ ...common, context: { ...context, worker: name } });
    }
    const { brokers, databaseUrl, routes } = detour;
    return new Worker({ ...common, context: { ...context, brokers, databaseUrl, worker: name }, routes });
  }

  #ended(worker: Worker, { code, signal }: WorkerExit): void {
    this.#options.record({ kind: "process", worker: worker.name, event: "exited", code, signal });
    const fate = this.#fates.get(worker);
    if (fate === "killed" || (fate === "ended" && code === 0)) return;
    this.#fates.set(worker, "ended");
    if (!this.#isDraining || code !== 0) this.failure ??= `${worker.name}: ${worker.describeFailure()}`;
  }
}

async function endWithin(worker: Worker, deadlineMs: number): Promise<void> {
  const timer = setTimeout(() => worker.kill(), deadlineMs);
  await worker.exited;
  clearTimeout(timer);
}
