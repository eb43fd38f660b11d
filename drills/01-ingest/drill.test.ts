import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { runDrillCommand } from "./proof/run-drill.ts";

// Each of them starts a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 30_000 });

let empty: string;
beforeEach(async () => {
  empty = await mkdtemp(path.join(tmpdir(), "weir-drill-"));
});
afterEach(() => rm(empty, { recursive: true }));

/** A machine without Java and Maven, whose caches and servers are not those of this one. */
const bare = (): NodeJS.ProcessEnv => ({ PATH: empty, HOME: empty, WEIR_CACHE: empty, WEIR_STATE: empty });

it("all options out of range are told at once, before anything starts", async () => {
  const { code, stdout, stderr } = await runDrillCommand(
    ["1", "--messages", "0", "--workers", "1.5", "--seed", "x", "--fault", "puase"],
    bare(),
  ).ended;
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("did you mean pause?");
  for (const option of ["--messages", "--workers", "--seed"])
    expect(stderr).toContain(`${option}: expected a whole number`);
});

it("a mistyped flag is an error that says what was meant", async () => {
  const { code, stderr } = await runDrillCommand(["1", "--mesages", "5000"], bare()).ended;
  expect(code).toBe(2);
  expect(stderr).toContain("--messages");
});

it.each(["7", "ingset"])("there is no drill %s: says which there are", async (name) => {
  const { code, stderr } = await runDrillCommand([name], bare()).ended;
  expect(code).toBe(2);
  expect(stderr).toContain("1 (ingest)");
});

it("a drill that is still to come says so", async () => {
  const { code, stderr } = await runDrillCommand(["3"], bare()).ended;
  expect(code).toBe(2);
  expect(stderr).toContain("still to come");
});

it("without a drill it lists them, on stdout", async () => {
  const { code, stdout } = await runDrillCommand([], bare()).ended;
  expect(code).toBe(0);
  expect(stdout).toContain("ingest");
});

it("without Java servers that were asked for by name are an error: what to install, exit code 2, nothing starts", async () => {
  const forced = { ...bare(), SERVICES: "embedded" };
  const { code, stdout, stderr } = await runDrillCommand(["1", "--json"], forced).ended;
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/Java/);
  expect(stderr).toMatch(/install/);
});

it("servers of its own choosing that do not answer are an error, never another tier", async () => {
  const external = {
    SERVICES: "external",
    DATABASE_URL: "postgres://a:geheim@127.0.0.1:1/x",
    KAFKA_BROKERS: "127.0.0.1:1",
  };
  const { code, stderr } = await runDrillCommand(["1"], { ...bare(), ...external }).ended;
  expect(code).toBe(2);
  expect(stderr).toContain("127.0.0.1:1");
  expect(stderr).not.toContain("geheim");
}, 60_000);
