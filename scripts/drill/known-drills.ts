import { WeirError } from "@weir/core";
import { suggestion } from "@weir/core/options";
import type { Drill } from "@weir/drill";

export interface KnownDrill {
  readonly number: number;
  /** The folder under `drills/`, `mine/` and `proofs/`. */
  readonly id: string;
  readonly name: string;
  readonly shows: string;
  /** `undefined`: still to come. */
  readonly load: (() => Promise<Drill>) | undefined;
}

export const knownDrills: readonly KnownDrill[] = [
  {
    number: 1,
    id: "01-ingest",
    name: "ingest",
    shows: "a Kafka topic into Postgres: nothing dropped, nothing invented",
    load: async () => (await import("@weir/drill-01-ingest")).drill,
  },
  {
    number: 2,
    id: "02-backpressure",
    name: "backpressure",
    shows: "the producer slows when the processors saturate",
    load: undefined,
  },
  { number: 3, id: "03-idempotency", name: "idempotency", shows: "delivered twice, one effect", load: undefined },
  {
    number: 4,
    id: "04-backoff",
    name: "backoff",
    shows: "growing delays, and an error rate that falls because of them",
    load: undefined,
  },
  {
    number: 5,
    id: "05-dead-letter",
    name: "dead letters",
    shows: "set aside, seen, inspected, replayed, purged",
    load: undefined,
  },
];

/** What a drill may be called: `1`, `01`, `ingest`, `01-ingest`, `dead-letters`. */
const callsOf = ({ number, name, id }: KnownDrill): string[] => [
  String(number),
  `0${number}`,
  name,
  name.replaceAll(" ", "-"),
  id,
  id.slice(3),
];

export function isDrill(word: string): boolean {
  return knownDrills.some((known) => callsOf(known).includes(word));
}

/**
 * By number or name.
 *
 * @throws WeirError `unknown-drill`
 */
export function findDrill(word: string, commands: readonly string[] = []): KnownDrill {
  const found = knownDrills.find((known) => callsOf(known).includes(word));
  if (found !== undefined) return found;
  const names = knownDrills.map(({ number, name }) => `${number} (${name})`).join(", ");
  const near = suggestion(word, [...knownDrills.flatMap(callsOf).filter((call) => call.length > 2), ...commands]);
  throw new WeirError("unknown-drill", `There is no drill ${JSON.stringify(word)}${near} There are: ${names}`, {
    kind: "programming",
  });
}

/**
 * The drill itself.
 *
 * @throws WeirError `drill-to-come`
 */
export async function loadDrill(known: KnownDrill): Promise<Drill> {
  if (known.load !== undefined) return known.load();
  const there = knownDrills.filter(({ load }) => load !== undefined).map(({ number }) => `pnpm drill ${number}`);
  throw new WeirError(
    "drill-to-come",
    `Drill ${known.number} (${known.name}) is still to come. What is there: ${there.join(", ")}`,
    { kind: "programming" },
  );
}

/** Those that are there. */
export async function presentDrills(): Promise<readonly Drill[]> {
  return Promise.all(knownDrills.flatMap(({ load }) => (load === undefined ? [] : [load()])));
}
