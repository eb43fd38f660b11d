import { randomBytes } from "node:crypto";
import { Client } from "pg";
import { describe, inject } from "vitest";
import type { ProvidedServices } from "./vitest-setup.ts";

export interface LiveServices {
  /** With its password. */
  readonly databaseUrl: string;
  /** `host:port`, PLAINTEXT. */
  readonly brokers: string[];
  readonly tier: string;
  /** On what they run, image and digest included. */
  readonly summary: string;
}

declare module "vitest" {
  interface TaskMeta {
    /** Why a test is skipped. */
    reason?: string;
  }
}

/** A suite that needs real servers: a counted skip, with its reason, on a machine that cannot have them. */
export function describeLive(title: string, suite: () => void): void {
  const provided = given();
  if (provided === undefined) describe.skip(title, { meta: { reason: "needs --project live" } }, suite);
  else if ("unavailable" in provided)
    describe.skip(title, { meta: { reason: firstLines(provided.unavailable) } }, suite);
  else describe(title, suite);
}

/**
 * A suite that opens servers of its own on one tier: a counted skip, with its reason, where that tier cannot be had.
 * Give what it opens `SERVICES` set to the tier.
 */
export function describeTier(tier: "embedded" | "containers", title: string, suite: () => void): void {
  const provided = given();
  const reason = provided === undefined ? "needs --project live" : provided.absent[tier];
  if (reason === undefined) describe(title, suite);
  else describe.skip(title, { meta: { reason: `${tier}: ${firstLines(reason)}` } }, suite);
}

/** The servers of this run. Throws where there are none: ask inside a `describeLive`. */
export function liveServices(): LiveServices {
  const provided = given();
  if (provided === undefined) throw new Error("no servers: live tests are files *.live.test.ts, run by --project live");
  if ("unavailable" in provided) throw new Error(provided.unavailable);
  return provided;
}

/** A name for a topic, group or schema that no other test has: `prefix_` and 8 lower-case characters; good as SQL identifier. */
export function freshName(prefix: string): string {
  return `${prefix}_${randomBytes(4).toString("hex")}`;
}

export interface TestSchema {
  readonly name: string;
  /** The database, with this schema first on the search path. */
  readonly databaseUrl: string;
  drop(): Promise<void>;
}

/** An empty schema of this test's own. */
export async function createTestSchema(prefix = "test"): Promise<TestSchema> {
  const { databaseUrl } = liveServices();
  const name = freshName(prefix);
  await run(databaseUrl, `create schema ${name}`);
  const url = new URL(databaseUrl);
  url.searchParams.set("options", `-c search_path=${name}`);
  return { name, databaseUrl: url.href, drop: () => run(databaseUrl, `drop schema ${name} cascade`) };
}

function given(): ProvidedServices | undefined {
  return inject("weirServices") as ProvidedServices | undefined; // undefined outside the live project
}

async function run(databaseUrl: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

const firstLines = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .join(" ")
    .slice(0, 300);
