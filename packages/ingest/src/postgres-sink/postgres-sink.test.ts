import { createMessage, dead, done, WeirError } from "@weir/core";
import type { Message } from "@weir/core";
import { createDatabase } from "@weir/postgres";
import type { Database, QueryResult, SqlValue } from "@weir/postgres";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPostgresSink, onSinkWritten, postgresSinkTable } from "./postgres-sink.ts";
import type { PostgresSinkOptions, SinkWritten } from "./postgres-sink.ts";

const origin = { id: "orders/0", epoch: 1 };
const messageOf = (offset: number, data: string): Message<string> =>
  createMessage({ origin, offset, key: null, data, raw: null });
const unopened = createDatabase({ url: "postgres://nobody@127.0.0.1:1/none" });

/** Records what would be sent, and answers with `count` rows. */
function recording(count = 0): { database: Database; sent: { sql: string; params: readonly SqlValue[] }[] } {
  const sent: { sql: string; params: readonly SqlValue[] }[] = [];
  const query = <Row>(sql: string, params: readonly SqlValue[] = []): Promise<QueryResult<Row>> => {
    sent.push({ sql, params });
    return Promise.resolve({ rows: [], count });
  };
  return { database: { ...unopened, query }, sent };
}

const batchOf = (messages: readonly Message<string>[]) => ({ key: "", messages, trigger: "size" }) as const;
const signal = new AbortController().signal;
const text = { name: "text", type: "text", value: (message: Message<string>) => message.data };

const faultsOf = (options: Partial<PostgresSinkOptions<string>>): string => {
  try {
    createPostgresSink({ database: unopened, table: "t", columns: [text], ...options });
  } catch (thrown) {
    return String(thrown);
  }
  return "none";
};

describe("options", () => {
  it("are checked all at once", () => {
    const faults = faultsOf({
      table: "",
      schema: "x".repeat(64),
      columns: [text, text, { ...text, name: "arrival" }, { ...text, name: "list", type: "text[]" }],
    });
    for (const fault of ["table:", "schema:", "two of this name", "columns.arrival", "columns.list.type"]) {
      expect(faults).toContain(fault);
    }
  });

  it("keep positions only with an ownership, in whose rows they stand", () => {
    expect(faultsOf({ keepsPositions: true })).toContain("keepsPositions: positions stand in the owners' rows");
    expect(faultsOf({ keepsPositions: "yes" as never })).toContain("keepsPositions: expected true or false");
  });

  it.each([
    "text",
    "varchar(20)",
    "numeric(10, 2)",
    "double precision",
    "timestamptz(3)",
    "timestamp(3) with time zone",
    "shop.mood",
  ])("take %s for a type", (type) => expect(faultsOf({ columns: [{ ...text, type }] })).toBe("none"));

  it.each(["text[]", "text not null", "text); drop table t; --", "", "numeric(a)", '"Odd"'])(
    "do not let %j into the statement as a type",
    (type) => expect(faultsOf({ columns: [{ ...text, type }] })).toContain("columns.text.type"),
  );
});

describe("statement", () => {
  it("is one insert with one array per column, numbered in the order of the batch", async () => {
    const { database, sent } = recording(2);
    const columns = [text, { name: "Size in m", type: "numeric(4, 1)", value: (m: Message<string>) => m.data.length }];
    const sink = createPostgresSink({ database, schema: "shop", table: "orders", columns });
    await sink.write(batchOf([messageOf(9, "a"), messageOf(4, "bb")]), signal);
    expect(sent).toEqual([
      {
        sql: `insert into "shop"."orders" (origin, origin_offset, "text", "Size in m")
select o, n, c0, c1 from unnest($1::text[], $2::bigint[], $3::text[], $4::numeric[]) with ordinality as batch (o, n, c0, c1, place) order by place
on conflict (origin, origin_offset) do nothing`,
        params: [
          ["orders/0", "orders/0"],
          [9, 4],
          ["a", "bb"],
          [1, 2],
        ],
      },
    ]);
  });

  it("lets values travel without a length, which would cut them silently", async () => {
    const { database, sent } = recording();
    const types = ["varchar(3)", "character varying(3)", "char(3)", "bit(3)", "timestamp(3) with time zone", "INT"];
    const columns = types.map((type, index) => ({ name: `c${index}`, type, value: () => null }));
    await createPostgresSink<string>({ database, table: "t", columns }).write(batchOf([messageOf(1, "")]), signal);
    expect(sent[0]?.sql).toContain(
      "$3::text[], $4::text[], $5::text[], $6::varbit[], $7::timestamp with time zone[], $8::int[]",
    );
  });

  it("stands beside a migration whose primary key is the origin", () => {
    const { name, sql } = postgresSinkTable({ table: "orders", columns: [text] });
    expect(name).toBe("postgres-sink/orders");
    expect(sql).toContain("primary key (origin, origin_offset)");
    expect(sql).toContain('"text" text');
  });
});

