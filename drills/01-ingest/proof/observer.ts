import type { Crew, DeliveredRun, PartitionState, RunTopic } from "@weir/drill";
import type { SampleRecord } from "./facts.ts";
import type { ResultTable } from "./table.ts";

export interface Look {
  readonly sample: SampleRecord;
  readonly partitions: readonly PartitionState[];
}

/** Looks at topic and table at a steady pace, from outside of the workers. */
export class Observer {
  readonly #topic: RunTopic;
  readonly #table: ResultTable;
  readonly #crew: Crew;
  /** By worker and partition: the offset after the last one that the worker was given. */
  readonly #given = new Map<string, { worker: string; partition: number; next: number }>();
  /** Messages that the topic has acknowledged so far. */
  published = 0;

  constructor(parts: { readonly topic: RunTopic; readonly table: ResultTable; readonly crew: Crew }) {
    this.#topic = parts.topic;
    this.#table = parts.table;
    this.#crew = parts.crew;
  }

  delivered(worker: string, runs: readonly DeliveredRun[]): void {
    for (const [partition, , to] of runs) {
      this.#given.set(`${worker} ${partition}`, { worker, partition, next: to + 1 });
    }
  }

  /** The highest offset that was given to anybody, and one. */
  nextOf(partition: number): number {
    return Math.max(
      0,
      ...[...this.#given.values()].filter((given) => given.partition === partition).map(({ next }) => next),
    );
  }

  async look(): Promise<Look> {
    const { published } = this;
    // Before the committed offsets are read: they only rise, so nobody seems to hold more than was really held.
    const given = [...this.#given.values()];
    const [partitions, members, written, connections] = await Promise.all([
      this.#topic.partitions(),
      this.#topic.members(),
      this.#table.settled(),
      this.#table.connections(),
    ]);
    const committed = partitions.map((partition) => partition.committed);
    const lag = partitions.reduce((sum, { high }, i) => sum + high - (committed[i] ?? 0), 0);
    const inFlight = this.#crew.alive.reduce((sum, worker) => sum + worker.state.inFlight, 0);
    const held = mostHeld(given, committed);
    return {
      sample: { kind: "sample", published, written, lag, committed, held, members, connections, inFlight },
      partitions,
    };
  }
}

function mostHeld(
  given: readonly { readonly worker: string; readonly partition: number; readonly next: number }[],
  committed: readonly number[],
): SampleRecord["held"] {
  let most = { worker: "", partition: 0, messages: 0 };
  for (const { worker, partition, next } of given) {
    const messages = next - (committed[partition] ?? 0);
    if (messages > most.messages) most = { worker, partition, messages };
  }
  return most;
}
