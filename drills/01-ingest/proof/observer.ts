import { spec } from "../spec.ts";
import type { Crew } from "./crew.ts";
import type { SampleRecord } from "./facts.ts";
import type { JudgeTopic, PartitionState } from "./judge-topic.ts";
import type { ResultTable } from "./table.ts";

export interface Look {
  readonly sample: SampleRecord;
  readonly partitions: readonly PartitionState[];
}

/** Looks at Kafka and Postgres at a steady pace, from outside of the workers. */
export class Observer {
  readonly #topic: JudgeTopic;
  readonly #table: ResultTable;
  readonly #crew: Crew;
  /** Messages that Kafka has acknowledged so far. */
  published = 0;
  #aliveBefore = 0;

  constructor(parts: { readonly topic: JudgeTopic; readonly table: ResultTable; readonly crew: Crew }) {
    this.#topic = parts.topic;
    this.#table = parts.table;
    this.#crew = parts.crew;
  }

  async look(): Promise<Look> {
    const { published } = this;
    const alive = this.#crew.alive.length;
    // A killed worker's connections outlive it for a moment.
    const workers = Math.max(alive, this.#aliveBefore);
    this.#aliveBefore = alive;
    const [partitions, members, count] = await Promise.all([
      this.#topic.partitions(),
      this.#topic.members(),
      this.#table.count(),
    ]);
    const lag = partitions.reduce((sum, { high, committed }) => sum + high - committed, 0);
    const inFlight = this.#crew.alive.reduce((sum, worker) => sum + worker.state.inFlight, 0);
    const told = { published, written: count.settled, connections: count.connections };
    const sample = { kind: "sample", ...told, lag, members, workers, inFlight } as const;
    return { sample, partitions };
  }
}

/** Waits out the rest of the interval that began at `startedMs`. */
export function restOfInterval(startedMs: number): Promise<void> {
  const leftMs = Math.max(0, startedMs + spec.sampleIntervalMs - performance.now());
  return new Promise((resolve) => setTimeout(resolve, leftMs));
}
