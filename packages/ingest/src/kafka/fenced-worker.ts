/** For live tests: a member of a group in a process of its own, which can be stopped and continued; its judge holds back its writes. */
import { createPipeline, done, onEvent, type Outcomes, type Sink } from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { createDatabase, createOwnership } from "@weir/postgres";
import { createPostgresSink } from "../postgres-sink/table-sink.ts";
import { workerColumns, type FromWorker, type ToWorker, type WorkerOrder } from "./fenced-rows.ts";
import { createKafkaSource } from "./kafka-source.ts";

let gate: PromiseWithResolvers<void> | null = null;

const tell = (message: FromWorker): void => void process.send?.(message);

async function start({ kafka, databaseUrl, schema, worker }: WorkerOrder): Promise<void> {
  const database = createDatabase({ url: databaseUrl, poolMax: 4, applicationName: worker });
  const ownership = createOwnership({ database, schema, pipeline: kafka.groupId, outcomes: [{ table: "rows" }] });
  const inner = createPostgresSink({ database, schema, table: "rows", columns: workerColumns(worker), ownership });
  const sink: Sink<string> = {
    name: "rows",
    async write(batch, signal): Promise<Outcomes> {
      if (gate !== null) {
        tell({ event: "held" });
        await gate.promise;
      }
      const outcomes = await inner.write(batch, signal);
      tell({ counts: inner.counts() });
      return outcomes;
    },
  };
  onEvent("fenced", () => tell({ event: "fenced" }));
  const pipeline = createPipeline({
    name: worker,
    source: createKafkaSource({ ...kafka, ownership }),
    process: { handle: ({ data }) => done(String(data.value)), maxDemand: 20 },
    sink,
    batch: { size: 20, ageMs: 5 },
    deadLetters: new MemoryDeadLetters(),
  });
  await pipeline.start();
  tell({ event: "started" });
}

function obey(order: ToWorker): void {
  if (order === "hold") gate = Promise.withResolvers();
  else if (order === "go") {
    gate?.resolve();
    gate = null;
  } else void start(order);
}

process.on("message", obey);
process.on("disconnect", () => process.exit(0));
