export { createMetrics } from "./metrics.ts";
export type { Metrics, MetricsOptions } from "./metrics.ts";
export { serveMetrics } from "./metrics-server.ts";
export type { MetricsServer, MetricsServerOptions } from "./metrics-server.ts";
export { alertRules, alertRulesFile } from "./alert-rules.ts";
export type { AlertRule } from "./alert-rules.ts";
