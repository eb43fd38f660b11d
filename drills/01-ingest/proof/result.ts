import {
  composeResult,
  type Environment,
  type Figure,
  type Judgement,
  type Mark,
  type Result,
  type Series,
} from "@weir/proof";
import { median } from "@weir/proof/statistics";
import { spec } from "../spec.ts";
import { countDeliveries } from "./deliveries.ts";
import type { Facts, FaultName, FaultRecord, KillRecord, SampleRecord } from "./facts.ts";
import { ownedByOthers } from "./faults/act.ts";
import { storiesOf } from "./story.ts";

export interface RunFacts {
  readonly variant: string;
  readonly tier: string;
  readonly services: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<"messages" | "partitions" | "workers", number>> & {
    readonly fault: FaultName;
    readonly tier: string;
  };
  readonly environment: Environment;
  readonly startedAt: Date;
  readonly wallMs: number;
  readonly judgement: Judgement<Facts>;
}

/** What the report of drill 1 shows, out of what the judge found. */
export function drillResult(run: RunFacts): Result {
  const { facts, claims } = run.judgement;
  const { messages, partitions, workers, fault, tier } = run.parameters;
  return composeResult({
    drill: "01-ingest",
    heldMeans: `Nothing was lost and nothing doubled, ${heldThrough[fault]}`,
    title: `a Kafka topic into Postgres, under ${fault}`,
    variant: run.variant,
    tier: run.tier,
    services: run.services,
    seed: run.seed,
    parameters: run.parameters,
    claims,
    figures: figuresOf(facts),
    series: seriesOf(facts.samples),
    marks: marksOf(facts),
    notShown: [...notShown, ...(tier === "memory" ? [onlyMemory] : [])],
    stories: storiesOf(facts),
    environment: run.environment,
    startedAt: run.startedAt.toISOString(),
    wallMs: Math.round(run.wallMs),
    rerun: `pnpm drill 1${asked(run.variant)}${tier === "memory" ? " --tier memory" : ""} --seed ${run.seed} --messages ${messages} --partitions ${partitions} --workers ${workers} --fault ${fault}`,
  });
}

const asked = (variant: string): string =>
  variant === "solution" ? "" : variant === "mine" ? " --mine" : ` --variant ${variant}`;

const onlyMemory =
  "Kafka: the log was one in the judge's process, whose rebalances are orderly and whose commits take no time.";

const heldThrough: Readonly<Record<FaultName, string>> = {
  none: "with nobody disturbing it",
  kill: "though one worker was killed and one joined late",
  split: "though one worker was cut off from Kafka, then from Postgres",
  pause: "though one worker stood still beyond its session",
  restart: "though Kafka died and came back, then Postgres",
  storm: "though workers joined and left all the time",
};

/** As in the README under "What the proof does not show". */
const notShown = [
  "One broker and one database on one machine: replication and failing disks were not tried.",
  "One fault at a time, with one timing: what two of them do together was not tried.",
  `Who owns what was looked up every ${spec.sampleIntervalMs} ms: a rebalance in between in which every member keeps its id is not seen.`,
  "One run with one seed: the seed decides the stream, not the machine's timing.",
];

const count = new Intl.NumberFormat("en-US");

function figuresOf(facts: Facts): Figure[] {
  const again = (facts.kill?.partitions ?? []).reduce((sum, part) => sum + part.writtenNotCommitted, 0);
  const last = facts.samples.at(-1);
  const { handedOut, distinct } = countDeliveries(facts);
  return [
    { label: "Published", value: count.format(facts.published.size) },
    { label: "Rows", value: count.format(facts.rows.length) },
    { label: "Set aside", value: count.format(facts.letters.length) },
    ...(facts.kill === null
      ? []
      : [
          {
            label: "Written, not committed at the kill",
            value: count.format(again),
            note: "delivered again, one effect",
          },
        ]),
    {
      label: "Handed out",
      value: count.format(handedOut),
      note: `${count.format(handedOut - distinct)} of them again`,
    },
    ...(last === undefined ? [] : [{ label: "Until all was settled", value: (last.t / 1000).toFixed(1), note: "s" }]),
  ];
}

