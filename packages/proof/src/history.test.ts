import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { HistoryWriter, readHistory, type HistoryRecord, type HistoryState } from "./history.ts";
import { goodRecords, inDirectory, tinyDeclaration, writeHistory } from "./tiny-drill.ts";

interface Read {
  readonly state: HistoryState;
  readonly records: readonly HistoryRecord[];
}

async function read(file: string): Promise<Read> {
  const records: HistoryRecord[] = [];
  const state = await readHistory(file, (record) => records.push(record));
  return { state, records };
}

/** A good history whose text is changed before it is read. */
async function readChanged(change: (text: string) => string): Promise<Read> {
  let result: Read | undefined;
  await inDirectory(async (directory) => {
    const file = path.join(directory, "history.ndjson");
    await writeHistory(file, goodRecords([1, 2, 3]));
    await writeFile(file, change(await readFile(file, "utf8")));
    result = await read(file);
  });
  return result as Read;
}

const causeOf = ({ state }: Read): string => (state.kind === "broken" ? state.cause : "complete");

describe("a history that is read", { timeout: 60_000 }, () => {
  it("gives back every record in its order, and what was declared", async () => {
    const { state, records } = await readChanged((text) => text);
    expect(records).toMatchObject(goodRecords([1, 2, 3]));
    expect(state).toMatchObject({ kind: "complete", records: 8, declaration: tinyDeclaration });
  });

  it("is broken when it is empty", async () => {
    expect(causeOf(await readChanged(() => ""))).toBe("the history is empty");
  });

  it("is broken when it was cut in the middle of a line, and still says what it is about", async () => {
    const { state } = await readChanged((text) => text.slice(0, -5));
    expect(state).toMatchObject({ kind: "broken", declaration: { drill: "00-tiny" } });
    expect(causeOf({ state, records: [] })).toBe("line 8 is not a whole record: the history was cut or changed");
  });

  it("is broken when only its last line feed is missing", async () => {
    expect(causeOf(await readChanged((text) => text.slice(0, -1)))).toContain("line 8 is not a whole record");
  });

  it("is broken without its end", async () => {
    const result = await readChanged((text) => text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1));
    expect(causeOf(result)).toBe("the history has no end: the run was cut off");
  });

  it("is broken when a line was taken out, or put in", async () => {
    const without = await readChanged((text) => text.split("\n").toSpliced(3, 1).join("\n"));
    expect(causeOf(without)).toBe("the history has 7 records, its end counts 8");
    const withOne = await readChanged((text) => text.split("\n").toSpliced(3, 0, '{"t":1,"kind":"sent"}').join("\n"));
    expect(causeOf(withOne)).toBe("the history has 9 records, its end counts 8");
  });

  it("is broken when something stands behind the end", async () => {
    const result = await readChanged((text) => `${text}{"t":9,"kind":"written","n":4}\n`);
    expect(causeOf(result)).toBe("line 9 stands behind the end");
  });

  it("is broken when its schema is not known, or it declares no claims", async () => {
    const schema = await readChanged((text) => text.replace('"schema":1', '"schema":2'));
    expect(causeOf(schema)).toBe("the history's schema is 2, known is 1");
    const claims = await readChanged((text) => text.replace('"claims":[', '"claim":['));
    expect(causeOf(claims)).toBe("the first line does not declare the claims");
    for (const claim of ["null", "7", "{}", '{"id":"I0","sentence":"s","threshold":0,"guards":[null]}']) {
      const odd = await readChanged((text) => text.replace('"claims":[', `"claims":[${claim},`));
      expect(causeOf(odd), claim).toBe("the first line does not declare the claims");
    }
    const first = await readChanged((text) => text.slice(text.indexOf("\n") + 1));
    expect(causeOf(first)).toBe("the first line does not declare the claims");
  });

  it("is broken by a line that is JSON and no record", async () => {
    for (const line of ["null", "7", "{}", '{"kind":3,"t":1}', '{"kind":"sent","t":"1"}']) {
      const result = await readChanged((text) => text.split("\n").toSpliced(2, 1, line).join("\n"));
      expect(causeOf(result), line).toContain("line 3 is not a whole record");
    }
  });

  it("rejects when there is no such file", async () => {
    await inDirectory(async (directory) => {
      await expect(read(path.join(directory, "none"))).rejects.toMatchObject({ code: "history-unreadable" });
    });
  });
});

describe("a history that is written", { timeout: 60_000 }, () => {
  it("is closed without an end where the run was broken off: all of it is there, and it is broken", async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      const writer = new HistoryWriter(file, tinyDeclaration);
      for (const record of goodRecords([1, 2])) writer.append(record);
      await writer.breakOff();
      const { state, records } = await read(file);
      expect(records).toMatchObject(goodRecords([1, 2]));
      expect(state).toMatchObject({ kind: "broken", cause: "the history has no end: the run was cut off" });
    });
  });

  it("keeps signs that end lines elsewhere inside their record", async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      const key = "a\u2028b\u2029c\r\nd\u0085e";
      await writeHistory(file, [{ kind: "sent", key } as HistoryRecord]);
      const { state, records } = await read(file);
      expect(state.kind).toBe("complete");
      expect(records).toMatchObject([{ key }]);
    });
  });

  it("takes hundreds of thousands of records, and gives them back one by one", { timeout: 30_000 }, async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      const writer = new HistoryWriter(file, tinyDeclaration);
      const count = 200_000;
      for (let n = 1; n < count; n += 1) writer.append({ kind: "sent", n } as HistoryRecord);
      await writer.appendDurably({ kind: "sent", n: count } as HistoryRecord);
      await writer.end();
      let last = 0;
      const state = await readHistory(file, (record) => {
        const { n } = record as HistoryRecord & { readonly n: number };
        if (n === last + 1) last = n;
      });
      expect(last).toBe(count);
      expect(state).toMatchObject({ kind: "complete", records: count + 2 });
    });
  });

  it("has a durable record in the file before it goes on, with a time of its own", async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      const writer = new HistoryWriter(file, tinyDeclaration);
      await writer.appendDurably({ kind: "kill", t: -1 } as HistoryRecord);
      const line = (await readFile(file, "utf8")).trimEnd().split("\n").at(-1) ?? "";
      expect(JSON.parse(line)).toMatchObject({ kind: "kill", t: expect.toSatisfy((t: number) => t >= 0) });
      await writer.end();
    });
  });

  it("is never written over another one", async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      await writeHistory(file, []);
      await expect(writeHistory(file, [])).rejects.toMatchObject({ code: "history-failed" });
      expect((await read(file)).state.kind).toBe("complete");
    });
  });

  it("refuses a record after its file is lost, at the latest when it waits for one", async () => {
    await inDirectory(async (directory) => {
      const writer = new HistoryWriter(path.join(directory, "no", "such", "directory"), tinyDeclaration);
      await expect(writer.appendDurably({ kind: "sent" })).rejects.toMatchObject({ code: "history-failed" });
      expect(() => writer.append({ kind: "sent" })).toThrow("without it nothing is proved");
    });
  });
});
