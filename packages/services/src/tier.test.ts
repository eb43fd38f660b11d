import { describe, expect, it } from "vitest";
import { chooseTier, weakestTier } from "./tier.ts";

const both = ["postgres", "kafka"] as const;

describe("which tier the environment asks for", () => {
  it("is the best there is when it asks for nothing", () => {
    expect(chooseTier(both, {})).toEqual({ tier: "best", forced: false, advice: [] });
    expect(chooseTier(both, { SERVICES: "" })).toEqual({ tier: "best", forced: false, advice: [] });
  });

  it("is not external because a variable is set: one line of advice instead", () => {
    const { tier, advice } = chooseTier(both, { DATABASE_URL: "postgres://u:hidden@h/d", KAFKA_BROKERS: "h:1" });
    expect(tier).toBe("best");
    expect(advice).toHaveLength(1);
    expect(advice[0]).toMatch(/DATABASE_URL and KAFKA_BROKERS.*SERVICES=external/);
    expect(advice[0]).not.toContain("hidden");
    expect(chooseTier(["kafka"], { DATABASE_URL: "postgres://h/d" }).advice).toEqual([]);
  });

  it("is external by name, and then every wanted service needs its address", () => {
    const addresses = { DATABASE_URL: "postgres://h/d", KAFKA_BROKERS: "h:1" };
    expect(chooseTier(both, { SERVICES: "external", ...addresses }).tier).toBe("external");
    expect(() => chooseTier(both, { SERVICES: "external", DATABASE_URL: "postgres://h/d" })).toThrow(
      expect.objectContaining({ code: "missing-address", message: expect.stringContaining("KAFKA_BROKERS") }),
    );
  });

  it("is an error with a suggestion when it is mistyped", () => {
    expect(() => chooseTier(both, { SERVICES: "embeded" })).toThrow(
      expect.objectContaining({ code: "unknown-tier", message: expect.stringContaining("did you mean embedded?") }),
    );
  });

  it.each(["containers", "embedded"])("is %s by name", (tier) => {
    expect(chooseTier(both, { SERVICES: tier })).toEqual({ tier, forced: true, advice: [] });
  });

  it("is memory by name for what is a server there, too: Postgres, but not Kafka", () => {
    expect(chooseTier(["postgres"], { SERVICES: "memory" })).toMatchObject({ tier: "memory", forced: true });
    expect(() => chooseTier(both, { SERVICES: "memory" })).toThrow(expect.objectContaining({ code: "absent-tier" }));
  });
});

it("a run may claim no more than its weakest service", () => {
  expect(weakestTier(["external", "embedded", "containers"])).toBe("embedded");
  expect(weakestTier(["external", "memory"])).toBe("memory");
});