type Sample = SampleRecord & { readonly t: number };

function seriesOf(samples: readonly Sample[]): Series[] {
  const steps = samples.slice(1).map(({ t }, i) => t - (samples[i] as Sample).t);
  const longMs = 4 * Math.max(spec.sampleIntervalMs, steps.length > 0 ? median(steps) : 0);
  const over = (value: (sample: Sample, i: number) => number | null): [number, number | null][] =>
    samples.flatMap((sample, i): [number, number | null][] => {
      const point: [number, number | null] = [sample.t / 1000, value(sample, i)];
      const beforeMs = samples[i - 1]?.t ?? sample.t;
      // While the judge holds something up, or waits for a server, it does not look: that is a gap, and no straight line.
      return sample.t - beforeMs > longMs ? [[(sample.t + beforeMs) / 2000, null], point] : [point];
    });
  const rate = (of: (sample: Sample) => number) =>
    over((sample, i) => {
      const before = samples[Math.max(0, i - 4)] as Sample;
      const seconds = (sample.t - before.t) / 1000;
      return seconds > 0 ? Math.round((of(sample) - of(before)) / seconds) : null;
    });
  return [
    { id: "written", title: "Settled per second", unit: "", points: rate(({ written }) => written) },
    { id: "lag", title: "Lag", unit: "messages", points: over(({ lag }) => lag) },
    {
      id: "in-flight",
      title: "In flight, all workers",
      unit: "messages",
      points: over(({ inFlight }) => inFlight),
      isToldByWorkers: true,
    },
    {
      id: "held",
      title: "Given to one worker of one partition and not committed, at most",
      unit: "messages",
      points: over(({ held }) => held.messages),
      bound: spec.inFlightPerPartitionMax,
    },
    {
      id: "connections",
      title: "Connections to Postgres, the busiest worker",
      unit: "",
      points: over(({ connections }) => Math.max(0, ...connections.map(([, held]) => held))),
      bound: spec.connectionsMax,
    },
  ];
}

/** What was done, and when: shaded on every panel. */
function marksOf(facts: Facts): Mark[] {
  return facts.kill === null ? faultMarks(facts) : killMarks(facts, facts.kill);
}

/** From each beginning to its end; a storm from its first join to its last leave. */
function faultMarks({ faults }: Facts): Mark[] {
  const names = [...new Set(faults.map(({ fault }) => fault))];
  return names.map((name) => {
    const times = faults.filter(({ fault }) => fault === name).map(({ t }) => t / 1000);
    return { label: markLabels[name], fromS: Math.min(...times), toS: Math.max(...times) };
  });
}

const markLabels: Readonly<Record<FaultRecord["fault"], string>> = {
  pause: "one worker stopped by SIGSTOP",
  "split-kafka": "worker-1 cut off from Kafka",
  "split-postgres": "worker-1 cut off from Postgres",
  "restart-kafka": "Kafka killed and away",
  "restart-postgres": "Postgres killed and away",
  storm: "workers join and leave",
};

/** From the kill until its partitions had another owner, and the moment of the late join. */
function killMarks({ samples, processes }: Facts, kill: KillRecord): Mark[] {
  const killed = processes.find(({ worker, event }) => worker === kill.worker && event === "exited");
  const fromS = (killed?.t ?? 0) / 1000;
  const partitions = kill.partitions.map(({ partition }) => partition);
  const takenOver = samples.find(
    (sample) => sample.t / 1000 >= fromS && ownedByOthers(sample, kill.worker, partitions),
  );
  const toS = (takenOver?.t ?? samples.at(-1)?.t ?? 0) / 1000;
  const marks = [{ label: `SIGKILL to ${kill.worker}, until others own its partitions`, fromS, toS }];
  const late = processes.filter(({ event }) => event === "started").at(-1);
  if (late !== undefined) marks.push({ label: `${late.worker} joins late`, fromS: late.t / 1000, toS: late.t / 1000 });
  return marks;
}