describe("write", () => {
  it("counts rows that were there already as duplicates, and tells listeners", async () => {
    const { database } = recording(1);
    const sink = createPostgresSink({ database, table: "t", columns: [text], name: "shop" });
    const events: SinkWritten[] = [];
    const stop = onSinkWritten((event) => events.push(event));
    expect(await sink.write(batchOf([messageOf(1, "a"), messageOf(2, "b"), messageOf(3, "c")]), signal)).toEqual(
      done(),
    );
    stop();
    await sink.write(batchOf([messageOf(1, "a")]), signal);
    expect(events).toEqual([{ sink: "shop", inserted: 1, duplicates: 2 }]);
    expect(sink.counts()).toEqual({ inserted: 2, duplicates: 2, refused: 0, fenced: 0 });
  });

  it("sends nothing for an empty batch", async () => {
    const { database, sent } = recording();
    expect(await createPostgresSink({ database, table: "t", columns: [text] }).write(batchOf([]), signal)).toEqual(
      done(),
    );
    expect(sent).toEqual([]);
  });

  it("gives each message its own outcome when a column cannot be made, and writes the others in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 30 }), async (isBad) => {
        const { database, sent } = recording();
        const thrower = {
          name: "thrower",
          type: "text",
          value: ({ data }: Message<string>): string => {
            if (data.startsWith("bad")) throw new TypeError("no size");
            return data;
          },
        };
        const messages = isBad.map((bad, offset) => messageOf(offset, `${bad ? "bad" : "good"}${offset}`));
        const sink = createPostgresSink({
          database,
          table: "t",
          columns: [text, thrower, text].map((c, i) => ({ ...c, name: `c${i}` })),
        });
        const outcomes = await sink.write(batchOf(messages), signal);
        const good = messages.filter(({ data }) => data.startsWith("good"));
        const data = good.map((message) => message.data);
        expect(sent.flatMap(({ params }) => params)).toEqual(
          good.length === 0 ? [] : [good.map(() => "orders/0"), good.map(({ offset }) => offset), data, data, data],
        );
        const refused = dead("column-value-failed", "column c1: TypeError: no size");
        const expected = messages.map((message) => [message, good.includes(message) ? done() : refused]);
        if (good.length < messages.length) expect([...(outcomes as Map<unknown, unknown>)]).toEqual(expected);
        else expect(outcomes).toEqual(done());
      }),
    );
  });

  it("lets a column stop the pipeline with a programming error, and refuse one message with a row error", async () => {
    const { database } = recording();
    const throwing = (error: WeirError) =>
      createPostgresSink<string>({
        database,
        table: "t",
        columns: [
          {
            name: "c",
            type: "text",
            value: () => {
              throw error;
            },
          },
        ],
      }).write(batchOf([messageOf(1, "a")]), signal);
    const stop = new WeirError("no-mapping", "stop", { kind: "programming" });
    await expect(throwing(stop)).rejects.toBe(stop);
    const outcomes = await throwing(new WeirError("no-currency", "unknown currency", { kind: "row" }));
    expect([...(outcomes as ReadonlyMap<unknown, unknown>).values()]).toEqual([
      dead("no-currency", "column c: unknown currency"),
    ]);
  });
});

/** Which way each write went: COPY is answered by `copyIn`. */
function twoWays(copyIn: Database["copyIn"]) {
  const { database, sent } = recording(3);
  const copies: unknown[] = [];
  const copying: Database = {
    ...database,
    copyIn: (target, values) => {
      copies.push(target);
      return copyIn(target, values);
    },
  };
  const sink = createPostgresSink({ database: copying, table: "t", columns: [text], copyRowsMin: 3 });
  const write = (count: number) =>
    sink.write(batchOf(Array.from({ length: count }, (_, offset) => messageOf(offset, "a"))), signal);
  return { sink, write, sent, copies };
}

describe("COPY", () => {
  it("takes batches from its size on, and the statement those below", async () => {
    const { write, sent, copies } = twoWays((_, columns) => Promise.resolve(columns[0]?.length ?? 0));
    await write(2);
    expect([sent.length, copies.length]).toEqual([1, 0]);
    await write(3);
    expect([sent.length, copies.length]).toEqual([1, 1]);
    expect(copies).toEqual([{ table: '"public"."t"', columns: ["origin", "origin_offset", "text"] }]);
  });

  it("leaves a batch to the statement where some of it is there already, and counts its duplicates", async () => {
    const isThere = new WeirError("unique-violation", "is there", { kind: "row" });
    const { sink, write, sent } = twoWays(() => Promise.reject(isThere));
    expect(await write(5)).toEqual(done());
    expect(sent).toHaveLength(1);
    expect(sink.counts()).toMatchObject({ inserted: 3, duplicates: 2 });
  });

  it("passes every other error on", async () => {
    const gone = new WeirError("connection-lost", "gone", { kind: "dependency", definite: false });
    const { write, sent } = twoWays(() => Promise.reject(gone));
    await expect(write(5)).rejects.toBe(gone);
    expect(sent).toEqual([]);
  });
});
