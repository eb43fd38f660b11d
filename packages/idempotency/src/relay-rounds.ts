import { asWeirError } from "@weir/core";
import { publishIdempotency } from "./idempotency-events.ts";
import { toRecord } from "./outbox-record.ts";
import type { UnsentRow } from "./outbox-record.ts";
import { markStatement, unsentStatement } from "./outbox-table.ts";
import type { RelayLease } from "./relay-lease.ts";
import type { RelaySettings } from "./relay-options.ts";

type Rows = readonly UnsentRow[];

interface Read {
  /** Of the lease under which they were read; without it they may be somebody else's work by now. */
  readonly fence: number | null;
  readonly rows: Rows;
}

/**
 *  read ──▶ send ──▶ mark          one round; the next one's read and the former one's mark run beside the send
 *
 * Sends follow each other, and a batch that fails is sent again before any other: within an aggregate a number first
 * arrives after the one before it. Marks come after sends, so that a crash in between sends twice and never not at all.
 */
export class RelayRounds {
  readonly #settings: RelaySettings;
  readonly #lease: RelayLease;
  readonly #unsent: string;
  readonly #mark: string;
  #next: Promise<Read> | null = null;
  #marking: Promise<void> = Promise.resolve();
  /** Sent, and perhaps not marked yet. */
  #lately: Rows = [];

  constructor(settings: RelaySettings, lease: RelayLease) {
    this.#settings = settings;
    this.#lease = lease;
    this.#unsent = unsentStatement(settings.schema);
    this.#mark = markStatement(settings.schema);
  }

  /** Sends what waits, one batch. False: nothing does. */
  async next(): Promise<boolean> {
    const ahead = await this.#next;
    this.#next = null;
    const isOurs = ahead !== null && ahead.fence === this.#lease.fence;
    const { rows } = isOurs ? ahead : await this.#read(this.#lately);
    if (rows.length === 0) {
      await this.#marking;
      this.#lately = [];
      return false;
    }
    this.#next = this.#read([...this.#lately, ...rows]);
    this.#next.catch(() => undefined);
    const refused = await this.#send(rows);
    await this.#marking;
    this.#lately = rows;
    this.#marking = this.#markAll(rows, refused);
    this.#marking.catch(() => undefined);
    return true;
  }

  /** After a failure: what was read may be out of date, and what was sent may be unmarked. */
  async abandon(): Promise<void> {
    await Promise.allSettled([this.#next, this.#marking]);
    this.#next = null;
    this.#marking = Promise.resolve();
    this.#lately = [];
  }

  /** Marks what was sent. */
  async finish(): Promise<void> {
    await this.#next?.catch(() => undefined);
    await this.#marking;
  }

  async #read(underWay: Rows): Promise<Read> {
    const { fence } = this.#lease;
    if (fence === null) return { fence, rows: [] };
    const { database, batchMax, batchBytesMax } = this.#settings;
    const params = [fence, underWay.map(({ id }) => id), batchMax, batchBytesMax];
    const { rows } = await database.query<UnsentRow>(this.#unsent, params);
    return { fence, rows };
  }

  /** Answers with what Kafka refuses for good, by place in the table, each with the error's code. */
  async #send(rows: Rows): Promise<ReadonlyMap<string, string>> {
    const refused = new Map<string, string>();
    for (const [topic, group] of Map.groupBy(rows, (row) => row.topic)) await this.#sendPart(topic, group, refused);
    return refused;
  }

  /** Refused for one row, a batch is sent in halves, until that row is alone. */
  async #sendPart(topic: string, rows: Rows, refused: Map<string, string>): Promise<void> {
    try {
      await this.#settings.producer.send(topic, rows.map(toRecord));
    } catch (thrown) {
      const error = asWeirError(thrown);
      const [only, second] = rows;
      if (error.kind !== "row" || only === undefined) throw error;
      if (second === undefined) {
        refused.set(only.id, error.code);
        return;
      }
      const middle = rows.length >> 1;
      await this.#sendPart(topic, rows.slice(0, middle), refused);
      await this.#sendPart(topic, rows.slice(middle), refused);
    }
  }

  async #markAll(rows: Rows, refused: ReadonlyMap<string, string>): Promise<void> {
    const { name: relay } = this.#settings;
    const sent = refused.size === 0 ? rows : rows.filter(({ id }) => !refused.has(id));
    if (sent.length > 0 && (await this.#markRows(sent, null)))
      publishIdempotency("relayed", { relay, count: sent.length });
    for (const row of rows) {
      const reason = refused.get(row.id);
      if (reason === undefined || !(await this.#markRows([row], reason))) continue;
      const { message_id: id, aggregate, number } = row;
      publishIdempotency("setAside", { relay, id, aggregate, number: Number(number), reason });
    }
  }

  /** False: another relay has taken over, and nothing was marked. */
  async #markRows(rows: Rows, reason: string | null): Promise<boolean> {
    const { fence } = this.#lease;
    if (fence === null) return false;
    const params = [fence, rows.map(({ id }) => id), reason];
    const answer = await this.#settings.database.query<{ is_owned: boolean }>(this.#mark, params);
    const isOwned = answer.rows[0]?.is_owned === true;
    if (!isOwned && this.#lease.fence === fence) this.#lease.lost();
    return isOwned;
  }
}
