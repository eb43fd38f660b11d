import { WeirError } from "@weir/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBackoff, permanent, retryAfter, type BackoffOptions } from "./backoff.ts";

const delayOf = (options: BackoffOptions, attempt: number, random: number): number => {
  const answer = createBackoff({ attemptsMax: 1_000, ...options }).next({ attempt }, random);
  if (answer.kind !== "retry") throw new Error(`expected a retry, was ${answer.why}`);
  return answer.delayMs;
};

const plans = fc
  .record({
    growth: fc.constantFrom("exponential", "polynomial", "fixed"),
    jitter: fc.constantFrom("none", "full", "equal"),
    baseMs: fc.integer({ min: 1, max: 10_000 }),
    times: fc.integer({ min: 1, max: 10_000 }),
  })
  .map(({ growth, jitter, baseMs, times }) => ({ growth, jitter, baseMs, capMs: baseMs * times }) as const);
const attempts = fc.integer({ min: 1, max: 999 });
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("a policy", () => {
  it("doubles from the base, attempt by attempt, up to the cap", () => {
    const options = { jitter: "none", baseMs: 25, capMs: 3_200 } as const;
    const ladder = Array.from({ length: 10 }, (_, i) => delayOf(options, i + 1, 0.5));
    expect(ladder).toEqual([25, 50, 100, 200, 400, 800, 1_600, 3_200, 3_200, 3_200]);
  });

  it("grows by a power, or not at all, where that is asked for", () => {
    const polynomial = { growth: "polynomial", jitter: "none", baseMs: 10, capMs: 1_000, degree: 2 } as const;
    expect([1, 2, 3, 10, 11].map((attempt) => delayOf(polynomial, attempt, 0))).toEqual([10, 40, 90, 1_000, 1_000]);
    expect([1, 7].map((attempt) => delayOf({ growth: "fixed", jitter: "none", baseMs: 10 }, attempt, 0))).toEqual([
      10, 10,
    ]);
  });

  it("keeps every delay within its jitter's bounds, at any attempt", () => {
    fc.assert(
      fc.property(plans, attempts, randoms, (plan, attempt, random) => {
        const ceilingMs = createBackoff(plan).ceilingMs(attempt);
        const delayMs = delayOf(plan, attempt, random);
        const floorMs = plan.jitter === "full" ? 0 : plan.jitter === "equal" ? ceilingMs / 2 : ceilingMs;
        expect(delayMs).toBeGreaterThanOrEqual(Math.round(floorMs));
        expect(delayMs).toBeLessThanOrEqual(Math.round(ceilingMs));
      }),
    );
  });

  it("never lowers the ceiling, and never lifts it above the cap", () => {
    fc.assert(
      fc.property(plans, attempts, (plan, attempt) => {
        const backoff = createBackoff(plan);
        expect(backoff.ceilingMs(attempt + 1)).toBeGreaterThanOrEqual(backoff.ceilingMs(attempt));
        expect(backoff.ceilingMs(attempt + 1)).toBeLessThanOrEqual(plan.capMs);
      }),
    );
  });

  it("uses the whole width of its jitter, both ends", () => {
    const nearly = 1 - Number.EPSILON;
    expect(delayOf({ jitter: "full", baseMs: 1_000 }, 3, 0)).toBe(0);
    expect(delayOf({ jitter: "full", baseMs: 1_000 }, 3, nearly)).toBe(4_000);
    expect(delayOf({ jitter: "equal", baseMs: 1_000 }, 3, 0)).toBe(2_000);
    expect(delayOf({ jitter: "equal", baseMs: 1_000 }, 3, nearly)).toBe(4_000);
  });

  it("jitters inside of the cap: capped delays are spread as widely as any", () => {
    const options = { jitter: "full", baseMs: 100, capMs: 400 } as const;
    const late = Array.from({ length: 100 }, (_, i) => delayOf(options, 50, i / 100));
    expect(late.filter((delayMs) => delayMs > 360)).toHaveLength(9);
  });

  it("gives the same delay for the same numbers", () => {
    fc.assert(
      fc.property(plans, attempts, randoms, (plan, attempt, random) => {
        expect(delayOf(plan, attempt, random)).toBe(delayOf(plan, attempt, random));
      }),
    );
  });
});

