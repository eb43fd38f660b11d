import { readFile } from "node:fs/promises";
import path from "node:path";
import { describeLive, describeTier, liveServices } from "@weir/services/testing";
import { expect, it } from "vitest";
import { runDrillCommand } from "./proof/run-drill.ts";
import { claimsUnder } from "./proof/claims.ts";
import type { FaultName } from "./proof/facts.ts";

/** The servers of this test run, as somebody would name their own. */
function external(): NodeJS.ProcessEnv {
  const { databaseUrl, brokers } = liveServices();
  return { ...process.env, SERVICES: "external", DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers.join(",") };
}

interface Document {
  readonly claims: readonly { readonly id: string; readonly verdict: string }[];
  readonly directory: string;
}

const small = ["1", "--messages", "12000", "--seed", "11"];

/** Runs the drill with `--json` and reads the one document, the last line of stdout. */
async function judged(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<{ document: Document; code: number | null; stderr: string }> {
  const { code, stdout, stderr } = await runDrillCommand([...args, "--json"], environment).ended;
  const last = stdout.trimEnd().split("\n").at(-1) ?? "";
  if (last === "") throw new Error(`the drill printed no document:\n${stderr}`);
  return { document: JSON.parse(last) as Document, code, stderr };
}

const heldUnder = (fault: FaultName): object[] =>
  claimsUnder(fault).map(({ id }) => expect.objectContaining({ id, verdict: "HOLDS" }) as object);

describeLive("drill 1 on real Kafka and Postgres", () => {
  it("holds on the solution: every claim, with a kill in mid-stream and a late join, and a report that says so", async () => {
    const { document, code, stderr } = await judged(small, external());
    expect(document, stderr).toMatchObject({
      drill: "01-ingest",
      verdict: "HOLDS",
      seed: "11",
      claims: heldUnder("kill"),
    });
    expect(code).toBe(0);
    const latest = path.join(document.directory, "..", "latest");
    const report = await readFile(path.join(latest, "report.html"), "utf8");
    expect(report).toContain("HOLDS");
    expect(await readFile(path.join(latest, "history.ndjson"), "utf8")).toContain('"kind":"end"');
  }, 120_000);

  it.each(["split", "pause", "storm"] as const)(
    "holds under %s",
    async (fault) => {
      const { document, stderr } = await judged([...small, "--fault", fault], external());
      expect(document, stderr).toMatchObject({ verdict: "HOLDS", claims: heldUnder(fault) });
    },
    180_000,
  );

  it("does not restart servers that are somebody else's: what needs it is unknown", async () => {
    const { document, code } = await judged([...small, "--fault", "restart"], external());
    expect(document).toMatchObject({ verdict: "UNKNOWN", tier: "external" });
    expect(code).toBe(2);
  }, 120_000);

  it("Ctrl-C drains, says what was left, judges nothing, and exits 130", async () => {
    const drill = runDrillCommand(small, external());
    await drill.shown(/SIGKILL to worker/);
    drill.child.kill("SIGINT");
    const { code, stdout } = await drill.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/Interrupted\. The workers have drained; \d+ published messages were not yet in the table/);
    expect(stdout).toContain("? UNKNOWN");
  }, 120_000);

  it("a wrong password is told at once, without the password, and exits 2", async () => {
    const url = new URL(liveServices().databaseUrl);
    url.password = "nicht-dieses";
    const { code, stderr } = await runDrillCommand(small, { ...external(), DATABASE_URL: url.href }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/password|credentials/);
    expect(stderr).not.toContain("nicht-dieses");
  }, 60_000);
});

// Whoever kills servers kills his own: here, and not on those of the run, the drill starts them itself.
for (const tier of ["embedded", "containers"] as const) {
  describeTier(tier, `drill 1 on servers of its own (${tier})`, () => {
    it("holds while Kafka and then Postgres are killed and come back, and says on what it ran", async () => {
      const own = { ...process.env, SERVICES: tier };
      const { document, stderr } = await judged([...small, "--fault", "restart"], own);
      expect(document, stderr).toMatchObject({ verdict: "HOLDS", tier, claims: heldUnder("restart") });
      const report = await readFile(path.join(document.directory, "report.html"), "utf8");
      expect(report).toMatch(tier === "containers" ? /containers: \S+ sha256:[0-9a-f]{12}/ : /\(embedded\)/);
    }, 240_000);
  });
}
