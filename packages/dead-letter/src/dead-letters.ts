import type { DeadLetters } from "@weir/core";
import { deadLetterSettings } from "./dead-letter-options.ts";
import type { DeadLetterOptions } from "./dead-letter-options.ts";
import { createLetterReader } from "./letter-reading.ts";
import type { LetterReader } from "./letter-reading.ts";
import { inLockOrder, letterRow, statementsOf } from "./letter-row.ts";
import { recordParams, recordStatement } from "./letter-table.ts";

/** One pipeline's letters in Postgres: the pipeline records them, people and tools read them. */
export interface PostgresDeadLetters extends DeadLetters, LetterReader {}

/**
 * Core's port for setting messages aside, on the table of `deadLetterMigrations`. A letter exists once per pipeline, origin
 * and offset: recording it again, from this process or another, changes nothing. What cannot be stored as it is
 * (a NUL in the detail, bytes beyond `rawBytesMax`) is replaced or cut, so that no message can keep itself from being set aside.
 *
 * `record` rejects with the typed errors of `@weir/postgres`. Throws `invalid-options` with all faults at once.
 */
export function createDeadLetters(options: DeadLetterOptions): PostgresDeadLetters {
  const settings = deadLetterSettings(options);
  const { database, schema, pipeline } = settings;
  const statement = recordStatement(schema);

  return {
    async record(letters) {
      const rows = inLockOrder(letters.map((letter) => letterRow(letter, settings)));
      for (const part of statementsOf(rows)) await database.query(statement, recordParams(pipeline, part));
    },
    ...createLetterReader(database, schema, pipeline),
  };
}
