import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { drillIn } from "../drill/start-drill.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "weir-verify-"));
});
afterEach(() => rm(root, { recursive: true }));

/** The one run of drill 1 that this root holds. */
async function theRun(): Promise<string> {
  const folder = path.join(root, "proofs", "01-ingest");
  const [run = ""] = (await readdir(folder)).filter((name) => name !== "latest");
  return path.join(folder, run);
}

describeLive("pnpm proof verify", () => {
  it("confirms a run from its history, catches one changed byte of it, and a file that came in", async () => {
    const { databaseUrl, brokers } = liveServices();
    const own = { SERVICES: "external", DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers.join(",") };
    const environment = { ...process.env, ...own };
    const ran = await drillIn(root, environment)("1", "--tier", "memory", "--fault", "none", "--messages", "3000");
    expect(ran.stdout, ran.stderr).toContain("on the memory tier");
    const proof = drillIn(root, environment, "proof");
    const clean = await proof("verify");
    expect(clean.stdout).toContain("✓ verified");
    expect(clean.code).toBe(0);

    const history = path.join(await theRun(), "history.ndjson");
    const whole = await readFile(history);
    const changed = Buffer.from(whole);
    // A digit of a row far inside: the file stays JSON, and as long as it was.
    const at = changed.indexOf('"kind":"rows"') + '"kind":"rows","rows":[['.length;
    changed[at] = changed[at] === 0x30 ? 0x31 : 0x30;
    expect(changed.equals(whole)).toBe(false);
    await writeFile(history, changed);
    const caught = await proof("verify", await theRun());
    expect(caught.code).toBe(1);
    expect(caught.stdout).toContain("history.ndjson");

    await writeFile(history, whole);
    await appendFile(path.join(await theRun(), "note.txt"), "all is well");
    expect((await proof("verify")).code).toBe(1);
  }, 240_000);

  it("where there is no run: exit code 2, and what makes one", async () => {
    const { code, stderr } = await drillIn(root, process.env, "proof")("verify");
    expect(code).toBe(2);
    expect(stderr).toContain("pnpm proof");
  }, 180_000);
});
