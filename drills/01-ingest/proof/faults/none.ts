import type { Act } from "./act.ts";

/** Nothing is done to it. */
export function createNone(): Act {
  return {
    name: "none",
    publishShareMax: 1,
    isOver: true,
    step: () => Promise.resolve(),
    heal: () => Promise.resolve(),
  };
}
