import { createHash, randomUUID } from "node:crypto";
import { existsSync, realpathSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import kafkajs from "kafkajs";
import { withLock } from "./folder-lock.ts";
import type { KafkaLibrary, PrepareOptions } from "./kafka-library.ts";
import { createKafkaServer } from "./kafka-server.ts";
import { openKeeper } from "./keeper-client.ts";
import { runsFolder } from "./run-record.ts";
import { stateFolder } from "./state-folder.ts";
import type { Java } from "./tools.ts";

const LOCK_WAIT_MS = 120_000;
const MESSAGE_DEADLINE_MS = 30_000;

/** A class archive is good for one Java only. */
export function archiveFile(library: KafkaLibrary, java: Java): string {
  const digest = createHash("sha256").update(realpathSync(java.command)).digest("hex").slice(0, 8);
  return join(library.folder, `classes-${java.version.replaceAll(/[^\w.]/g, "_")}-${digest}.jsa`);
}

/**
 * The flags with which a broker starts in a third of the time. The first call per Java runs a broker once, lets it carry
 * one message, and has Java write down the classes that it loaded. Where that fails, brokers start without.
 */
export async function archiveFlags(library: KafkaLibrary, options: PrepareOptions): Promise<readonly string[]> {
  const file = archiveFile(library, options.java);
  const flags = [`-XX:SharedArchiveFile=${file}`, "-Xlog:disable", "-Xlog:all=error:stderr"];
  if (existsSync(file)) return flags;
  try {
    const onWait = (): void => options.report("Kafka: another process is writing the class archive; waiting");
    await withLock(`${file}.lock`, { waitMs: LOCK_WAIT_MS, onWait, signal: options.signal }, async () => {
      if (!existsSync(file)) await train(file, library, options);
    });
  } catch (cause) {
    if (options.signal?.aborted === true) throw cause;
    options.report(
      `Kafka: no class archive (${cause instanceof Error ? cause.message : String(cause)}); it starts slower`,
    );
    return [];
  }
  return existsSync(file) ? flags : [];
}

async function train(file: string, library: KafkaLibrary, options: PrepareOptions): Promise<void> {
  options.report("Kafka: writing its class archive, once, so that later starts are quick");
  const made = `${file}.new`; // we hold the lock: one that is there was abandoned
  const keeper = await openKeeper(join(runsFolder(stateFolder(options.environment)), `train-${randomUUID()}`), []);
  try {
    const writing = [`-XX:ArchiveClassesAtExit=${made}`, "-Xlog:disable", "-Xlog:all=error:stderr"];
    const { server, brokers } = await createKafkaServer(keeper, { library, ...options, archiveFlags: writing });
    await server.start();
    await carryOneMessage(brokers);
    await server.stop();
    if (existsSync(made)) renameSync(made, file);
  } finally {
    rmSync(made, { force: true });
    await keeper.end();
  }
}

/** Through a topic and a group, so that the classes of both are in the archive. */
async function carryOneMessage(brokers: readonly string[]): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const [admin, producer] = [kafka.admin(), kafka.producer()];
  const consumer = kafka.consumer({ groupId: "train", maxWaitTimeInMs: 100 });
  const arrived = Promise.withResolvers<void>();
  try {
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
    await admin.createTopics({ topics: [{ topic: "train", numPartitions: 2 }], waitForLeaders: true });
    await producer.send({ topic: "train", messages: [{ key: "k", value: "v" }] });
    await consumer.subscribe({ topics: ["train"], fromBeginning: true });
    await consumer.run({ eachMessage: () => Promise.resolve(arrived.resolve()) });
    const late = delay(MESSAGE_DEADLINE_MS, undefined, { ref: false }).then(() =>
      Promise.reject(new Error("no message")),
    );
    await Promise.race([arrived.promise, late]);
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()]);
  }
}
