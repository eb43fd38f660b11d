import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryRecord } from "./history.ts";
import { judge, type JudgedClaim } from "./judge.ts";
import { goodRecords, inDirectory, judgeTiny, tinyClaims, writeHistory, type TinyRecord } from "./tiny-drill.ts";

const kindsOf = (claims: readonly JudgedClaim[]): string[] => claims.map(({ verdict }) => verdict.kind);
const causesOf = (claims: readonly JudgedClaim[]): Set<string> =>
  new Set(claims.map(({ verdict }) => (verdict.kind === "UNKNOWN" ? verdict.cause : verdict.kind)));

async function judged(records: readonly HistoryRecord[], claims = tinyClaims): Promise<readonly JudgedClaim[]> {
  let result: readonly JudgedClaim[] = [];
  await inDirectory(async (directory) => {
    const file = path.join(directory, "history.ndjson");
    await writeHistory(file, records);
    result = (await judgeTiny(file, claims)).claims;
  });
  return result;
}

function fails(): never {
  throw new Error("no such thing");
}

describe("the judge", { timeout: 60_000 }, () => {
  it("lets a good history hold, with what was seen and the guards' numbers", async () => {
    const claims = await judged(goodRecords([1, 2, 3]));
    expect(kindsOf(claims)).toEqual(["HOLDS", "HOLDS", "HOLDS"]);
    expect(claims[0]).toMatchObject({ verdict: { seen: 0, n: 3 }, guards: [{ reached: 3 }, { reached: 3 }] });
  });

  it("answers UNKNOWN, with the sentence, where a guard was missed", async () => {
    const claims = await judged([{ kind: "sent", n: 1 } as TinyRecord]);
    expect(causesOf(claims)).toEqual(new Set(["not reached: something was written (0, at least 1)"]));
    expect(claims[0]?.guards).toMatchObject([{ reached: 1 }, { reached: 0 }]);
  });

  it.each([
    [2 / 3, "0.667"],
    [0.99999, "0.99999"],
  ])("tells that %d was less than 1 in a form that is less than 1", async (number, told) => {
    const guard = { id: "share", sentence: "all were seen", min: 1, reached: () => number };
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      const claims = tinyClaims.map((claim) => Object.assign({}, claim, { guards: [guard] }));
      await writeHistory(file, goodRecords([1]), claims);
      const cause = `not reached: all were seen (${told}, at least 1)`;
      expect(causesOf((await judgeTiny(file, claims)).claims)).toEqual(new Set([cause]));
    });
  });

  it.each([NaN, Infinity])("counts a guard that gives %s as missed, and as not looked at", async (number) => {
    const guard = { id: "nan", sentence: "it can be counted", min: 0, reached: () => number };
    const claims = tinyClaims.map((claim) => Object.assign({}, claim, { guards: [guard] }));
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      await writeHistory(file, goodRecords([1]));
      const declared = JSON.stringify([{ id: "nan", sentence: "it can be counted", min: 0 }]);
      const text = (await readFile(file, "utf8")).replaceAll(/"guards":\[.*?\]/g, `"guards":${declared}`);
      await writeFile(file, text);
      const result = await judgeTiny(file, claims);
      expect(causesOf(result.claims)).toEqual(new Set([`not reached: it can be counted (${number}, at least 0)`]));
      expect(result.claims[0]?.guards).toMatchObject([{ reached: null }]);
    });
  });

  it("answers UNKNOWN where the run declared the claim otherwise, or not at all", async () => {
    const [first, ...others] = tinyClaims as [(typeof tinyClaims)[number]];
    for (const change of [{ threshold: 5 }, { comparison: "≤" }, { id: "I9" }, { guards: [] }] as const) {
      const claims = await judged(goodRecords([1]), [{ ...first, ...change }, ...others]);
      expect(kindsOf(claims).slice(0, 3)).toEqual(["UNKNOWN", "HOLDS", "HOLDS"]);
      expect([...causesOf(claims)][0]).toBe("the run declared this claim otherwise, or not at all");
    }
  });

  it("answers UNKNOWN on a claim that the run declared and no check looks at", async () => {
    const claims = await judged(goodRecords([1]), tinyClaims.slice(0, 2));
    expect(claims.map(({ id }) => id)).toEqual(["I1", "I2", "I3"]);
    expect(claims[2]).toMatchObject({
      sentence: "No number is written twice",
      guards: [{ reached: null }, { reached: null }],
      verdict: { kind: "UNKNOWN", cause: "no check looks at this claim" },
    });
  });

  it("answers UNKNOWN where the check itself, or a guard, throws", async () => {
    const [first] = tinyClaims as [(typeof tinyClaims)[number]];
    const guards = first.guards.map((guard) => Object.assign({}, guard, { reached: fails }));
    for (const change of [{ look: fails }, { guards }]) {
      const claims = await judged(goodRecords([1]), [{ ...first, ...change }]);
      expect(causesOf(claims.slice(0, 1))).toEqual(new Set(["the check itself failed: no such thing"]));
    }
  });

  it("answers UNKNOWN, and does not throw, where a record does not fit the drill", async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      await writeHistory(file, goodRecords([1]));
      const facts = { sent: new Set<number>(), written: [] };
      const { claims } = await judge({ file, claims: tinyClaims, facts, takeIn: fails });
      const cause = 'a record of kind "sent" does not fit this drill: no such thing';
      expect(causesOf(claims)).toEqual(new Set([cause]));
    });
  });

  it("takes the claims of a run from what its history declares, where the drill knows them by that", async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      await writeHistory(file, goodRecords([1]));
      const seen: unknown[] = [];
      const again = await judgeTiny(file, ({ seed, variant }) => {
        seen.push(seed, variant);
        return tinyClaims;
      });
      expect(seen).toEqual([7, "solution"]);
      expect(kindsOf(again.claims)).toEqual(["HOLDS", "HOLDS", "HOLDS"]);
      const without = await judgeTiny(file, fails);
      expect(without.claims.map(({ id }) => id)).toEqual(["I1", "I2", "I3"]);
      expect(causesOf(without.claims)).toEqual(new Set(["this drill has no claims for such a run: no such thing"]));
    });
  });

  it("says of a guard in a broken history that nobody could look, not that it was 0", async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      await writeFile(file, "");
      const { claims, declaration } = await judgeTiny(file);
      expect(causesOf(claims)).toEqual(new Set(["the history is empty"]));
      expect(claims[0]?.guards).toMatchObject([{ reached: null }, { reached: null }]);
      expect(declaration).toBeUndefined();
    });
  });
});

