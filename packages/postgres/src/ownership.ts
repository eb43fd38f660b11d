/**
 *  claim:  raise the fence, commit ──▶ wait for the row (for update) ──▶ read what is decided
 *  write:  take the row (for key share) under its own fence, look at the fence again, and insert, in one statement
 *  write with its position:  take the row (for no key update) under its own fence, and store what is decided
 */
import type { Checkpoints, Claim, Message, Origin, Ownership } from "@weir/core";
import { checkpoint, checkpointStatement } from "./checkpoint.ts";
import {
  awaitStatement,
  decidedStatement,
  fencedStatement,
  holdStatement,
  lookUpStatement,
  raiseStatement,
} from "./owner-table.ts";
import { checkOwnershipOptions } from "./ownership-options.ts";
import type { OwnershipOptions } from "./ownership-options.ts";
import { ownershipErrors } from "./postgres-errors.ts";
import type { Queryable, SqlValue } from "./sql-value.ts";
import type { Transaction } from "./transaction.ts";

/** An insert that joins the rows of `owned (origin)`, the origins that are still ours, and returns nothing. */
export interface FencedInsert {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

export interface FencedWrite {
  /** Rows inserted. */
  readonly count: number;
  /** Origins that others have claimed since: of them nothing was written. */
  readonly fenced: ReadonlySet<Origin>;
}

/** Core's ports for owning origins and for positions beside the effects, on the table of `ownershipMigrations`. */
export interface PostgresOwnership extends Ownership, Checkpoints<Transaction> {
  /** Runs an insert as one fenced statement. Every origin carries a fence, and no two of them the same id. */
  insert(place: Queryable, insert: FencedInsert, origins: readonly Origin[]): Promise<FencedWrite>;
  /**
   * For a transaction of several statements: those of these origins that others have claimed since. Claims of all others
   * wait until the transaction ends. Every origin carries a fence.
   */
  hold(tx: Transaction, origins: readonly Origin[]): Promise<ReadonlySet<Origin>>;
}

/** As pg reads `bigint`: the stored position, and the highest offset that a transaction has stored as decided. */
interface Held {
  readonly position: string | null;
  readonly stored: string | null;
}

/**
 * All methods reject with the typed errors of this package. A claim waits as long as a former owner's statement runs:
 * a stopped process holds it up until the server ends its transaction (`idleInTransactionTimeoutMs`).
 * Throws `invalid-options` with all faults at once.
 */
export function createOwnership(options: OwnershipOptions): PostgresOwnership {
  checkOwnershipOptions(options);
  const { database, schema, pipeline, outcomes } = options;
  const pipelines = outcomes.map((each) => each.pipeline ?? null);
  const raise = raiseStatement(schema);
  const waitForOthers = awaitStatement(schema);
  const decidedOf = decidedStatement(schema, outcomes);
  const lookUp = lookUpStatement(schema, outcomes);
  const hold = holdStatement(schema);
  const checkpoints = { statement: checkpointStatement(schema), pipeline };

  return {
    async claim(origin, { isAnew = false } = {}): Promise<Claim> {
      const raised = await database.query<{ fence: string }>(raise, [pipeline, origin, isAnew]);
      const held = await database.query<Held>(waitForOthers, [pipeline, origin]);
      const highest = await database.query<{ decided: string }>(decidedOf, [origin, ...pipelines]);
      const [fence, owner, outcome] = [raised.rows[0], held.rows[0], highest.rows[0]];
      if (fence === undefined || owner === undefined || outcome === undefined) throw ownershipErrors.vanished(origin);
      const position = owner.position === null ? null : Number(owner.position);
      const decided = Math.max(Number(owner.stored ?? -1), Number(outcome.decided));
      return { fence: Number(fence.fence), position, decided };
    },

    async lookUp(messages): Promise<ReadonlySet<Message>> {
      const origins = messages.map(({ origin }) => origin.id);
      const offsets = messages.map(({ offset }) => offset);
      const { rows } = await database.query<{ place: number }>(lookUp, [origins, offsets, ...pipelines, pipeline]);
      return new Set(rows.map(({ place }) => messages[place - 1] as Message));
    },

    checkpoint: (tx, messages) => checkpoint(tx, checkpoints, messages),

    async hold(tx, origins): Promise<ReadonlySet<Origin>> {
      const claims = [origins.map(({ id }) => id), origins.map(({ fence = 0 }) => fence)];
      const { rows } = await tx.query<{ place: number }>(hold, [pipeline, ...claims]);
      const owned = new Set(rows.map(({ place }) => origins[place - 1]));
      return new Set(origins.filter((origin) => !owned.has(origin)));
    },

    async insert(place, { sql, params }, origins): Promise<FencedWrite> {
      const claims = [origins.map(({ id }) => id), origins.map(({ fence = 0 }) => fence)];
      const statement = fencedStatement(schema, sql, params.length);
      const all = [...params, pipeline, ...claims];
      const { rows } = await place.query<{ count: number; owned: string[] }>(statement, all);
      const owned = new Set(rows[0]?.owned);
      return { count: rows[0]?.count ?? 0, fenced: new Set(origins.filter(({ id }) => !owned.has(id))) };
    },
  };
}
