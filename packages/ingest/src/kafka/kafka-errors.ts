import { asWeirError, WeirError } from "@weir/core";
import type { ErrorKind } from "@weir/core";

interface Rule {
  readonly code: string;
  readonly kind: ErrorKind;
  /** The answer may have been lost on its way: the broker may have done what it was asked for. */
  readonly answerLost?: true;
  readonly advice: string;
}

const dependency = (code: string, advice: string): Rule => ({ code, kind: "dependency", advice });
const lostAnswer = (code: string, advice: string): Rule => ({ code, kind: "dependency", answerLost: true, advice });
const programming = (code: string, advice: string): Rule => ({ code, kind: "programming", advice });
const row = (code: string, advice: string): Rule => ({ code, kind: "row", advice });

const unreachable = dependency(
  "kafka-unreachable",
  "Kafka cannot be reached: is it running, are the brokers' addresses right?",
);
const unknownHost = dependency("kafka-unreachable", "a broker's name cannot be resolved: check the brokers' addresses");
const connectionLost = lostAnswer("kafka-connection-lost", "the connection to Kafka was lost");
const certificate = programming(
  "tls-refused",
  "the broker's certificate is not trusted: give its authority in ssl.ca, and connect by a name that it holds",
);
const credentials = programming("wrong-credentials", "Kafka refused user or password: check sasl");
const missingTopic = programming("missing-topic", "the topic does not exist: create it, or correct its name");
const noAccess = programming("not-authorized", "this user may not do that: grant it on topic and consumer group");
const rebalancing = dependency("rebalancing", "the consumer group is being divided anew");
const moving = dependency("leader-moving", "a partition or group has no leader at this moment");

/** The broker's own error names → what they mean here. */
const types: Readonly<Record<string, Rule>> = {
  // The record is at fault.
  MESSAGE_TOO_LARGE: row("record-too-large", "a record is larger than the topic takes: see max.message.bytes"),
  RECORD_LIST_TOO_LARGE: row("record-too-large", "the records are larger than the topic's segments"),
  INVALID_TIMESTAMP: row("invalid-timestamp", "a record's timestamp is out of the topic's range"),
  INVALID_RECORD: row("invalid-record", "the topic refuses a record: a compacted topic takes none without a key"),

  // The server or the network is at fault.
  GROUP_COORDINATOR_NOT_AVAILABLE: moving,
  GROUP_LOAD_IN_PROGRESS: moving,
  LEADER_NOT_AVAILABLE: moving,
  NOT_LEADER_FOR_PARTITION: moving,
  NOT_CONTROLLER: moving,
  NOT_COORDINATOR_FOR_GROUP: rebalancing,
  ILLEGAL_GENERATION: rebalancing,
  UNKNOWN_MEMBER_ID: rebalancing,
  REBALANCE_IN_PROGRESS: rebalancing,
  NOT_ENOUGH_REPLICAS: dependency("too-few-replicas", "too few replicas are in sync to take a record"),
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: lostAnswer("too-few-replicas", "too few replicas took the records"),
  REQUEST_TIMED_OUT: lostAnswer("kafka-timeout", "the broker did not finish in time"),
  KAFKA_STORAGE_ERROR: lostAnswer("broker-disk", "a broker cannot write to its disk"),
  OUT_OF_ORDER_SEQUENCE_NUMBER: lostAnswer("lost-sequence", "the broker misses records that were sent before these"),
  UNKNOWN_PRODUCER_ID: lostAnswer("lost-sequence", "the broker has forgotten this producer"),
  INVALID_PRODUCER_EPOCH: lostAnswer("lost-sequence", "the broker knows a newer producer of this id"),

  // The code or its configuration is at fault.
  UNKNOWN_TOPIC_OR_PARTITION: missingTopic,
  INVALID_TOPIC_EXCEPTION: programming("invalid-topic", "this is no name for a topic"),
  TOPIC_ALREADY_EXISTS: programming("topic-exists", "a topic of this name exists already"),
  INVALID_PARTITIONS: programming("invalid-topic", "a topic cannot have this number of partitions"),
  INVALID_REPLICATION_FACTOR: programming("invalid-topic", "there are not that many brokers to replicate to"),
  INVALID_CONFIG: programming("invalid-topic", "the broker refuses a setting of the topic"),
  INVALID_SESSION_TIMEOUT: programming(
    "invalid-session-timeout",
    "sessionTimeoutMs is outside of what the broker allows: see group.min.session.timeout.ms and its maximum",
  ),
  INVALID_GROUP_ID: programming("invalid-group", "this is no name for a consumer group"),
  INCONSISTENT_GROUP_PROTOCOL: programming(
    "group-taken",
    "the group's other members divide partitions in another way: use a group of its own",
  ),
  GROUP_MAX_SIZE_REACHED: programming("group-full", "the group has as many members as the broker allows"),
  TOPIC_AUTHORIZATION_FAILED: noAccess,
  GROUP_AUTHORIZATION_FAILED: noAccess,
  CLUSTER_AUTHORIZATION_FAILED: noAccess,
  SASL_AUTHENTICATION_FAILED: credentials,
  UNSUPPORTED_SASL_MECHANISM: programming("wrong-credentials", "the broker does not offer this sasl.mechanism"),
  ILLEGAL_SASL_STATE: programming(
    "wrong-credentials",
    "the login does not fit this port of the broker: set sasl where it expects one, else leave it out",
  ),
  UNSUPPORTED_VERSION: programming("unsupported", "the broker is too old or too new for this client"),
  UNSUPPORTED_COMPRESSION_TYPE: programming("unsupported", "the topic's compression is not supported"),
};

