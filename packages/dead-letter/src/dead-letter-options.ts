import { WeirError } from "@weir/core";
import type { DeadLetter } from "@weir/core";
import { identifier } from "@weir/postgres";
import type { Database } from "@weir/postgres";

export interface DeadLetterOptions {
  /** Stays open: it belongs to the caller. */
  readonly database: Database;
  /** Where {@link deadLetterMigrations} were applied. */
  readonly schema: string;
  /** Whose letters these are: two pipelines that read one topic may each set the same message aside. */
  readonly pipeline: string;
  /**
   * How many bytes of a message, and of its key, are kept. What is longer is cut, and its true length and SHA-256 are kept
   * with it. Too low: letters cannot be replayed. Too high: one bad producer fills the disk. Default 1048576, as much as
   * a Kafka topic takes by default; at most 67108864.
   */
  readonly rawBytesMax?: number;
  /** What else to keep of a message, as JSON: headers, a trace id. Never a secret. Default: nothing. */
  readonly metadata?: (letter: DeadLetter) => Readonly<Record<string, unknown>>;
}

export type DeadLetterSettings = Required<DeadLetterOptions>;

const rawBytesMaxDefault = 1_048_576;
const rawBytesMaxMax = 67_108_864;
const pipelineCharsMax = 200;

/** Fills in the defaults. Throws `invalid-options` with all faults at once. */
export function deadLetterSettings(options: DeadLetterOptions): DeadLetterSettings {
  const settings = {
    ...options,
    rawBytesMax: options.rawBytesMax ?? rawBytesMaxDefault,
    metadata: options.metadata ?? (() => ({})),
  };
  const { pipeline, rawBytesMax } = settings;
  const faults: string[] = [];
  if (!isName(settings.schema)) {
    faults.push(`schema: expected a name of 1 to 63 bytes, got ${JSON.stringify(settings.schema)}`);
  }
  if (typeof pipeline !== "string" || pipeline === "" || pipeline.length > pipelineCharsMax) {
    faults.push(`pipeline: expected a name of 1 to ${pipelineCharsMax} characters, got ${JSON.stringify(pipeline)}`);
  }
  if (!Number.isInteger(rawBytesMax) || rawBytesMax < 0 || rawBytesMax > rawBytesMaxMax) {
    faults.push(`rawBytesMax: expected a whole number from 0 to ${rawBytesMaxMax}, got ${String(rawBytesMax)}`);
  }
  if (typeof settings.metadata !== "function") faults.push("metadata: expected a function of the letter");
  if (faults.length > 0) {
    const lines = faults.map((line) => `  - ${line}`).join("\n");
    throw new WeirError("invalid-options", `invalid options of the dead letters:\n${lines}`, { kind: "programming" });
  }
  return settings;
}

function isName(name: unknown): boolean {
  try {
    identifier(typeof name === "string" ? name : "");
    return true;
  } catch {
    return false;
  }
}
