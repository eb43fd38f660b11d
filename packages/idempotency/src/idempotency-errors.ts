import { WeirError } from "@weir/core";

/** Errors of this package itself: code, when. Those of the options are `invalid-options`, of core. */
export const idempotencyErrors = {
  /** A message cannot go into the outbox as it is; nothing was written. The one message is at fault. */
  invalidMessage: (faults: readonly string[]): WeirError =>
    new WeirError("invalid-outbox-message", `nothing was written to the outbox:\n${asList(faults)}`, { kind: "row" }),
  /** The outbox holds as much as it may, unsent: is the relay running, is Kafka there? The same append may fit in later. */
  outboxFull: (unsentMax: number): WeirError =>
    new WeirError("outbox-full", `the outbox holds ${unsentMax} messages that wait to be sent: no more is taken`, {
      kind: "dependency",
    }),
  /** `start` was called twice, or after `stop`. */
  relayStarted: (relay: string): WeirError =>
    new WeirError("wrong-state", `relay ${relay} was started already: make another one`, { kind: "programming" }),
} as const;

const asList = (faults: readonly string[]): string => faults.map((fault) => `  - ${fault}`).join("\n");
