import { describe, expect, it } from "vitest";
import { ManualClock } from "./manual-clock.ts";
import { Watchdog } from "./watchdog.ts";

function setUp() {
  const clock = new ManualClock();
  const said: string[] = [];
  const watchdog = new Watchdog({
    clock,
    patienceMs: 6_000,
    joiningPatienceMs: 20_000,
    alarmMs: 2_000,
    onAlarm: () => said.push("alarm"),
    onSilent: (silentMs) => said.push(`silent ${silentMs > 6_000}`),
  });
  return { clock, said, watchdog };
}

describe("watchdog", () => {
  it("is content as long as something is heard", () => {
    const { clock, said, watchdog } = setUp();
    watchdog.joined();
    for (let i = 0; i < 20; i += 1) {
      clock.advance(1_500);
      watchdog.seen();
    }
    expect(said).toEqual([]);
  });

  it("raises the alarm once in a silence, and gives up after the session timeout", () => {
    const { clock, said, watchdog } = setUp();
    watchdog.joined();
    clock.advance(5_900);
    expect(said).toEqual(["alarm"]);
    clock.advance(1_000);
    expect(said).toEqual(["alarm", "silent true"]);
    clock.advance(60_000);
    expect(said.length).toBe(2);
  });

  it("waits longer while the group is being divided: the broker holds back its answer", () => {
    const { clock, said, watchdog } = setUp();
    watchdog.joined();
    watchdog.joining();
    clock.advance(19_000);
    expect(said).toEqual([]);
    clock.advance(2_000);
    expect(said).toEqual(["silent true"]);
  });

  it("does not blame Kafka for the time in which this process itself stood still", () => {
    const { clock, said, watchdog } = setUp();
    watchdog.joined();
    clock.jump(30_000);
    clock.advance(0);
    expect(said).toEqual([]);
    watchdog.seen();
    clock.advance(1_900);
    expect(said).toEqual([]);
  });

  it("leaves no timer behind", () => {
    const { clock, watchdog } = setUp();
    watchdog.stop();
    expect(clock.pending).toBe(0);
  });
});
