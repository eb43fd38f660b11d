// The process that owns a set of containers. Testcontainers reads its settings from the environment, once: here it has
// an environment of its own. The channel to the parent is the set's life: when it closes, however the parent ended, the
// containers, their volumes and their network are removed. States:
//   waiting   until `open`: nothing to clean up
//   keeping   containers may exist
//   ending    entered by `end`, SIGTERM, SIGINT or a closed channel; every further order is ignored
import { renameSync, rmSync } from "node:fs";
import { identify, type ProcessIdentity, processSpace } from "../process-identity.ts";
import { writeRecord } from "../run-record.ts";
import type { ContainerOrder, ContainerReport, SetPlan } from "./container-protocol.ts";
import { removeSet } from "./container-set.ts";

let plan: SetPlan | undefined;
let opening: Promise<unknown> = Promise.resolve();
let ending = false;

function say(report: ContainerReport): void {
  // The callback takes the error of a parent that ended a moment ago.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}

/** On record before the first container exists, so that a sweep finds whatever we leave if we are killed. */
function begin({ folder, set, socketPath }: SetPlan): void {
  const made = `${folder}.${process.pid}.new`;
  const keeper = identify(process.pid) as ProcessIdentity;
  const containers = { socketPath, set };
  writeRecord(made, { format: 1, space: processSpace(), keeper, processes: {}, folders: [folder], containers });
  renameSync(made, folder);
}

async function open(wanted: SetPlan): Promise<void> {
  plan = wanted;
  begin(wanted);
  try {
    const { startContainers } = await import("./start-containers.ts");
    say({ opened: await startContainers(wanted) });
  } catch (cause) {
    say({ fault: cause instanceof Error ? cause.message : String(cause) });
  }
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  // What the engine is starting right now would come after our removal: wait for its answer.
  await opening;
  try {
    if (plan !== undefined) await removeSet(plan, plan.set);
    if (plan !== undefined) rmSync(plan.folder, { recursive: true, force: true });
    process.exit(0);
  } catch {
    process.exit(1); // the record stays: the next set tries again
  }
}

process.on("message", (order: ContainerOrder) => {
  if (ending) return;
  if (order.do === "end") void end();
  else opening = open(order.plan);
});
process.on("disconnect", () => void end());
process.on("uncaughtException", () => void end()); // whatever it was: containers without a keeper are worse
process.on("SIGTERM", () => void end());
process.on("SIGINT", () => void end());
