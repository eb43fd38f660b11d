import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { checkDrill } from "@weir/drill/gate";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { presentDrills } from "./known-drills.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
let proofs: string;
beforeEach(async () => {
  proofs = await mkdtemp(path.join(tmpdir(), "weir-gate-"));
});
afterEach(() => rm(proofs, { recursive: true }));

const drills = (await presentDrills()).map((drill) => ({ name: drill.name, drill }));

describeLive("the gate", () => {
  it.each(drills)(
    "$name: stub fails, solution and the other right answer hold, each mistake is caught by its claim, nothing is known of broken histories",
    async ({ drill }) => {
      const { databaseUrl, brokers } = liveServices();
      const own = { SERVICES: "external", DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers.join(",") };
      const { controls, skipped } = await checkDrill(drill, {
        root,
        proofs,
        environment: { ...process.env, ...own },
        say: (line) => console.info(line),
        signal: new AbortController().signal,
      });
      expect(controls.filter(({ caught }) => !caught)).toEqual([]);
      expect(skipped).toEqual([]);
      const kinds = new Set(controls.map(({ kind }) => kind));
      expect(kinds.size, `every kind of control: ${[...kinds].join(", ")}`).toBe(6);
    },
    600_000,
  );
});
