import { systemClock, type CancelTimer, type Clock } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { gaugeNumbers } from "../option-rows.ts";
import { DepthAlarm } from "./depth-alarm.ts";
import { publishAlarm } from "./queue-alarms.ts";
import type { Queue } from "./queue.ts";

export interface DepthGaugesOptions {
  readonly queues: readonly Queue[];
  readonly everyMs?: number;
  readonly raiseAfterMs?: number;
  readonly clock?: Clock;
}

export interface DepthReading {
  readonly queue: string;
  readonly depth: number;
  /** The deepest of all looks. */
  readonly depthMax: number;
  /** `undefined`: nothing bounds it. */
  readonly bound: number | undefined;
  readonly highWater: number;
  readonly lowWater: number;
  readonly isRaised: boolean;
}

export interface DepthGauges {
  /** Looks once, now. */
  read(): readonly DepthReading[];
  /** No more looks, no more alarms. One that is raised stays unheard of. */
  close(): void;
}

/** Looks at queues again and again, and raises an alarm about each that stays deep. Throws `invalid-options`. */
export function createDepthGauges(options: DepthGaugesOptions): DepthGauges {
  refuseFaults(faultsOf(options));
  const clock = options.clock ?? systemClock;
  const everyMs = options.everyMs ?? gaugeNumbers.everyMs.default;
  const raiseAfterMs = options.raiseAfterMs ?? gaugeNumbers.raiseAfterMs.default;
  const watched = options.queues.map((queue) => ({ queue, alarm: new DepthAlarm(), depthMax: 0 }));
  let cancel: CancelTimer | undefined;

  const look = ({ queue, alarm, ...one }: (typeof watched)[number], nowMs: number): DepthReading => {
    const depth = queue.depth();
    const bound = queue.bound?.();
    const { highWater, lowWater } = marksOf(queue, bound);
    const change = alarm.look(depth, { highWater, lowWater, raiseAfterMs }, nowMs);
    if (change !== undefined) {
      const lastedMs = change.state === "raised" ? nowMs - change.sinceMs : change.lastedMs;
      publishAlarm({ queue: queue.name, state: change.state, depth, highWater, lastedMs });
    }
    const depthMax = Math.max(one.depthMax, depth);
    return { queue: queue.name, depth, depthMax, bound, highWater, lowWater, isRaised: alarm.isRaised };
  };
  const read = (): readonly DepthReading[] => {
    const nowMs = clock.nowMs();
    return watched.map((one) => {
      const reading = look(one, nowMs);
      one.depthMax = reading.depthMax;
      return reading;
    });
  };
  const lookAgain = (): void => {
    read();
    cancel = clock.after(everyMs, lookAgain);
  };
  lookAgain();
  return { read, close: () => cancel?.() };
}

function marksOf(queue: Queue, bound: number | undefined): { readonly highWater: number; readonly lowWater: number } {
  const given = typeof queue.highWater === "function" ? queue.highWater() : queue.highWater;
  const highWater = given ?? Math.max(1, Math.ceil(0.9 * (bound as number)));
  return { highWater, lowWater: queue.lowWater ?? Math.floor(highWater / 2) };
}

function faultsOf(options: DepthGaugesOptions): string[] {
  const faults = checkNumbers(gaugeNumbers, options, { others: ["queues", "clock"] });
  if (!Array.isArray(options.queues))
    return [...faults, "queues: expected a list of { name, depth, bound or highWater }"];
  const names = options.queues.map(({ name }) => name);
  options.queues.forEach((queue: Queue, i) => {
    const path = `queues.${i}`;
    if (typeof queue.name !== "string" || queue.name === "") faults.push(`${path}.name: expected a name`);
    else if (names.indexOf(queue.name) < i) faults.push(`${path}.name: expected each name once, given ${queue.name}`);
    if (typeof queue.depth !== "function") faults.push(`${path}.depth: expected a function that answers with a number`);
    if (queue.bound === undefined && queue.highWater === undefined) {
      faults.push(`${path}.highWater: expected a number, because nothing bounds this queue`);
    }
    faults.push(...markFaults(path, queue));
  });
  return faults;
}

const isMark = (mark: number, least: number): boolean => Number.isFinite(mark) && mark >= least;

function markFaults(path: string, { highWater, lowWater }: Queue): string[] {
  if (typeof highWater === "number" && !isMark(highWater, 1)) {
    return [`${path}.highWater: expected a number from 1, given ${highWater}`];
  }
  if (lowWater === undefined || (isMark(lowWater, 0) && !(lowWater >= Number(highWater ?? Infinity)))) return [];
  return [`${path}.lowWater: expected a number from 0, below the high water, given ${lowWater}`];
}
