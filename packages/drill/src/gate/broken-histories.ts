import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

export interface BrokenHistory {
  readonly kind: "empty-history" | "truncated-history";
  readonly file: string;
}

/** Where a whole history is cut: most of it gone, cut within a record, and only its last record gone. */
const cuts: readonly ((whole: string) => number)[] = [
  (whole) => Math.floor(whole.length / 3),
  (whole) => whole.length - 2,
  (whole) => whole.lastIndexOf("\n", whole.length - 2) + 1,
];

/** Histories that prove nothing, made out of one that proves something; written into `folder`. */
export async function breakHistory(history: string, folder: string): Promise<readonly BrokenHistory[]> {
  const whole = await readFile(history, "utf8");
  const texts: readonly [BrokenHistory["kind"], string][] = [
    ["empty-history", ""],
    ...cuts.map((cut): [BrokenHistory["kind"], string] => ["truncated-history", whole.slice(0, cut(whole))]),
  ];
  return Promise.all(
    texts.map(async ([kind, text], i) => {
      const file = path.join(folder, `${kind}-${i}.ndjson`);
      await writeFile(file, text);
      return { kind, file };
    }),
  );
}
