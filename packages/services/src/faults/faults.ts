// How to hurt what runs on the servers: their network, their sessions, one's own workers.
// The way: proxy.ts → link.ts → flow.ts
export { createProxy } from "./proxy.ts";
export type { Direction, FaultProxy, Faults, HalfOpen, ProxyStats } from "./proxy.ts";
export { proxyNumbers } from "./proxy-options.ts";
export type { Address, ProxyOptions } from "./proxy-options.ts";
export type { Way } from "./link.ts";
export type { Tally } from "./flow.ts";
export { addressThrough, proxyKafka } from "./kafka-proxy.ts";
export type { KafkaProxy, KafkaProxyOptions, Routes } from "./kafka-proxy.ts";
export { proxyPostgres } from "./postgres-proxy.ts";
export type { PostgresProxy, PostgresProxyOptions } from "./postgres-proxy.ts";
export { processFaults } from "./process-faults.ts";
export type { ProcessFaults } from "./process-faults.ts";
export { terminateBackends } from "./terminate-backends.ts";
export type { TerminateOptions } from "./terminate-backends.ts";
export { outage } from "./outage.ts";
export type { Outage, OutageOptions } from "./outage.ts";
