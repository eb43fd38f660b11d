import { randomUUID } from "node:crypto";
import { createMessage } from "@weir/core";
import type { DeadLetter } from "@weir/core";
import { createDatabase, identifier, migrate } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import { describeLive, liveServices } from "@weir/services/testing";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createDeadLetters, deadLetterMigrations } from "./dead-letter.ts";
import type { DeadLetterOptions } from "./dead-letter.ts";

let database: Database;
const schemas: string[] = [];

async function newSchema(): Promise<string> {
  const schema = `letters_${randomUUID()}`;
  schemas.push(schema);
  await migrate(database, { schema, migrations: deadLetterMigrations });
  return schema;
}

async function newLetters(options: Partial<DeadLetterOptions> = {}) {
  return createDeadLetters({ database, schema: await newSchema(), pipeline: "shop", ...options });
}

interface LetterParts {
  readonly offset?: number;
  readonly reason?: string;
  readonly detail?: string;
  readonly key?: string | Uint8Array | null;
  readonly raw?: Uint8Array | null;
}

function letterOf({
  offset = 0,
  reason = "malformed-json",
  detail = "",
  key = null,
  raw = null,
}: LetterParts): DeadLetter {
  const message = createMessage({ origin: { id: "orders/3", epoch: 7 }, offset, key, data: null, raw, attempt: 2 });
  return { message, reason, detail };
}

describeLive("dead letters", () => {
  beforeAll(() => {
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 8 });
  });
  afterEach(async () => {
    for (const schema of schemas.splice(0)) await database.query(`drop schema ${identifier(schema)} cascade`);
  });
  afterAll(() => database.close());

  it("keep reason, detail, key, bytes, attempt and metadata of a message, with the time of the database", async () => {
    const letters = await newLetters({ metadata: ({ message }) => ({ header: { trace: message.offset } }) });
    const raw = new Uint8Array([0, 255, 34, 92, 123]);
    await letters.record([letterOf({ offset: 1207, detail: "no closing brace", key: "käse", raw })]);
    const [letter] = await letters.list();
    const { rows } = await database.query<{ now: Date }>("select now() as now");
    expect(letter).toEqual({
      id: "1",
      pipeline: "shop",
      origin: "orders/3",
      offset: 1207,
      epoch: 7,
      attempt: 2,
      reason: "malformed-json",
      detail: "no closing brace",
      rawBytes: 5,
      metadata: { header: { trace: 1207 } },
      recordedAt: expect.any(Date) as Date,
    });
    expect(Math.abs(letter!.recordedAt.getTime() - rows[0]!.now.getTime())).toBeLessThan(60_000);
    const bytes = await letters.bytesOf("1");
    expect(bytes).toEqual({ key: Buffer.from("käse"), raw: Buffer.from(raw), rawSha256: null });
    expect(await letters.bytesOf("2")).toBeUndefined();
  });

  it("exist once per origin and offset when they are recorded at the same time in different orders", async () => {
    const letters = await newLetters();
    const all = Array.from({ length: 300 }, (_, offset) => letterOf({ offset }));
    const shuffled = () => fc.sample(fc.shuffledSubarray(all, { minLength: all.length }), 1)[0] as DeadLetter[];
    await Promise.all(Array.from({ length: 8 }, () => letters.record(shuffled())));
    await letters.record([...all, ...all]);
    expect(await letters.countByReason()).toEqual(new Map([["malformed-json", 300]]));
  });

  it("keep the first reason when a message is recorded again with another", async () => {
    const letters = await newLetters();
    await letters.record([letterOf({ reason: "first" })]);
    await letters.record([letterOf({ reason: "second" })]);
    expect((await letters.list()).map(({ reason }) => reason)).toEqual(["first"]);
  });

  it("belong to their pipeline: two that read one topic each set the same message aside", async () => {
    const schema = await newSchema();
    const [one, two] = ["one", "two"].map((pipeline) => createDeadLetters({ database, schema, pipeline }));
    await one!.record([letterOf({})]);
    await two!.record([letterOf({})]);
    expect((await one!.list()).map(({ pipeline }) => pipeline)).toEqual(["one"]);
    expect((await two!.list()).map(({ pipeline }) => pipeline)).toEqual(["two"]);
  });

  it("can set aside any message, whatever its text and bytes hold", async () => {
    const letters = await newLetters({ metadata: ({ detail, reason }) => ({ [detail]: [reason, detail] }) });
    const odd = fc.string({
      unit: fc.constantFrom("\0", "\ud800", "\udc00", "\\", "u0000", '"', "a", "\n", "{", "😀"),
      maxLength: 30,
    });
    const bytes = fc.option(fc.uint8Array({ maxLength: 50 }));
    let offset = 0;
    await fc.assert(
      fc.asyncProperty(odd, odd, bytes, async (reason, detail, raw) => {
        offset += 1;
        await letters.record([letterOf({ offset, reason, detail, key: raw, raw })]);
        const [letter] = await letters.list({ limit: 1 });
        expect(letter?.offset).toBe(offset);
        expect(letter?.detail).toBe(detail.toWellFormed().replaceAll("\0", "␀"));
        expect(letter?.metadata).toEqual({ [letter!.detail]: [letter!.reason, letter!.detail] });
        expect((await letters.bytesOf(letter!.id))?.raw).toEqual(raw === null ? null : Buffer.from(raw));
      }),
      { numRuns: 60 },
    );
  });

  it("are listed newest first, by reason and page by page", async () => {
    const letters = await newLetters();
    for (let offset = 0; offset < 6; offset += 1) {
      await letters.record([letterOf({ offset, reason: offset % 3 === 0 ? "too-long" : "malformed-json" })]);
    }
    const offsetsOf = async (options: Parameters<typeof letters.list>[0]) =>
      (await letters.list(options)).map((letter) => letter.offset);
    expect(await offsetsOf({})).toEqual([5, 4, 3, 2, 1, 0]);
    expect(await offsetsOf({ reason: "too-long" })).toEqual([3, 0]);
    const page = await letters.list({ limit: 2 });
    expect(await offsetsOf({ limit: 2, beforeId: page.at(-1)!.id })).toEqual([3, 2]);
    expect(await letters.countByReason()).toEqual(
      new Map([
        ["malformed-json", 4],
        ["too-long", 2],
      ]),
    );
  });

  it("of a dozen full-size messages are durable together, in more than one statement", async () => {
    const letters = await newLetters();
    const raw = new Uint8Array(1_048_576).fill(1);
    await letters.record(Array.from({ length: 12 }, (_, offset) => letterOf({ offset, raw })));
    expect(await letters.countByReason()).toEqual(new Map([["malformed-json", 12]]));
  });
});
