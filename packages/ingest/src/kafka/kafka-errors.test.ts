import kafkajs from "kafkajs";
import { describe, expect, it } from "vitest";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";

const { KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError, KafkaJSRequestTimeoutError } =
  kafkajs;

const protocolError = (type: string) =>
  new KafkaJSProtocolError(Object.assign(new Error("said the broker"), { type, code: 1, retriable: false }));
const retried = (error: Error) => new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 5, retryTime: 100 });

const connection = (code: string) => Object.assign(new Error("x"), { name: "KafkaJSConnectionError", code });
const unknown = (retriable: boolean) => Object.assign(new Error("x"), { name: "KafkaJSError", retriable });
describe("Kafka errors", () => {
  it.each([
    { type: "TOPIC_AUTHORIZATION_FAILED", code: "not-authorized", kind: "programming", definite: true },
    { type: "UNKNOWN_TOPIC_OR_PARTITION", code: "missing-topic", kind: "programming", definite: true },
    { type: "SASL_AUTHENTICATION_FAILED", code: "wrong-credentials", kind: "programming", definite: true },
    { type: "REBALANCE_IN_PROGRESS", code: "rebalancing", kind: "dependency", definite: true },
    { type: "REQUEST_TIMED_OUT", code: "kafka-timeout", kind: "dependency", definite: false },
    { type: "MESSAGE_TOO_LARGE", code: "record-too-large", kind: "row", definite: true },
  ])("$type is $code, at the cost of the $kind; definite: $definite", ({ type, ...expected }) => {
    expect(kafkaError(protocolError(type))).toMatchObject(expected);
  });

  it("finds the true error under what the client wraps around it", () => {
    const cause = retried(protocolError("GROUP_AUTHORIZATION_FAILED"));
    expect(kafkaError(Object.assign(new KafkaJSNonRetriableError("wrapped"), { cause })).code).toBe("not-authorized");
  });

  it("says that an effect may be there when the answer was lost", () => {
    const timeout = new KafkaJSRequestTimeoutError("Request timed out", {} as never);
    expect(kafkaError(retried(timeout))).toMatchObject({ code: "kafka-timeout", kind: "dependency", definite: false });
  });

  it("tells a refused connection from one that was lost", () => {
    expect(kafkaError(connection("ECONNREFUSED"))).toMatchObject({ code: "kafka-unreachable", definite: true });
    expect(kafkaError(connection("ECONNRESET"))).toMatchObject({ code: "kafka-connection-lost", definite: false });
    expect(kafkaError(connection("CERT_HAS_EXPIRED"))).toMatchObject({ code: "tls-refused", kind: "programming" });
  });

  it("lets its own errors pass, and calls a stranger's a mistake in the code", () => {
    const own = kafkaErrors.closed("x");
    expect(kafkaError(own)).toBe(own);
    expect(kafkaError(new TypeError("x is undefined"))).toMatchObject({ code: "unexpected", kind: "programming" });
  });

  it("tries again after an error that it does not know, if the client would", () => {
    expect(kafkaError(unknown(true)).kind).toBe("dependency");
    expect(kafkaError(unknown(false)).kind).toBe("programming");
  });
});
