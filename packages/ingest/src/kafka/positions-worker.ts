/** For live tests: a process that can be killed. Its effects have no unique key, and no commit of its group ever happens. */
import {
  createPipeline,
  done,
  drop,
  type Fenced,
  type Message,
  type Outcome,
  type Sink,
  type Source,
} from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { createDatabase, createOwnership, identifier } from "@weir/postgres";
import type { WorkerOrder } from "./fenced-rows.ts";
import type { KafkaRecord } from "./kafka-record.ts";
import { createKafkaSource } from "./kafka-source.ts";

async function start({ kafka, databaseUrl, schema, worker }: WorkerOrder): Promise<void> {
  const database = createDatabase({ url: databaseUrl, poolMax: 4, applicationName: worker });
  const ownership = createOwnership({ database, schema, pipeline: kafka.groupId, outcomes: [] });
  const source: Source<KafkaRecord> = createKafkaSource({ ...kafka, ownership });
  // Answers before anything reaches the broker.
  source.settle = () => Promise.resolve("settled");
  const ledger: Sink<null> = {
    name: "ledger",
    async write({ messages }) {
      const refused = await database.transaction(async (tx) => {
        const { undecided, fenced } = await ownership.checkpoint(tx, messages);
        const rows = [undecided.map(({ origin }) => origin.id), undecided.map(({ offset }) => offset)];
        const sql = `insert into ${identifier(schema, "ledger")} select *, $3 from unnest($1::text[], $2::bigint[])`;
        await tx.query(sql, [...rows, worker]);
        return fenced;
      });
      const answer = ({ origin }: Message): Outcome | Fenced => (refused.has(origin) ? { kind: "fenced" } : done());
      return new Map(messages.map((message) => [message as Message, answer(message)]));
    },
  };
  const pipeline = createPipeline({
    name: worker,
    source,
    process: { handle: ({ offset }) => (offset % 10 === 3 ? drop("unwanted") : done(null)), maxDemand: 20 },
    sink: ledger,
    batch: { size: 20, ageMs: 5, concurrency: 2 },
    deadLetters: new MemoryDeadLetters(),
  });
  await pipeline.start();
}

process.on("message", (order: WorkerOrder) => void start(order));
process.on("disconnect", () => process.exit(0));
