/** One worker: loads the module that it is told, runs it, tells how far it is, and ends with its judge. */
import { asWeirError, onEvent } from "@weir/core";
import { drillErrors } from "../drill-errors.ts";
import type { DeliveredRun, TopicAccess } from "../topic/topic.ts";
import { checkRunning, loadWork, placeIn } from "./load-work.ts";
import { memoryAccess } from "./memory-access.ts";
import type { Phase, RunningWork } from "./work.ts";
import type { FromWorker, ToWorker, WorkerTask } from "./worker-messages.ts";

const tickMs = 200;

let running: RunningWork | undefined;
let module = "";
let isDraining = false;

function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}

const log = memoryAccess((message) => void tell({ type: "log", message }));

/** What the heap holds after the garbage is gone: collected three times, because finalizers free more. */
function measure(): number {
  for (let turn = 0; turn < 3; turn += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Told before it begins: whoever hangs in it cannot say so any more. */
async function enter<T>(phase: Phase, step: () => Promise<T>): Promise<T> {
  await tell({ type: "phase", phase });
  return step();
}

const refused = (): never => {
  throw drillErrors.noTopic();
};
const noAccess: TopicAccess = { openSource: refused, openReader: () => Promise.reject(drillErrors.noTopic()) };
const onDelivered = (runs: readonly DeliveredRun[]): void => void tell({ type: "delivered", runs });

async function accessOf({ context, topic }: WorkerTask): Promise<TopicAccess> {
  if (topic === undefined) return noAccess;
  const { name, group, place } = topic;
  if (place.kind === "memory") return log.access;
  // Its client takes as long to load as everything else here.
  const { kafkaAccess } = await import("./kafka-access.ts");
  return kafkaAccess({ worker: context.worker, topic: name, group, place, onDelivered });
}

async function start(task: WorkerTask): Promise<void> {
  module = task.module;
  const work = await enter("loading", () => loadWork(task.module));
  const { topic } = task;
  const names = topic === undefined ? {} : { topic: topic.name, group: topic.group };
  const context = { ...task.context, ...names, ...(await accessOf(task)) };
  if (task.type === "prepare") {
    await enter("preparing", () => work.prepare(context));
    process.exit(0);
  }
  onEvent("dependency", ({ what, state, reason, downMs }) => {
    const line = state === "down" ? `${what} does not answer (${reason})` : `${what} answers again after ${downMs} ms`;
    void tell({ type: "said", line });
  });
  running = checkRunning(await enter("starting", () => work.start(context)));
  await tell({ type: "phase", phase: "running" });
  const report = await running.finished;
  if (!isDraining && report.error === undefined) throw drillErrors.endedEarly();
  await tell({ type: "ended", report });
  process.exit(report.error === undefined ? 0 : 2);
}

async function drain(deadlineMs: number): Promise<void> {
  isDraining = true;
  if (running === undefined) process.exit(0);
  const work = running;
  // What it answers with is judged by `finished`.
  await enter("draining", async () => void (await work.drain(deadlineMs)));
}

async function fail(thrown: unknown): Promise<void> {
  const { code, message } = asWeirError(thrown);
  const place = placeIn(module, thrown);
  await tell({ type: "failed", code, sentence: message, ...(place !== undefined && { place }) });
  process.exit(2);
}

process.on("message", (message: ToWorker) => {
  if (message.type === "measure") void tell({ type: "measured", bytes: measure() });
  else if (message.type === "log") log.hear(message.message);
  else if (message.type === "drain") drain(message.deadlineMs).catch(fail);
  else start(message).catch(fail);
});
// Whoever blocks this process is silent from now on.
setInterval(() => void tell({ type: "tick", ...(running !== undefined && { state: running.state() }) }), tickMs);
// Ctrl-C reaches the whole process group; what it means for a worker, its judge decides.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(3));
process.on("unhandledRejection", (thrown) => void fail(thrown));
process.on("uncaughtException", (thrown) => void fail(thrown));