const numbers = fc.uniqueArray(fc.integer({ min: 0, max: 999 }), { minLength: 2, maxLength: 12 });

type Plant = (records: readonly TinyRecord[], n: number) => TinyRecord[];

const plants: Readonly<Record<string, Plant>> = {
  I1: (records, n) => records.filter((record) => record.kind !== "written" || record.n !== n),
  I2: (records) => [...records, { kind: "written", n: 1000 }],
  I3: (records, n) => [...records, { kind: "written", n }],
};

describe("one fault in a good history", { timeout: 60_000 }, () => {
  it.each(Object.entries(plants))("of the kind that %s is about is found, with its witness", async (id, plant) => {
    await fc.assert(
      fc.asyncProperty(numbers, fc.nat(), async (sent, pick) => {
        const claims = await judged(plant(goodRecords(sent), sent[pick % sent.length] ?? 0));
        for (const claim of claims) {
          const fault = { kind: "FALSIFIED", seen: 1, witness: [expect.any(String)] };
          expect(claim.verdict).toMatchObject(claim.id === id ? fault : { kind: "HOLDS" });
        }
      }),
      { numRuns: 30 },
    );
  });

  it("that cuts it off, after any byte, leaves nothing that holds", { timeout: 60_000 }, async () => {
    await inDirectory(async (directory) => {
      const file = path.join(directory, "history.ndjson");
      await writeHistory(file, goodRecords([1, 2, 3]));
      const whole = await readFile(file);
      for (let bytes = 0; bytes < whole.length; bytes += 1) {
        await writeFile(file, whole.subarray(0, bytes));
        expect(kindsOf((await judgeTiny(file)).claims), `${bytes} bytes`).toEqual(["UNKNOWN", "UNKNOWN", "UNKNOWN"]);
      }
      await writeFile(file, whole);
      expect(kindsOf((await judgeTiny(file)).claims)).toEqual(["HOLDS", "HOLDS", "HOLDS"]);
    });
  });
});
