/** One alert, as Prometheus takes it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold before the alert fires. */
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const rule = (alert: string, expr: string, more: { readonly for: string; readonly summary: string }): AlertRule => ({
  alert,
  expr,
  for: more.for,
  labels: { severity: "warning" },
  annotations: { summary: more.summary },
});

/**
 * What somebody should look at, on the metrics that `createMetrics` serves. Thresholds are where people usually begin, and
 * meant to be changed: a saturated stage is what backpressure looks like, and only for long it is news.
 */
export const alertRules: readonly AlertRule[] = [
  rule("WeirStageSaturated", "weir_stage_depth_messages / weir_stage_bound_messages > 0.9", {
    for: "5m",
    summary:
      "{{ $labels.pipeline }}: the stage {{ $labels.stage }} has been full for five minutes: what is behind it is too slow",
  }),
  rule("WeirQueueGrows", "deriv(weir_messages_in_flight[5m]) > 0 and weir_messages_in_flight > 1000", {
    for: "10m",
    summary: "{{ $labels.pipeline }}: what is in flight has grown for ten minutes",
  }),
  rule(
    "WeirPipelineStalled",
    "weir_messages_in_flight > 0 and on (pipeline) (increase(weir_messages_settled_total[5m]) == 0) and on (pipeline) weir_pipeline_running == 1",
    { for: "5m", summary: "{{ $labels.pipeline }}: messages are in flight, and none was settled" },
  ),
  rule("WeirOriginStalled", "increase(weir_origins_stalled_total[10m]) > 0", {
    for: "0m",
    summary: "{{ $labels.pipeline }}: one message blocks its origin",
  }),
  rule(
    "WeirErrorRatio",
    "sum by (pipeline) (rate(weir_messages_dead_total[5m])) / sum by (pipeline) (rate(weir_messages_settled_total[5m])) > 0.05",
    { for: "5m", summary: "{{ $labels.pipeline }}: more than one message in twenty was set aside" },
  ),
  rule("WeirDependencyDown", "weir_dependency_down == 1", {
    for: "1m",
    summary: "{{ $labels.pipeline }}: {{ $labels.dependency }} cannot be reached",
  }),
];

/** The rules as a file for Prometheus's `rule_files`. JSON is YAML, and needs no library to write. */
export function alertRulesFile(rules: readonly AlertRule[] = alertRules): string {
  return `${JSON.stringify({ groups: [{ name: "weir", rules }] }, null, 2)}\n`;
}
