import { createHash } from "node:crypto";
import { createMessage } from "@weir/core";
import type { DeadLetter } from "@weir/core";
import { createDatabase } from "@weir/postgres";
import type { Database, QueryResult, SqlValue } from "@weir/postgres";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDeadLetters } from "./dead-letter.ts";
import type { DeadLetterOptions } from "./dead-letter.ts";

const unopened = createDatabase({ url: "postgres://nobody@127.0.0.1:1/none" });

function recording(): { database: Database; sent: (readonly SqlValue[])[] } {
  const sent: (readonly SqlValue[])[] = [];
  const query = <Row>(_sql: string, params: readonly SqlValue[] = []): Promise<QueryResult<Row>> => {
    sent.push(params);
    return Promise.resolve({ rows: [], count: 0 });
  };
  return { database: { ...unopened, query }, sent };
}

interface LetterParts {
  readonly id?: string;
  readonly offset?: number;
  readonly raw?: Uint8Array | null;
  readonly detail?: string;
}

function letterOf({ id = "orders/0", offset = 0, raw = null, detail = "" }: LetterParts): DeadLetter {
  const message = createMessage({ origin: { id, epoch: 1 }, offset, key: "k", data: null, raw });
  return { message, reason: "malformed-json", detail };
}

async function recorded(letters: readonly DeadLetter[], options: Partial<DeadLetterOptions> = {}) {
  const { database, sent } = recording();
  await createDeadLetters({ database, schema: "s", pipeline: "p", ...options }).record(letters);
  return sent;
}

/** The origins and offsets, in the order in which they are sent. */
async function keysSent(order: readonly [string, number][]): Promise<unknown> {
  const sent = await recorded(order.map(([id, offset]) => letterOf({ id, offset })));
  return sent.map((params) => params.slice(1, 3));
}

describe("options", () => {
  it("are checked all at once", () => {
    const wrong = { database: unopened, schema: "", pipeline: "", rawBytesMax: -1 };
    for (const fault of ["schema:", "pipeline:", "rawBytesMax:"]) {
      expect(() => createDeadLetters(wrong)).toThrow(fault);
    }
  });
});

describe("record", () => {
  it("sends nothing for no letters", async () => {
    expect(await recorded([])).toEqual([]);
  });

  it("takes rows in one order, whatever order the letters come in, so that writers cannot deadlock", async () => {
    const parts = fc.uniqueArray(fc.tuple(fc.constantFrom("a/1", "a/10", "a/2", "ä/0"), fc.nat(50)), {
      selector: String,
    });
    const shuffles = parts.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffles, async ([list, shuffled]) => {
        expect(await keysSent(shuffled)).toEqual(await keysSent(list));
      }),
    );
  });

  it("splits letters over several statements before one becomes too long to send", async () => {
    const raw = new Uint8Array(1_048_576);
    const sent = await recorded(Array.from({ length: 20 }, (_, offset) => letterOf({ offset, raw })));
    const offsets = sent.map((params) => params[2] as number[]);
    expect(offsets.flat()).toEqual(Array.from({ length: 20 }, (_, offset) => offset));
    expect(Math.max(...offsets.map((part) => part.length))).toBeLessThanOrEqual(8);
    expect((await recorded(Array.from({ length: 2_500 }, (_, offset) => letterOf({ offset })))).length).toBe(3);
  });

  it("keeps a message that fits whole, and of a longer one its beginning, its length and its digest", async () => {
    const raw = Buffer.from("0123456789");
    const digest = createHash("sha256").update(raw).digest();
    const [whole] = await recorded([letterOf({ raw })], { rawBytesMax: 10 });
    expect(whole?.slice(9, 12)).toEqual([[raw], [10], [null]]);
    const [cut] = await recorded([letterOf({ raw })], { rawBytesMax: 9 });
    expect(cut?.slice(9, 12)).toEqual([[raw.subarray(0, 9)], [10], [digest]]);
    const [none] = await recorded([letterOf({ raw: null })]);
    expect(none?.slice(9, 12)).toEqual([[null], [null], [null]]);
  });

  it("keeps a letter whose metadata cannot be made, and says so in them", async () => {
    const [params] = await recorded([letterOf({})], { metadata: () => ({ size: 10n }) });
    expect(String(params?.[12])).toContain("metadataFailed");
    const [long] = await recorded([letterOf({})], { metadata: () => ({ text: "x".repeat(70_000) }) });
    expect(String(long?.[12])).toContain("metadataTooLong");
  });
});
