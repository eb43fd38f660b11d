import { createWriteStream, type WriteStream } from "node:fs";
import { readLines, type HistoryLine } from "./history-lines.ts";
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
    await this.breakOff();
  }

  /** Closes a history that has no end: of a run that was broken off nothing is judged, and its file changes no more. */
  async breakOff(): Promise<void> {
    this.#check();
    await new Promise<void>((resolve) => this.#stream.end(() => resolve()));
    this.#check();
  }

  #write(record: HistoryRecord, written: () => void): void {
    this.#records += 1;
    // The time stands first for whoever reads the file, and is ours even if the record brings its own.
    const line: Record<string, unknown> = { t: 0, ...record };
    line["t"] = Math.round(this.elapsedMs);
    this.#stream.write(`${JSON.stringify(line)}\n`, written);
  }

  #check(): void {
    if (this.#failure !== undefined) throw proofErrors.historyFailed(this.#failure);
    if (this.#stream.writableLength > pendingBytesMax) throw proofErrors.historyTooFast(pendingBytesMax);
  }
}

/**
 * What reading a history to its end says about it. `records`: lines read, the last one included. A broken one may still
 * declare what it is about.
 */
export type HistoryState =
  | { readonly kind: "complete"; readonly records: number; readonly declaration: Declaration }
  | { readonly kind: "broken"; readonly cause: string; readonly declaration: Declaration | undefined };

/**
 * Reads a history line by line and hands each record between the first and the last to `take`, with its time in
 * milliseconds since the start. A broken history is an answer and no error; rejects with `history-unreadable` only
 * where there is no such file, and with what `take` throws.
 */
export async function readHistory(
  file: string,
  take: (record: HistoryRecord, t: number) => void,
): Promise<HistoryState> {
  const reader = new HistoryReader(take);
  try {
    for await (const line of readLines(file)) {
      const cause = reader.fault(line);
      if (cause !== undefined) return { kind: "broken", cause, declaration: reader.declaration };
    }
  } catch (thrown) {
    if (thrown instanceof Error && "syscall" in thrown) throw proofErrors.historyUnreadable(thrown);
    throw thrown;
  }
  return reader.conclude();
}

class HistoryReader {
  declaration: Declaration | undefined;
  readonly #take: (record: HistoryRecord, t: number) => void;
  #records = 0;
  #end: number | undefined;

  constructor(take: (record: HistoryRecord, t: number) => void) {
    this.#take = take;
  }

  /** Takes a line in. What is wrong with it, if something is. */
  fault({ text, isWhole }: HistoryLine): string | undefined {
    this.#records += 1;
    const record = isWhole ? parseLine(text) : undefined;
    if (record === undefined) return `line ${this.#records} is not a whole record: the history was cut or changed`;
    if (this.#end !== undefined) return `line ${this.#records} stands behind the end`;
    if (this.#records === 1) return this.#declare(record);
    if (record.kind === "end") this.#end = Number(record["records"]);
    else this.#take(record, record.t);
    return undefined;
  }

  #declare(record: Line): string | undefined {
    if (record.kind !== "declared") return "the first line does not declare the claims";
    if (record["schema"] !== historySchema)
      return `the history's schema is ${String(record["schema"])}, known is ${historySchema}`;
    const claims = record["claims"];
    if (!Array.isArray(claims) || !claims.every(isDeclaredClaim)) return "the first line does not declare the claims";
    this.declaration = record as unknown as Declaration;
    return undefined;
  }

  conclude(): HistoryState {
    const { declaration } = this;
    if (declaration === undefined) return { kind: "broken", cause: "the history is empty", declaration };
    if (this.#end === undefined)
      return { kind: "broken", cause: "the history has no end: the run was cut off", declaration };
    if (this.#end !== this.#records) {
      const cause = `the history has ${this.#records} records, its end counts ${this.#end}`;
      return { kind: "broken", cause, declaration };
    }
    return { kind: "complete", records: this.#records, declaration };
  }
}

/** As much of a claim's shape as its being told needs; what it says is held against the check's own. */
function isDeclaredClaim(claim: unknown): claim is DeclaredClaim {
  const { id, sentence, threshold, guards } = (claim ?? {}) as Partial<Record<string, unknown>>;
  return (
    typeof id === "string" &&
    typeof sentence === "string" &&
    typeof threshold === "number" &&
    Array.isArray(guards) &&
    guards.every((guard: unknown) => typeof guard === "object" && guard !== null)
  );
}

type Line = HistoryRecord & { readonly t: number } & Readonly<Record<string, unknown>>;

function parseLine(line: string): Line | undefined {
  try {
    const record: unknown = JSON.parse(line);
    if (typeof record !== "object" || record === null || !("kind" in record) || !("t" in record)) return undefined;
    return typeof record.kind === "string" && typeof record.t === "number" ? (record as Line) : undefined;
  } catch {
    return undefined;
  }
}