describe("decorrelated jitter", () => {
  it("draws between the base and three times the previous delay, itself below the cap", () => {
    const previous = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(previous, attempts, randoms, (previousDelayMs, attempt, random) => {
        const backoff = createBackoff({ jitter: "decorrelated", baseMs: 100, capMs: 3_200, attemptsMax: 1_000 });
        const answer = backoff.next({ attempt, previousDelayMs }, random);
        const topMs = Math.max(100, Math.min(3_200, 3 * previousDelayMs));
        expect(answer).toEqual({ kind: "retry", delayMs: Math.round(100 + random * (topMs - 100)) });
      }),
    );
  });
});

describe("the end of retries", () => {
  it("comes with the last attempt, and not one earlier", () => {
    const backoff = createBackoff({ attemptsMax: 3 });
    expect([1, 2, 3].map((attempt) => backoff.next({ attempt }, 0.5).kind)).toEqual(["retry", "retry", "give-up"]);
    expect(backoff.next({ attempt: 3 }, 0.5)).toEqual({ kind: "give-up", why: "exhausted" });
  });

  it("comes at once where the error is permanent: marked, or one that blames the message or the code", () => {
    const backoff = createBackoff();
    const row = new WeirError("bad-row", "no", { kind: "row" });
    for (const error of [permanent(new Error("404")), row]) {
      expect(backoff.next({ attempt: 1, error }, 0.5)).toEqual({ kind: "give-up", why: "permanent" });
    }
    const lost = new WeirError("connection-lost", "no", { kind: "dependency" });
    for (const error of [lost, new Error("who knows"), "text", undefined]) {
      expect(backoff.next({ attempt: 1, error }, 0.5).kind).toBe("retry");
    }
  });
});

describe("a delay that the other side asks for", () => {
  it("is never undercut, stands above the cap, and is spread by up to one base", () => {
    const backoff = createBackoff({ baseMs: 1_000, capMs: 5_000 });
    const error = retryAfter(new Error("429"), 60_000);
    expect(backoff.next({ attempt: 1, error }, 0)).toEqual({ kind: "retry", delayMs: 60_000 });
    expect(backoff.next({ attempt: 1, error }, 0.5)).toEqual({ kind: "retry", delayMs: 60_500 });
  });

  it("is a week at most, and nothing where it is no number", () => {
    const backoff = createBackoff({ jitter: "none", baseMs: 1_000 });
    const delayMs = (askedMs: number): unknown =>
      backoff.next({ attempt: 1, error: retryAfter(new Error(), askedMs) }, 0);
    expect(delayMs(1e15)).toEqual({ kind: "retry", delayMs: 604_800_000 });
    for (const nonsense of [NaN, -1, Infinity]) expect(delayMs(nonsense)).toEqual({ kind: "retry", delayMs: 1_000 });
  });
});

describe("options", () => {
  it("are refused all at once, each with what to write instead", () => {
    const options = { baseMs: 0, capMs: 1.5, attemptsMax: Infinity, jitter: "ful", growth: "linear", baseMS: 1 };
    expect(() => createBackoff(options as BackoffOptions)).toThrow(
      [
        "invalid options:",
        "  - baseMs: expected a whole number from 1 to 86400000 (ms), given 0",
        "  - capMs: expected a whole number from 1 to 2592000000 (ms), given 1.5",
        "  - attemptsMax: expected a whole number from 1 to 1000 (attempts), given Infinity",
        "  - baseMS: no such option; did you mean baseMs?",
        '  - growth: expected one of exponential, polynomial, fixed, given "linear"',
        '  - jitter: expected one of none, full, equal, decorrelated, given "ful"; did you mean full?',
      ].join("\n"),
    );
  });

  it("are refused where they contradict each other", () => {
    expect(() => createBackoff({ baseMs: 10, capMs: 9 })).toThrow("capMs: expected at least baseMs (10), given 9");
    expect(() => createBackoff({ degree: 3 })).toThrow('degree: only growth "polynomial" has one');
  });
});
