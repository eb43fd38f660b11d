import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { DeadLetter } from "@weir/core";
import type { NumberOption } from "@weir/core/options";
import { nameFaults } from "@weir/postgres";
import type { Database, PostgresOwnership } from "@weir/postgres";

export interface DeadLetterOptions {
  /** Stays open: it belongs to the caller. */
  readonly database: Database;
  /** Where {@link deadLetterMigrations} were applied. */
  readonly schema: string;
  /** Whose letters these are: two pipelines that read one topic may each set the same message aside. */
  readonly pipeline: string;
  readonly rawBytesMax?: number;
  /** What else to keep of a message, as JSON: headers, a trace id. Never a secret. Default: nothing. */
  readonly metadata?: (letter: DeadLetter) => Readonly<Record<string, unknown>>;
  /** The source's: letters of an origin that somebody else has claimed since are refused as `fenced`. */
  readonly ownership?: PostgresOwnership;
}

export interface DeadLetterSettings extends Required<Omit<DeadLetterOptions, "ownership">> {
  readonly ownership: PostgresOwnership | undefined;
}

const deadLetterNumbers = {
  rawBytesMax: {
    meaning: "bytes kept of a message, and of its key; what is longer is cut, its length and SHA-256 are kept with it",
    unit: "bytes",
    min: 0,
    max: 67_108_864,
    // As much as a Kafka topic takes by default.
    default: 1_048_576,
    tooLow: "letters cannot be replayed",
    tooHigh: "one bad producer fills the disk",
  },
} as const satisfies Record<string, NumberOption>;

const pipelineCharsMax = 200;

/** Fills in the defaults. Throws `invalid-options` with all faults at once. */
export function deadLetterSettings(options: DeadLetterOptions): DeadLetterSettings {
  const { database, schema, pipeline, metadata = () => ({}), ownership } = options;
  const others = ["database", "schema", "pipeline", "metadata", "ownership"];
  const faults = checkNumbers(deadLetterNumbers, options, { others });
  faults.push(...nameFaults("schema", schema));
  if (typeof pipeline !== "string" || pipeline === "" || pipeline.length > pipelineCharsMax) {
    faults.push(`pipeline: expected a name of 1 to ${pipelineCharsMax} characters, given ${JSON.stringify(pipeline)}`);
  }
  if (typeof metadata !== "function") faults.push("metadata: expected a function of the letter");
  if (ownership !== undefined && typeof ownership.insert !== "function") {
    faults.push("ownership: expected one that createOwnership made");
  }
  refuseFaults(faults);
  const rawBytesMax = options.rawBytesMax ?? deadLetterNumbers.rawBytesMax.default;
  return { database, schema, pipeline, metadata, rawBytesMax, ownership };
}
