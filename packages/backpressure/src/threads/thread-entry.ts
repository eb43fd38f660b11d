import type { WeirError } from "@weir/core";
import type { ThreadAnswer, ThreadTask } from "./thread-task.ts";

/** Runs in each thread: loads the module once, and calls its function for every task. */
export default async function runTask({ module, name, task }: ThreadTask): Promise<ThreadAnswer> {
  let found: unknown;
  try {
    found = ((await import(module)) as Record<string, unknown>)[name];
  } catch (thrown) {
    return { kind: "refused", sentence: `the threads' module cannot be loaded: ${String(thrown)}` };
  }
  if (typeof found !== "function") {
    return { kind: "refused", sentence: `the threads' module exports no function ${name}` };
  }
  try {
    return { kind: "done", value: await (found as (task: unknown) => unknown)(task) };
  } catch (thrown) {
    if (!isWeirError(thrown)) return { kind: "threw", error: thrown };
    const { code, message: sentence, kind: errorKind, definite } = thrown;
    return { kind: "threw-weir", code, sentence, errorKind, definite };
  }
}

/** By its shape: loading core for its class would make every thread start later, and the module may have a core of its own. */
function isWeirError(thrown: unknown): thrown is WeirError {
  return thrown instanceof Error && thrown.name === "WeirError" && "code" in thrown && "kind" in thrown;
}
