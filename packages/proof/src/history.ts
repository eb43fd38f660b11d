import { createReadStream, createWriteStream, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { proofErrors } from "./proof-errors.ts";

/** Of the records that every history has; a drill's own kinds have their shapes in the drill. */
export const historySchema = 1;

/** What is fixed before the run: the first record. */
export interface Declaration {
  readonly drill: string;
  readonly variant: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly claims: readonly DeclaredClaim[];
}

export interface DeclaredClaim {
  readonly id: string;
  readonly sentence: string;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly unit: string;
  readonly guards: readonly { readonly id: string; readonly sentence: string; readonly min: number }[];
}

/** How what was seen must stand to the threshold. */
export type Comparison = "=" | "≤" | "≥";

export interface HistoryRecord {
  readonly kind: string;
}

/** Written, but not yet handed to the system: more than this is a mistake of the writer's. */
const pendingBytesMax = 64 * 1024 * 1024;

/** Writes a run's evidence: one JSON document a line, in the order of the calls, never changed afterwards. */
export class HistoryWriter {
  readonly #stream: WriteStream;
  readonly #startedMs = performance.now();
  #records = 0;
  #failure: Error | undefined;

  constructor(file: string, declaration: Declaration) {
    this.#stream = createWriteStream(file, { flags: "wx", encoding: "utf8" });
    this.#stream.on("error", (error) => (this.#failure = error));
    const declared: HistoryRecord & Declaration & { readonly schema: number } = {
      kind: "declared",
      schema: historySchema,
      ...declaration,
    };
    this.append(declared);
  }

  /** Milliseconds since the history was opened. */
  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  /** Throws `history-failed` if the file cannot be written, or if it is written to faster than the disk takes. */
  append(record: HistoryRecord): void {
    this.#check();
    this.#write(record, () => {});
  }

  /** Resolves when this record, and all before it, are with the operating system: they outlive this process. */
  async appendDurably(record: HistoryRecord): Promise<void> {
    this.#check();
    await new Promise<void>((resolve) => this.#write(record, () => resolve()));
    this.#check();
  }

  /** Writes the last record: a history without it is truncated. */
  async end(): Promise<void> {
    this.append({ kind: "end", records: this.#records + 1 } as HistoryRecord);
    await new Promise<void>((resolve) => this.#stream.end(() => resolve()));
    this.#check();
  }

  #write(record: HistoryRecord, written: () => void): void {
    this.#records += 1;
    this.#stream.write(`${JSON.stringify({ t: Math.round(this.elapsedMs), ...record })}\n`, written);
  }

  #check(): void {
    if (this.#failure !== undefined) throw proofErrors.historyFailed(this.#failure);
    if (this.#stream.writableLength > pendingBytesMax) throw proofErrors.historyTooFast(pendingBytesMax);
  }
}

/** What reading a history to its end says about it. `records`: lines read, the last one included. */
export type HistoryState =
  | { readonly kind: "complete"; readonly records: number; readonly declaration: Declaration }
  | { readonly kind: "broken"; readonly cause: string };

/**
 * Reads a history line by line and hands each record between the first and the last to `take`, with its time in
 * milliseconds since the start. Never throws about what the file holds: a broken history is an answer.
 */
export async function readHistory(
  file: string,
  take: (record: HistoryRecord, t: number) => void,
): Promise<HistoryState> {
  const lines = createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity });
  let declaration: Declaration | undefined;
  let records = 0;
  let end: number | undefined;
  for await (const line of lines) {
    records += 1;
    const record = parseLine(line);
    if (record === undefined) return broken(`line ${records} is not a record: the history was cut or changed`);
    if (end !== undefined) return broken(`line ${records} stands behind the end`);
    if (records === 1) {
      if (record.kind !== "declared") return broken("the first line does not declare the claims");
      if (record["schema"] !== historySchema)
        return broken(`the history's schema is ${String(record["schema"])}, known is ${historySchema}`);
      declaration = record as unknown as Declaration;
    } else if (record.kind === "end") end = Number(record["records"]);
    else take(record, record.t);
  }
  if (declaration === undefined) return broken("the history is empty");
  if (end === undefined) return broken("the history has no end: the run was cut off");
  if (end !== records) return broken(`the history has ${records} records, its end counts ${end}`);
  return { kind: "complete", records, declaration };
}

type Line = HistoryRecord & { readonly t: number } & Readonly<Record<string, unknown>>;

function parseLine(line: string): Line | undefined {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record !== "object" || record === null || !("kind" in record) || !("t" in record)) return undefined;
    return record as Line;
  } catch {
    return undefined;
  }
}

function broken(cause: string): HistoryState {
  return { kind: "broken", cause };
}
