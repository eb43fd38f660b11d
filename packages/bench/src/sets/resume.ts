import { setTimeout as sleep } from "node:timers/promises";
import type { Message, Origin, Source } from "@weir/core";
import { createKafkaProducer, createKafkaSource } from "@weir/ingest/kafka";
import type { KafkaProducer, KafkaRecord } from "@weir/ingest/kafka";
import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { benchErrors } from "../bench-errors.ts";
import { withServers } from "../bench-servers.ts";

const topic = "paused";
/** Longer than a fetch that is under way when the pause begins: what arrives after it stays with the broker. */
const pauseMs = 300;
const records = 100;

interface Field {
  readonly source: Source<KafkaRecord>;
  readonly producer: KafkaProducer;
}

async function next({ source }: Field): Promise<readonly Message<KafkaRecord>[]> {
  const messages = await source.pull(1_000, new AbortController().signal);
  if (messages === null || messages.length === 0) throw benchErrors.wrongWork("the source has ended");
  return messages;
}

async function send({ producer }: Field): Promise<void> {
  await producer.send(
    topic,
    Array.from({ length: records }, (_, n) => ({ key: `key-${n}`, value: `value-${n}`, partition: 0 })),
  );
}

/** From the resume to the first record, with everything before the pause pulled and new records at the broker. Answers in ms. */
async function resumeOnce(field: Field): Promise<number> {
  await send(field);
  let origin: Origin | undefined;
  for (let pulled = 0; pulled < records;) {
    const messages = await next(field);
    origin = messages[0]?.origin;
    pulled += messages.length;
  }
  if (origin === undefined) throw benchErrors.wrongWork("nothing was pulled");
  field.source.pause(origin);
  await sleep(pauseMs);
  await send(field);
  const resumedMs = performance.now();
  field.source.resume(origin);
  let pulled = (await next(field)).length;
  const tookMs = performance.now() - resumedMs;
  while (pulled < records) pulled += (await next(field)).length;
  return tookMs;
}

async function resume({ resumes }: BenchSize): Promise<readonly Figure[]> {
  return withServers(async ({ client, admin }) => {
    await admin.createTopic({ topic, partitions: 1 });
    const source = createKafkaSource({ client, groupId: "paused", topic });
    const producer = createKafkaProducer({ client });
    await source.start({ lost: () => {} });
    const tookMs: number[] = [];
    for (let i = 0; i < resumes; i += 1) tookMs.push(await resumeOnce({ source, producer }));
    await source.close();
    await producer.close();
    const name = "from resume to first record";
    return [
      { name, unit: "ms", values: tookMs, target: { atMost: 150 } },
      { name: `${name}, at worst`, unit: "ms", values: [Math.max(...tookMs)], target: { atMost: 150 } },
    ];
  });
}

/** How soon does a partition go on whose every record has to be fetched after the resume? */
export const resumeCases: readonly BenchCase[] = [
  { set: "resume", name: "one partition", needsServers: true, measure: resume },
];
