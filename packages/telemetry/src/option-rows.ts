import type { NumberOptions } from "@weir/core/options";

export const metricsNumbers = {
  labelValuesMax: {
    meaning:
      "different values of one label in one metric, `pipeline` and `stage` aside; all further ones count as `other`",
    unit: "values",
    min: 1,
    max: 10_000,
    default: 50,
    tooLow: "reasons that matter vanish in `other`",
    tooHigh: "a reason that holds an id makes a series per message",
  },
} as const satisfies NumberOptions;

export const serverNumbers = {
  port: {
    meaning: "port on 127.0.0.1; 0 takes a free one",
    unit: "",
    min: 0,
    max: 65_535,
    default: 9464,
    tooLow: "needs rights",
    tooHigh: "collides with the system's own",
  },
} as const satisfies NumberOptions;
