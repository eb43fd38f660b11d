import { done } from "@weir/core";
import type { Checkpoints, Fenced, Message, Outcome, Outcomes, Sink } from "@weir/core";
import type { Database, Transaction } from "@weir/postgres";
import type { Admission } from "./admission.ts";
import { publishIdempotency } from "./idempotency-events.ts";
import { ClaimedByOthers, storePositions } from "./stored-positions.ts";

/**
 * What is to happen for messages that may have their effect, by statements of `tx` alone: what goes another way is not undone
 * with it. All messages of a call are one transaction. A row error (`WeirError`) undoes the call and has the batch bisected,
 * until the message at fault is alone and becomes a dead letter, without its key.
 */
export type Effect<T> = (tx: Transaction, messages: readonly Message<T>[]) => Promise<unknown>;

export interface EffectSinkOptions<T> {
  readonly name: string;
  /** Stays open when the sink closes: it belongs to the caller. */
  readonly database: Database;
  readonly effect: Effect<T>;
  /**
   * The source's ownership: positions are stored in the effect's transaction, under the fences of their origins. Of an origin
   * that somebody else has claimed since nothing is written, and its messages are `fenced`.
   */
  readonly ownership?: Checkpoints<Transaction>;
}

export interface EffectCounts {
  readonly effects: number;
  readonly duplicates: number;
  /** Dead: a key that is none, or one that was used for another payload. */
  readonly refused: number;
  readonly fenced: number;
}

export interface EffectSink<T> extends Sink<T> {
  /** Since it was made, of committed batches. After a lost answer to COMMIT an effect is counted as a duplicate. */
  counts(): EffectCounts;
}

/** Answers for each message, in their order, and makes the answer part of the transaction. */
export type Admit<T> = (tx: Transaction, messages: readonly Message<T>[]) => Promise<readonly Admission[]>;

type Verdict = Admission | Fenced;
const fenced: Fenced = { kind: "fenced" };

/**
 *  begin ──▶ keys ──▶ positions, under their fences ──▶ effect, where both say that it is new ──▶ commit
 *
 * Everything up to the commit is undone together. Keys come first, because they tell who is dead: a dead letter is
 * written later, and a position that counted it as decided would lose it. `write` rejects with the typed errors of
 * `@weir/postgres`, or with what the effect throws.
 */
export function createEffectSink<T>(options: EffectSinkOptions<T>, admit: Admit<T>): EffectSink<T> {
  const { name, database, effect } = options;
  const counts = { effects: 0, duplicates: 0, refused: 0, fenced: 0 };

  async function apply(tx: Transaction, messages: readonly Message<T>[]): Promise<Map<Message, Verdict>> {
    const admissions = await admit(tx, messages);
    const verdicts = new Map<Message, Verdict>(messages.map((message, i) => [message, admissions[i] as Admission]));
    const live = messages.filter((message) => typeof verdicts.get(message) === "string");
    const undecided = await storePositions(tx, live, options);
    const fresh = undecided.filter((message) => verdicts.get(message) === "new");
    if (fresh.length > 0) await effect(tx, fresh);
    const mayHave = new Set(fresh);
    for (const message of live) if (!mayHave.has(message)) verdicts.set(message, "duplicate");
    return verdicts;
  }

  /** What a claim has taken away meanwhile is left out, and all else begins again: its keys must not stay. */
  async function write(messages: readonly Message<T>[]): Promise<Map<Message, Verdict>> {
    if (messages.length === 0) return new Map();
    try {
      return await database.transaction((tx) => apply(tx, messages));
    } catch (thrown) {
      if (!(thrown instanceof ClaimedByOthers)) throw thrown;
      const rest = await write(messages.filter(({ origin }) => !thrown.origins.has(origin)));
      return new Map(messages.map((message) => [message, rest.get(message) ?? fenced]));
    }
  }

  /** After the commit only: what is undone counts nothing. */
  function count(verdicts: Iterable<Verdict>): void {
    const now = { effects: 0, duplicates: 0, refused: 0, fenced: 0 };
    for (const verdict of verdicts) now[columnOf(verdict)] += 1;
    for (const column of ["effects", "duplicates", "refused", "fenced"] as const) counts[column] += now[column];
    publishIdempotency("admitted", { sink: name, ...now });
  }

  return {
    name,
    async write(batch): Promise<Outcomes> {
      const verdicts = await write(batch.messages);
      if (verdicts.size > 0) count(verdicts.values());
      return outcomesOf(verdicts);
    },
    counts: () => ({ ...counts }),
  };
}

function columnOf(verdict: Verdict): keyof EffectCounts {
  if (verdict === "new") return "effects";
  if (verdict === "duplicate") return "duplicates";
  return verdict.kind === "fenced" ? "fenced" : "refused";
}

/** A duplicate is done: its effect is there. */
function outcomesOf(verdicts: ReadonlyMap<Message, Verdict>): Outcomes {
  const outcomes = new Map<Message, Outcome | Fenced>();
  let isPlain = true;
  for (const [message, verdict] of verdicts) {
    if (typeof verdict === "object") isPlain = false;
    outcomes.set(message, typeof verdict === "object" ? verdict : done());
  }
  return isPlain ? done() : outcomes;
}

/** What every sink of this kind is asked at the door. */
export function effectSinkFaults(options: Partial<Record<keyof EffectSinkOptions<never>, unknown>>): string[] {
  const { name, database, effect, ownership } = options;
  const faults: string[] = [];
  if (typeof name !== "string" || name === "") faults.push("name: expected how the sink is called in events");
  if (!isObjectWith(database, "transaction")) faults.push("database: expected one that createDatabase made");
  if (typeof effect !== "function") faults.push("effect: expected a function of (tx, messages)");
  if (ownership !== undefined && !isObjectWith(ownership, "checkpoint")) {
    faults.push("ownership: expected one that createOwnership made");
  }
  return faults;
}

function isObjectWith(value: unknown, method: string): boolean {
  return (
    typeof value === "object" && value !== null && typeof (value as Record<string, unknown>)[method] === "function"
  );
}
