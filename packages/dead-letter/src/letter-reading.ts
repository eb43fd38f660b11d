import type { Queryable } from "@weir/postgres";
import { tableOf } from "./letter-table.ts";

/** A letter in the table, without its bytes. */
export interface StoredLetter {
  /** Rising in the order of recording; a string, as it may pass 2^53. */
  readonly id: string;
  readonly pipeline: string;
  readonly origin: string;
  readonly offset: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly reason: string;
  readonly detail: string;
  /** Length of the whole message, kept or not; null where it had no bytes. */
  readonly rawBytes: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** By the clock of the database. */
  readonly recordedAt: Date;
}

export interface LetterBytes {
  readonly key: Uint8Array | null;
  readonly raw: Uint8Array | null;
  /** SHA-256 of the whole message as hexadecimal, where `raw` is only its beginning. */
  readonly rawSha256: string | null;
}

export interface ListOptions {
  /** Only letters of this reason. */
  readonly reason?: string;
  /** Only letters older than this one: the last `id` of the page before. */
  readonly beforeId?: string;
  /** Default 100. */
  readonly limit?: number;
}

export interface LetterReader {
  /** Newest first. */
  list(options?: ListOptions): Promise<readonly StoredLetter[]>;
  /** What was kept of a message. `undefined`: there is no such letter. */
  bytesOf(id: string): Promise<LetterBytes | undefined>;
  /** How many letters there are of each reason. */
  countByReason(): Promise<ReadonlyMap<string, number>>;
}

type ListedRow = Omit<StoredLetter, "offset" | "epoch"> & { readonly offset: string; readonly epoch: string };

export function createLetterReader(database: Queryable, schema: string, pipeline: string): LetterReader {
  const table = tableOf(schema);
  return {
    async list({ reason, beforeId, limit = 100 } = {}) {
      const { rows } = await database.query<ListedRow>(
        `select id, pipeline, origin, origin_offset as offset, epoch, attempt, reason, detail,
           raw_bytes as "rawBytes", metadata, recorded_at as "recordedAt"
         from ${table}
         where pipeline = $1 and ($2::text is null or reason = $2) and ($3::bigint is null or id < $3)
         order by id desc limit $4`,
        [pipeline, reason ?? null, beforeId ?? null, limit],
      );
      return rows.map((row) => ({ ...row, offset: Number(row.offset), epoch: Number(row.epoch) }));
    },
    async bytesOf(id) {
      const { rows } = await database.query<LetterBytes>(
        `select key, raw, encode(raw_sha256, 'hex') as "rawSha256" from ${table} where pipeline = $1 and id = $2`,
        [pipeline, id],
      );
      return rows[0];
    },
    async countByReason() {
      const { rows } = await database.query<{ reason: string; count: string }>(
        `select reason, count(*) as count from ${table} where pipeline = $1 group by reason order by count(*) desc, reason`,
        [pipeline],
      );
      return new Map(rows.map((row) => [row.reason, Number(row.count)]));
    },
  };
}
