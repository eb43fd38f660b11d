import type { Deadlines, DrillTier } from "@weir/drill";
import { spec } from "../spec.ts";

/** How long things take, by tier. All in milliseconds. */
export interface Times {
  readonly sessionTimeoutMs: number;
  readonly standstillMs: number;
  readonly sampleIntervalMs: number;
  readonly drainDeadlineMs: number;
  readonly deadlines: Deadlines;
}

export function timesOn(tier: DrillTier): Times {
  const own = tier === "memory" ? spec.memory : spec;
  const { sessionTimeoutMs, standstillMs, sampleIntervalMs, drainDeadlineMs, drainGraceMs, silentMs } = own;
  // A worker waits for its servers for so long by itself; what is over that is its own affair.
  const connectedMs = spec.connectDeadlineMs + drainGraceMs;
  return {
    sessionTimeoutMs,
    standstillMs,
    sampleIntervalMs,
    drainDeadlineMs,
    deadlines: {
      loadMs: spec.loadDeadlineMs,
      prepareMs: connectedMs,
      startMs: connectedMs,
      drainMs: drainDeadlineMs + drainGraceMs,
      silentMs,
    },
  };
}
