import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import kafkajs from "kafkajs";
import { Client } from "pg";
import { afterEach, beforeEach } from "vitest";
import { openServices, type Services } from "../open-services.ts";
import type { ServiceName } from "../tier.ts";
import { type ScratchState, scratchState, stillRunning } from "../testing/scratch-state.ts";

/** What a test of one tier works with. Whatever it leaves is ended after it. */
export interface TierBench {
  readonly state: () => ScratchState;
  /** A set of this test's own. */
  readonly open: (want: readonly ServiceName[]) => Promise<Services>;
  /** A process that opens services, and resolves before they are ready; never closes them. */
  readonly startHolding: (want: readonly ServiceName[]) => ReturnType<typeof spawn>;
  readonly atEnd: (end: () => unknown) => void;
}

/** Call inside a suite. */
export function createTierBench(tier: "embedded" | "containers"): TierBench {
  let state: ScratchState;
  const ends: (() => unknown)[] = [];
  beforeEach(() => {
    state = scratchState({ SERVICES: tier });
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    await stillRunning(state.records().map(({ keeper }) => keeper));
    state.remove();
  });
  const atEnd = (end: () => unknown): void => void ends.push(end);
  return {
    state: () => state,
    atEnd,
    async open(want) {
      const services = await openServices({ want, own: true, environment: state.environment });
      atEnd(() => services.close());
      return services;
    },
    startHolding(want) {
      const script = join(import.meta.dirname, "..", "testing", "hold-services.ts");
      const args = ["--disable-warning=TimeoutNegativeWarning", script, ...want];
      const parent = spawn(process.execPath, args, { env: state.environment, stdio: ["ignore", "pipe", "inherit"] });
      atEnd(() => parent.kill("SIGKILL"));
      return parent;
    },
  };
}

/** A process whose services are ready. */
export async function hold(bench: TierBench, want: readonly ServiceName[]): Promise<ReturnType<typeof spawn>> {
  const parent = bench.startHolding(want);
  const ended = once(parent, "exit").then(() => Promise.reject(new Error("it ended before its servers were ready")));
  if (parent.stdout === null) throw new Error("no output to wait for");
  await Promise.race([once(parent.stdout, "data"), ended]);
  ended.catch(() => undefined); // from now on it is meant to end
  return parent;
}

export async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
}

export async function topicsOf(services: Services, create?: string): Promise<string[]> {
  const brokers = [...(services.kafka?.brokers ?? [])];
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    if (create !== undefined) await admin.createTopics({ topics: [{ topic: create }], waitForLeaders: true });
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
}
