import { asWeirError } from "@weir/core";
import type { TestProject } from "vitest/node";
import { embeddedFaults } from "./embedded.ts";
import { prepareEngine } from "./engine/prepare-engine.ts";
import { openServices } from "./open-services.ts";

/** What live tests are given, one set for the whole run. `unavailable` says why there is none. */
export type ProvidedServices = (
  | { readonly databaseUrl: string; readonly brokers: string[]; readonly tier: string; readonly summary: string }
  | { readonly unavailable: string }
) & {
  /** Per tier that starts servers of its own: why it cannot be had here. */
  readonly absent: { readonly containers?: string; readonly embedded?: string };
};

declare module "vitest" {
  interface ProvidedContext {
    readonly weirServices: ProvidedServices;
  }
}

const report = (line: string): void => void process.stderr.write(`services: ${line}\n`);

/**
 * Starts the servers before the live tests and ends them afterwards: in containers where there is an engine, or where
 * one can be prepared, else embedded.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const asked = process.env["SERVICES"] ?? "";
  const both = ["postgres", "kafka"] as const;
  const engine = await engineFor(asked);
  if (engine.absent !== undefined) report(`no containers: ${engine.absent}`);
  const faults = await embeddedFaults(both, process.env);
  const absent = {
    ...(engine.absent === undefined ? {} : { containers: engine.absent }),
    ...(faults.length === 0 ? {} : { embedded: faults.join("; ") }),
  };
  try {
    const services = await openServices({ want: both, own: true, report });
    report(services.summary);
    project.provide("weirServices", {
      databaseUrl: services.postgres?.url ?? "",
      brokers: [...(services.kafka?.brokers ?? [])],
      tier: services.tier,
      summary: services.summary,
      absent,
    });
    return async () => {
      await services.close();
      await engine.close();
    };
  } catch (cause) {
    await engine.close();
    const { code, message } = asWeirError(cause);
    // A machine that cannot have servers skips these tests, with this reason. Servers that are asked for by name, or
    // that should have started and did not, are a failure.
    if (code !== "missing-tools" || asked !== "") throw cause;
    project.provide("weirServices", { unavailable: message, absent });
    return () => Promise.resolve();
  }
}

interface EngineForTests {
  readonly absent?: string;
  readonly close: () => Promise<void>;
}

const nothing = (): Promise<void> => Promise.resolve();

/** Told to this process alone, whose environment the tests and what they start inherit. */
async function engineFor(asked: string): Promise<EngineForTests> {
  if (asked !== "" && asked !== "containers") return { absent: `SERVICES=${asked} asks for others`, close: nothing };
  const prepared = await prepareEngine({ environment: process.env, report });
  if ("absent" in prepared) return { absent: prepared.absent, close: nothing };
  Object.assign(process.env, prepared.environment);
  return { close: prepared.close };
}
