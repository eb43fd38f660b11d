import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { Database } from "./database.ts";
import { nameFaults } from "./name-faults.ts";

/** A table whose rows are durable outcomes: it has the columns `origin` and `origin_offset`, and an index that begins with them. */
export interface OutcomeTable {
  readonly table: string;
  /** Default: the ownership's. */
  readonly schema?: string;
  /** Only rows whose column `pipeline` says so count, as in a table of dead letters that several pipelines share. */
  readonly pipeline?: string;
}

export interface OwnershipOptions {
  /** Stays open: it belongs to the caller. */
  readonly database: Database;
  /** Where {@link ownershipMigrations} were applied. */
  readonly schema: string;
  /** Who owns: the name that all its processes share, such as the consumer group. */
  readonly pipeline: string;
  /** Where outcomes are durable: the effects' table, and the dead letters'. Effects that store positions need no table. */
  readonly outcomes: readonly OutcomeTable[];
}

/** Throws `invalid-options` with all faults at once. */
export function checkOwnershipOptions(options: OwnershipOptions): void {
  const { database, schema, pipeline, outcomes } = options;
  const faults = checkNumbers({}, options, { others: ["database", "schema", "pipeline", "outcomes"] });
  if (typeof database?.transaction !== "function") faults.push("database: expected one that createDatabase made");
  if (typeof pipeline !== "string" || pipeline === "") faults.push("pipeline: expected a name");
  faults.push(...nameFaults("schema", schema));
  if (!Array.isArray(outcomes)) faults.push("outcomes: expected a list of { table }");
  else for (const [i, each] of outcomes.entries()) faults.push(...tableFaults(`outcomes.${i}`, each));
  refuseFaults(faults);
}

function tableFaults(path: string, { table, schema, pipeline }: OutcomeTable): string[] {
  const faults = nameFaults(`${path}.table`, table);
  if (schema !== undefined) faults.push(...nameFaults(`${path}.schema`, schema));
  if (pipeline !== undefined && (typeof pipeline !== "string" || pipeline === "")) {
    faults.push(`${path}.pipeline: expected a name, or nothing`);
  }
  return faults;
}
