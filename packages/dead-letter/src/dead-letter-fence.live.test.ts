import { randomUUID } from "node:crypto";
import { createMessage, type DeadLetter, type Origin } from "@weir/core";
import { createDatabase, createOwnership, identifier, migrate, ownershipMigrations } from "@weir/postgres";
import type { Database, PostgresOwnership } from "@weir/postgres";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDeadLetters, deadLetterMigrations, type PostgresDeadLetters } from "./dead-letter.ts";

const schema = `fenced_letters_${randomUUID()}`;
let database: Database;
let ownership: PostgresOwnership;
let letters: PostgresDeadLetters;

async function claimed(id: string): Promise<Origin> {
  return { id, epoch: 1, fence: (await ownership.claim(id)).fence };
}

function letterOf(origin: Origin, offset: number): DeadLetter {
  const message = createMessage({ origin, offset, key: null, data: null, raw: null });
  return { message, reason: "malformed", detail: "" };
}

describeLive("dead letters under a fence", () => {
  beforeAll(async () => {
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 4 });
    await migrate(database, { schema, migrations: [...deadLetterMigrations, ...ownershipMigrations] });
    const outcomes = [{ table: "dead_letters", pipeline: "shop" }];
    ownership = createOwnership({ database, schema, pipeline: "shop", outcomes });
    letters = createDeadLetters({ database, schema, pipeline: "shop", ownership });
  });
  afterAll(async () => {
    await database.query(`drop schema ${identifier(schema)} cascade`);
    await database.close();
  });

  it("are recorded for the owner and refused for whoever owned the origin before, who is told fenced", async () => {
    const former = await claimed("a");
    await letters.record([letterOf(former, 1)]);
    const owner = await claimed("a");
    await expect(letters.record([letterOf(former, 2)])).rejects.toMatchObject({ code: "fenced", definite: true });
    await letters.record([letterOf(owner, 3), letterOf(owner, 1)]);
    const recorded = await letters.list();
    expect(new Set(recorded.map(({ offset }) => offset))).toEqual(new Set([1, 3]));
    expect(await ownership.claim("a")).toMatchObject({ decided: 3 });
  });

  it("are not recorded under a fence that nobody would look at", async () => {
    const unguarded = createDeadLetters({ database, schema, pipeline: "shop" });
    const recording = unguarded.record([letterOf(await claimed("b"), 1)]);
    await expect(recording).rejects.toMatchObject({ code: "unguarded-write", kind: "programming" });
  });
});
