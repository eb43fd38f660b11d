import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { alertRules, alertRulesFile, createMetrics } from "./telemetry.ts";

const run = promisify(execFile);

/** When it fires: the series that lead to it, each a value a minute, and the labels of the alert; and when it does not. */
interface Case {
  readonly series: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly firesAt: string;
  readonly quietAt: string;
}

const stage = (name: string): string => `weir_stage_${name}_messages{pipeline="orders",stage="batcher"}`;
const cases: Readonly<Record<string, Case>> = {
  WeirStageSaturated: {
    series: { [stage("depth")]: "10x5 99x20 10x10", [stage("bound")]: "100x40" },
    labels: { pipeline: "orders", stage: "batcher" },
    firesAt: "12m",
    quietAt: "28m",
  },
  WeirQueueGrows: {
    series: { 'weir_messages_in_flight{pipeline="orders"}': "0+200x30 6000x30" },
    labels: { pipeline: "orders" },
    firesAt: "25m",
    quietAt: "45m",
  },
  WeirPipelineStalled: {
    series: {
      'weir_messages_in_flight{pipeline="orders"}': "5x60",
      'weir_messages_settled_total{pipeline="orders"}': "0+10x10 100x20 110+10x30",
      'weir_pipeline_running{pipeline="orders"}': "1x60",
    },
    labels: { pipeline: "orders" },
    firesAt: "25m",
    quietAt: "45m",
  },
  WeirOriginStalled: {
    series: { 'weir_origins_stalled_total{pipeline="orders"}': "0x10 1x40" },
    labels: { pipeline: "orders" },
    firesAt: "14m",
    quietAt: "35m",
  },
  WeirErrorRatio: {
    series: {
      'weir_messages_dead_total{pipeline="orders",reason="odd"}': "0+8x20 163+3x30",
      'weir_messages_settled_total{pipeline="orders"}': "0+100x50",
    },
    labels: { pipeline: "orders" },
    firesAt: "15m",
    quietAt: "40m",
  },
  WeirDependencyDown: {
    series: { 'weir_dependency_down{pipeline="orders",dependency="rows"}': "0x5 1x10 0x20" },
    labels: { pipeline: "orders", dependency: "rows" },
    firesAt: "8m",
    quietAt: "20m",
  },
};

it("every rule has a case that shows it fire and be quiet", () => {
  expect(Object.keys(cases)).toEqual(alertRules.map(({ alert }) => alert));
});

it("every metric that a rule asks for is one that is served", async () => {
  const metrics = createMetrics({ pipelines: [] });
  const served = await metrics.text();
  metrics.close();
  const asked = new Set(alertRules.flatMap(({ expr }) => expr.match(/weir_\w+/g) ?? []));
  expect([...asked].filter((name) => !served.includes(`# TYPE ${name} `))).toEqual([]);
});

describe("alert rules, as promtool runs them", () => {
  let folder: string;
  let hasPromtool = false;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "weir-rules-"));
    await writeFile(join(folder, "rules.yml"), alertRulesFile());
    hasPromtool = await run("promtool", ["--version"]).then(
      () => true,
      () => false,
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.for(alertRules)("$alert fires, and is quiet again", async ({ alert }, context) => {
    context.skip(!hasPromtool, "needs promtool: Debian's package prometheus has it");
    const path = join(folder, `${alert}.yml`);
    await writeFile(path, testFile(alert, cases[alert] as Case));
    const { stdout } = await run("promtool", ["test", "rules", path]).catch((failed: { stdout: string }) => failed);
    expect(stdout).toMatch(/SUCCESS/);
  });
});

function testFile(alert: string, { series, labels, firesAt, quietAt }: Case): string {
  const rule = alertRules.find((each) => each.alert === alert);
  const summary = (rule?.annotations["summary"] ?? "").replaceAll(
    /\{\{ \$labels\.(\w+) \}\}/g,
    (_, name: string) => labels[name] ?? "",
  );
  const firing = [{ exp_labels: { severity: "warning", ...labels }, exp_annotations: { summary } }];
  return JSON.stringify({
    rule_files: ["rules.yml"],
    evaluation_interval: "1m",
    tests: [
      {
        interval: "1m",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        alert_rule_test: [
          { eval_time: firesAt, alertname: alert, exp_alerts: firing },
          { eval_time: quietAt, alertname: alert, exp_alerts: [] },
        ],
      },
    ],
  });
}
