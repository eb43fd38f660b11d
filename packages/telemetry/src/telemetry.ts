/** Rate, latency, errors, saturation. */
export type Signal = "rate" | "latency" | "errors" | "saturation";