/** What the operating system, TLS or the client says. */
const codes: Readonly<Record<string, Rule>> = {
  ECONNREFUSED: unreachable,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ETIMEDOUT: unreachable,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ECONNRESET: connectionLost,
  EPIPE: connectionLost,
  CERT_HAS_EXPIRED: certificate,
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  ERR_TLS_CERT_ALTNAME_INVALID: certificate,
  EPROTO: programming("tls-refused", "TLS failed: does this port of the broker speak TLS?"),
};

/** Error classes of the client that carry neither. */
const names: Readonly<Record<string, Rule>> = {
  KafkaJSConnectionError: connectionLost,
  KafkaJSConnectionClosedError: connectionLost,
  KafkaJSRequestTimeoutError: lostAnswer("kafka-timeout", "Kafka did not answer in time"),
  KafkaJSBrokerNotFound: unreachable,
  KafkaJSNoBrokerAvailableError: unreachable,
  KafkaJSGroupCoordinatorNotFound: moving,
  KafkaJSMetadataNotLoaded: moving,
  KafkaJSTopicMetadataNotLoaded: moving,
  KafkaJSStaleTopicMetadataAssignment: rebalancing,
  KafkaJSLockTimeout: lostAnswer("kafka-timeout", "Kafka did not answer in time"),
  KafkaJSTimeout: lostAnswer("kafka-timeout", "Kafka did not answer in time"),
  KafkaJSSASLAuthenticationError: credentials,
  KafkaJSServerDoesNotSupportApiKey: programming("unsupported", "the broker is too old or too new for this client"),
  KafkaJSNotImplemented: programming("unsupported", "the topic's compression is not supported"),
};

interface ForeignError {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly retriable?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** Anything that the client threw, as the one error type of the house. */
export function kafkaError(thrown: unknown): WeirError {
  if (thrown instanceof WeirError) return thrown;
  const chain = chainOf(thrown);
  const rule = chain.map(ruleOf).find((found) => found !== undefined);
  if (rule !== undefined) return fromRule(rule, thrown);
  const isForeign = chain.some(({ name }) => typeof name === "string" && name.startsWith("KafkaJS"));
  if (!isForeign) return asWeirError(thrown);
  const isRetriable = chain.some(({ retriable }) => retriable === true);
  return fromRule(
    isRetriable ? lostAnswer("kafka-trouble", "Kafka failed") : programming("kafka-refused", "Kafka refused"),
    thrown,
  );
}

/** The error, what it wraps, and so on: the client wraps the true one up to three times. */
function chainOf(thrown: unknown): ForeignError[] {
  const chain: ForeignError[] = [];
  let next = thrown;
  while (typeof next === "object" && next !== null && chain.length < 8) {
    const error = next as ForeignError;
    chain.push(error);
    next = error.cause ?? (Array.isArray(error.errors) ? (error.errors as unknown[])[0] : undefined);
  }
  return chain;
}

function ruleOf({ type, code, name }: ForeignError): Rule | undefined {
  return lookUp(types, type) ?? lookUp(codes, code) ?? lookUp(names, name);
}

function lookUp(table: Readonly<Record<string, Rule>>, key: unknown): Rule | undefined {
  return typeof key === "string" && Object.hasOwn(table, key) ? table[key] : undefined;
}

function fromRule(rule: Rule, cause: unknown): WeirError {
  const said = cause instanceof Error ? ` (${cause.message})` : "";
  return new WeirError(rule.code, `${rule.advice}${said}`, {
    kind: rule.kind,
    definite: rule.answerLost !== true,
    cause,
  });
}

/** A broker closes a connection that does not speak what its port expects, without a word. */
function hintOf({ code }: WeirError): string {
  return code === "kafka-connection-lost" ? "; does this port expect TLS (ssl) or a login (sasl)?" : "";
}

/** Errors of this package itself: code, when. */
export const kafkaErrors = {
  /** Nothing answered until the connect deadline. */
  unreachable: (brokers: readonly string[], deadlineMs: number, last: WeirError): WeirError =>
    new WeirError(
      "kafka-unreachable",
      `no answer from ${brokers.join(", ")} within ${deadlineMs} ms: ${last.message}${hintOf(last)}`,
      {
        kind: "dependency",
        cause: last,
      },
    ),
  missingTopic: (topic: string): WeirError =>
    new WeirError("missing-topic", `topic ${topic} does not exist: create it, or correct its name`, {
      kind: "programming",
    }),
  topicExists: (topic: string): WeirError =>
    new WeirError("topic-exists", `topic ${topic} exists already`, { kind: "programming" }),
  /** The topic was made, and its partitions are not served yet. */
  withoutLeader: (topic: string, waitedMs: number): WeirError =>
    new WeirError("leader-moving", `topic ${topic} was made, but has no leader after ${waitedMs} ms`, {
      kind: "dependency",
      definite: false,
    }),
  /** The drain's deadline passed while a commit was awaited: it may still arrive. */
  settleAborted: (origin: string): WeirError =>
    new WeirError("settle-aborted", `the commit of ${origin} was still awaited at the deadline`, {
      kind: "dependency",
      definite: false,
    }),
  /** Neither an answer nor an error for a whole session timeout. */
  silent: (silentMs: number): WeirError =>
    new WeirError("kafka-silent", `Kafka gave no sign of life for ${silentMs} ms`, {
      kind: "dependency",
      definite: false,
    }),
  closed: (what: string): WeirError => new WeirError("closed", `${what} is closed`, { kind: "programming" }),
  /** A reader waited this long for records that the log should hold. */
  readStalled: (topic: string, standstillMs: number): WeirError =>
    new WeirError("read-stalled", `topic ${topic} gave no record for ${standstillMs} ms`, { kind: "dependency" }),
} as const;
