/** One worker: loads the solution that it is told, runs it, tells its state, and ends with its judge. */
import { asWeirError, onEvent } from "@weir/core";
import { addressThrough } from "@weir/services/faults";
import type { IngestSolution, RunningIngest } from "../contract.ts";
import { spec } from "../spec.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

let running: RunningIngest | undefined;

function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) return resolve();
    process.send(message, () => resolve());
  });
}

/** What the heap holds after the garbage is gone: collected three times, because finalizers free more. */
function measure(): number {
  for (let turn = 0; turn < 3; turn += 1) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function start(message: Extract<ToWorker, { solution: string }>): Promise<void> {
  const { type, solution: file, routes } = message;
  const context = { ...message.context, ...(routes && { addressOf: addressThrough(routes) }) };
  const { solution } = (await import(file)) as { solution: IngestSolution };
  if (type === "prepare") {
    await solution.prepare(context);
    process.exit(0);
  }
  onEvent("dependency", ({ what, state, reason, downMs }) => {
    const line = state === "down" ? `${what} does not answer (${reason})` : `${what} answers again after ${downMs} ms`;
    void tell({ type: "said", line });
  });
  running = await solution.start(context);
  await tell({ type: "ready" });
  const ticker = setInterval(() => {
    if (running !== undefined) void tell({ type: "state", state: running.state() });
  }, spec.sampleIntervalMs);
  const report = await running.finished;
  clearInterval(ticker);
  await tell({ type: "ended", report });
  process.exit(report.error === undefined ? 0 : 2);
}

async function fail(thrown: unknown): Promise<void> {
  const { code, message } = asWeirError(thrown);
  await tell({ type: "failed", code, sentence: message });
  process.exit(2);
}

process.on("message", (message: ToWorker) => {
  if (message.type === "measure") void tell({ type: "measured", bytes: measure() });
  else if (message.type !== "drain") start(message).catch(fail);
  else if (running === undefined) process.exit(0);
  else running.drain(message.deadlineMs).catch(fail);
});
// Ctrl-C reaches the whole process group; what it means for a worker, its judge decides.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(3));
process.on("unhandledRejection", (thrown) => void fail(thrown));
