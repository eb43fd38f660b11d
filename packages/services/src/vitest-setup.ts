import { asWeirError } from "@weir/core";
import type { TestProject } from "vitest/node";
import { openServices } from "./open-services.ts";

/** What live tests are given, one set for the whole run. `unavailable` says why there is none. */
export type ProvidedServices =
  | { readonly databaseUrl: string; readonly brokers: string[]; readonly tier: string }
  | { readonly unavailable: string };

declare module "vitest" {
  interface ProvidedContext {
    readonly weirServices: ProvidedServices;
  }
}

const report = (line: string): void => void process.stderr.write(`services: ${line}\n`);

/** Starts the servers before the live tests and ends them afterwards. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  try {
    const services = await openServices({ want: ["postgres", "kafka"], own: true, report });
    report(services.summary);
    project.provide("weirServices", {
      databaseUrl: services.postgres?.url ?? "",
      brokers: [...(services.kafka?.brokers ?? [])],
      tier: services.tier,
    });
    return () => services.close();
  } catch (cause) {
    const { code, message } = asWeirError(cause);
    // A machine that cannot have servers skips these tests, with this reason. Servers that are asked for by name, or
    // that should have started and did not, are a failure.
    if (code !== "missing-tools" || (process.env["SERVICES"] ?? "") !== "") throw cause;
    project.provide("weirServices", { unavailable: message });
    return undefined;
  }
}
