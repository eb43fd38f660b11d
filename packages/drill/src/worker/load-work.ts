import { fileURLToPath } from "node:url";
import { drillErrors } from "../drill-errors.ts";
import type { RunningWork, Work } from "./work.ts";

/** Loads a variant's module. @throws WeirError `no-solution`, and whatever the module throws while it is loaded */
export async function loadWork(module: string): Promise<Work<unknown>> {
  const exported = (await import(module)) as Readonly<Record<string, unknown>>;
  const solution = exported["solution"];
  if (solution === undefined) {
    // A file without import and export is read as CommonJS, and then these are its own.
    const names = Object.keys(exported).filter((name) => name !== "default" && name !== "module.exports");
    throw drillErrors.noSolution(names.length === 0 ? "it exports nothing" : `it exports ${names.join(", ")}`);
  }
  const missing = (["prepare", "start"] as const).filter(
    (name) => typeof (solution as Partial<Record<string, unknown>> | null)?.[name] !== "function",
  );
  if (missing.length > 0) throw drillErrors.noSolution(`${missing.join(" and ")} is missing`);
  return solution as Work<unknown>;
}

/** @throws WeirError `not-running` */
export function checkRunning(answer: unknown): RunningWork {
  const given = (answer ?? {}) as Partial<Record<string, unknown>>;
  const isPromise = typeof (given["finished"] as Partial<Record<string, unknown>> | undefined)?.["then"] === "function";
  const missing = [
    ...(isPromise ? [] : ["`finished` (a promise)"]),
    ...(["drain", "state"] as const).filter((name) => typeof given[name] !== "function").map((name) => `\`${name}\``),
  ];
  if (missing.length > 0) throw drillErrors.notRunning(missing);
  return answer as RunningWork;
}

/** Where in the module it was thrown, `file:line`; `undefined` if its stack does not say. */
export function placeIn(module: string, thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const file = fileURLToPath(module);
  const at = `${thrown.stack ?? ""}\n${thrown.message}`
    .split("\n")
    .find((line) => line.includes(`${module}:`) || line.includes(`${file}:`));
  const line = at === undefined ? undefined : /\.[cm]?[jt]s:(\d+)/.exec(at)?.[1];
  return line === undefined ? undefined : `${file}:${line}`;
}
