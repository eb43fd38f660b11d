import { createPipeline, done } from "@weir/core";
import type { Message, Source } from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { createKafkaSource } from "@weir/ingest/kafka";
import type { KafkaRecord } from "@weir/ingest/kafka";
import { createPostgresSink } from "@weir/ingest/postgres-sink";
import { createDatabase } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { benchErrors } from "../bench-errors.ts";
import { type BenchServers, fillTopic, withServers } from "../bench-servers.ts";
import { runLoop } from "../hand-written-loop.ts";
import {
  clearOrders,
  countOrders,
  makeOrderTable,
  type Order,
  orderColumns,
  orderTable,
  sinkStatement,
} from "../orders-table.ts";
import { interleave, median, ratios, type Variant } from "../rounds.ts";

const topic = "orders";
const partitions = 6;
const valueBytes = 200;
const writes = 3;

interface Field {
  readonly servers: BenchServers;
  readonly database: Database;
  readonly records: number;
  readonly batchSize: number;
  /** CPU time of this process for a record, in µs, by variant and round: what the wall clock says depends on who else works. */
  readonly cpuUs: Map<string, number[]>;
}

/** Answers with the ms from the first record in hand to the last row written, as the loop does. */
async function runPipeline(
  { servers, database, records, batchSize }: Field,
  group: string,
  way: { readonly copyRowsMin?: number } = {},
): Promise<number> {
  const buffers = { bufferedMax: 10_000, bufferedBytesMax: 8_388_608 };
  const source = createKafkaSource({ client: servers.client, groupId: group, topic, ...buffers });
  const sink = createPostgresSink<Order>({ ...orderTable, database, columns: orderColumns, ...way });
  const { promise: finished, resolve: finish } = Promise.withResolvers<number>();
  let startedMs = -1;
  let written = 0;
  const pipeline = createPipeline<KafkaRecord, Order>({
    name: "bench",
    source: watched(source, () => {
      if (startedMs === -1) startedMs = performance.now();
    }),
    process: { handle: parse, concurrency: 8, maxDemand: 250, deadlineMs: 10_000 },
    sink: {
      ...sink,
      write: async (batch, signal) => {
        const outcomes = await sink.write(batch, signal);
        written += batch.messages.length;
        if (written >= records) finish(performance.now() - startedMs);
        return outcomes;
      },
    },
    // By partition, as the loop's: rows that lie beside each other in the primary key.
    batch: { size: batchSize, concurrency: writes, keyOf: ({ origin }) => origin.id, capacity: partitions * batchSize },
    deadLetters: new MemoryDeadLetters(),
  });
  await pipeline.start();
  const report = await Promise.race([finished, pipeline.finished]);
  const { error, settled } = await pipeline.drain();
  if (error !== undefined) throw error;
  if (typeof report !== "number" || settled !== records) {
    throw benchErrors.wrongWork(`the pipeline settled ${settled} of ${records} records`);
  }
  return report;
}

function parse({ data }: Message<KafkaRecord>) {
  return done(JSON.parse(String(data.value)) as Order);
}

function watched(source: Source<KafkaRecord>, onMessages: () => void): Source<KafkaRecord> {
  return {
    name: source.name,
    start: (listener) => source.start(listener),
    pull: async (max, signal) => {
      const messages = await source.pull(max, signal);
      onMessages();
      return messages;
    },
    pause: (origin) => source.pause(origin),
    resume: (origin) => source.resume(origin),
    settle: (settlement, signal) => source.settle(settlement, signal),
    close: () => source.close(),
  };
}

let groups = 0;

/** Both read the whole topic from its beginning, as a new group, into an empty table. */
function timed(field: Field, name: string, work: (group: string) => Promise<number>): Variant {
  const { servers, database, records, cpuUs } = field;
  const run = async (): Promise<number> => {
    await clearOrders(database);
    groups += 1;
    const group = `group-${groups}`;
    const started = process.cpuUsage();
    const tookMs = await work(group);
    const { user, system } = process.cpuUsage(started);
    cpuUs.set(name, [...(cpuUs.get(name) ?? []), (user + system) / records]);
    const rows = await countOrders(database);
    if (rows !== records) throw benchErrors.wrongWork(`${rows} rows of ${records} records`);
    const committed = await servers.admin.committedOffsets(group, topic);
    const position = committed.reduce((sum, { offset }) => sum + (offset ?? 0), 0);
    if (position !== records) throw benchErrors.wrongWork(`${position} of ${records} records were committed`);
    return (records * 1_000) / tookMs;
  };
  return { name, run };
}

async function race(batchSize: number, size: BenchSize): Promise<readonly Figure[]> {
  const { records, serverRounds, warmUpRounds } = size;
  return withServers(async (servers) => {
    const { databaseUrl, client } = servers;
    await fillTopic(servers, { topic, partitions, records, valueBytes });
    const database = createDatabase({ url: databaseUrl, poolMax: writes + 1 });
    await makeOrderTable(database);
    const statement = await sinkStatement();
    const field: Field = { servers, database, records, batchSize, cpuUs: new Map() };
    const loops = [1, 3, 6].map((partitionsAtOnce) =>
      timed(field, `eachBatch, ${partitionsAtOnce} at once`, (group) =>
        runLoop({ ...client, databaseUrl, topic, group, records, statement, batchSize, partitionsAtOnce }),
      ),
    );
    const pipelines = [
      timed(field, "pipeline", (group) => runPipeline(field, group)),
      timed(field, "pipeline by COPY", (group) => runPipeline(field, group, { copyRowsMin: 100 })),
    ];
    const values = await interleave([...pipelines, ...loops], { rounds: serverRounds, warmUpRounds });
    await database.close();
    const cpuUs = new Map([...field.cpuUs].map(([name, each]) => [name, each.slice(warmUpRounds)] as const));
    return figuresOf(values, cpuUs);
  });
}

type Values = ReadonlyMap<string, readonly number[]>;

/** Against the loop with the best median; the target is for the statement that the loop sends, too. */
function figuresOf(speeds: Values, cpuUs: Values): Figure[] {
  const names = [...speeds.keys()].filter((name) => name.startsWith("eachBatch"));
  const of = (name: string): readonly number[] => speeds.get(name) ?? [];
  const best = names.toSorted((a, b) => median(of(b)) - median(of(a)))[0] as string;
  const cpuOf = (name: string): readonly number[] => cpuUs.get(name) ?? [];
  const ratio = (name: string, target?: Figure["target"]): Figure[] => [
    { name: `${name} ÷ best loop (${best})`, unit: "", values: ratios(of(name), of(best)), ...(target && { target }) },
    { name: `${name} ÷ best loop, by this process's CPU time`, unit: "", values: ratios(cpuOf(best), cpuOf(name)) },
  ];
  return [
    ...ratio("pipeline", { atLeast: 1, aim: 1.3 }),
    ...ratio("pipeline by COPY"),
    ...[...speeds].map(([name, values]) => ({ name, unit: "records/s", values })),
    ...[...cpuUs].map(([name, values]) => ({ name: `${name}: CPU for a record`, unit: "µs", values })),
  ];
}

/** From a topic into a table whose primary key is the origin, beside what one would write by hand. */
export const kafkaPostgresCases: readonly BenchCase[] = [500, 2_000].map((batchSize) => ({
  set: "kafka-postgres",
  name: `batches of ${batchSize}`,
  needsServers: true,
  measure: (size) => race(batchSize, size),
}));
