import { WeirError } from "@weir/core";

const asked = (code: string, sentence: string, cause?: unknown): WeirError =>
  new WeirError(code, sentence, { kind: "programming", cause });
const failed = (code: string, sentence: string, cause?: unknown): WeirError =>
  new WeirError(code, sentence, { kind: "dependency", cause });

/** Errors of the faults: code, when. */
export const faultsErrors = {
  /** The port that a proxy should listen on, or come back to, belongs to somebody else. */
  portTaken: (port: number, cause: unknown) => failed("port-taken", `a proxy cannot listen on port ${port}`, cause),
  /** A fault was asked of a proxy after its `close()`. */
  proxyClosed: () => asked("proxy-closed", "this proxy is closed: no fault can be set or healed any more"),
  /** An address that no proxy can stand in front of. The sentence never holds a password. */
  invalidAddress: (sentence: string) => asked("invalid-address", sentence),
  /** The Kafka cluster did not say which brokers it has. */
  noAnswer: (what: string, cause: unknown) => failed("no-answer", `${what} does not answer`, cause),
  /** A broker joined after the proxies were opened. Connecting to it would go past the faults, so it is refused. */
  strayBroker: (address: string) =>
    asked(
      "stray-broker",
      `no proxy stands in front of the broker at ${address}: open the proxies when all brokers run`,
    ),
  /** The id is that of a process which is not below this one. */
  notOurProcess: (pid: number) =>
    asked("not-our-process", `process ${pid} does not run below this one: only one's own workers are signalled`),
  /** The process ended, so that it can be neither stopped nor continued. */
  processGone: (pid: number) => failed("process-gone", `process ${pid} has ended`),
  /** The fault was ordered and did not become true before its deadline. */
  notTrue: (sentence: string, cause?: unknown) => failed("fault-not-true", sentence, cause),
  /** The caller's signal was aborted. What had begun is healed. */
  interrupted: (sentence: string) => failed("interrupted", sentence),
} as const;
