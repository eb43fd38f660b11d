import type { DeadLetters, Origin } from "@weir/core";
import { ownershipErrors } from "@weir/postgres";
import { deadLetterSettings } from "./dead-letter-options.ts";
import type { DeadLetterOptions } from "./dead-letter-options.ts";
import { createLetterReader } from "./letter-reading.ts";
import type { LetterReader } from "./letter-reading.ts";
import { inLockOrder, letterRow, statementsOf } from "./letter-row.ts";
import type { LetterRow } from "./letter-row.ts";
import { recordParams, recordStatement } from "./letter-table.ts";

/** One pipeline's letters in Postgres: the pipeline records them, people and tools read them. */
export interface PostgresDeadLetters extends DeadLetters, LetterReader {}

/**
 * Core's port for setting messages aside, on the table of `deadLetterMigrations`. A letter exists once per pipeline, origin
 * and offset: recording it again, from this process or another, changes nothing. What cannot be stored as it is
 * (a NUL in the detail, bytes beyond `rawBytesMax`) is replaced or cut, so that no message can keep itself from being set aside.
 *
 * With `ownership`, letters of an origin that carries a fence are recorded only while it is the highest: else `fenced`.
 *
 * `record` rejects with the typed errors of `@weir/postgres`. Throws `invalid-options` with all faults at once.
 */
export function createDeadLetters(options: DeadLetterOptions): PostgresDeadLetters {
  const settings = deadLetterSettings(options);
  const { database, schema, pipeline, ownership } = settings;
  const statement = recordStatement(schema);
  const fencedStatement = recordStatement(schema, true);

  async function insert(rows: readonly LetterRow[], origin: Origin | undefined): Promise<void> {
    const params = recordParams(pipeline, rows);
    if (origin === undefined) return void (await database.query(statement, params));
    if (ownership === undefined) throw ownershipErrors.unguarded("the dead letters", origin.id);
    const { fenced } = await ownership.insert(database, { sql: fencedStatement, params }, [origin]);
    if (fenced.size > 0) throw ownershipErrors.fenced(origin.id);
  }

  return {
    async record(letters) {
      const byOrigin = Map.groupBy(letters, ({ message }) => guardOf(message.origin));
      for (const [origin, group] of byOrigin) {
        const rows = inLockOrder(group.map((letter) => letterRow(letter, settings)));
        for (const part of statementsOf(rows)) await insert(part, origin);
      }
    },
    ...createLetterReader(database, schema, pipeline),
  };
}

/** Letters without a fence share their statements; of those with one, each origin has its own, and can be refused alone. */
function guardOf(origin: Origin): Origin | undefined {
  return origin.fence === undefined ? undefined : origin;
}
