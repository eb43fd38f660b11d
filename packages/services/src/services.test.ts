import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "./free-port.ts";
import { openServices, withoutPassword } from "./services.ts";
import { fakeProgram, javaSaying } from "./testing/fake-program.ts";
import { type ScratchState, scratchState } from "./testing/scratch-state.ts";

const both = ["postgres", "kafka"] as const;
let state: ScratchState;
let path: string;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  state = scratchState();
  path = join(state.folder, "bin");
  const noEngine = { DOCKER_HOST: `unix://${join(state.folder, "no-engine")}` };
  environment = { PATH: path, WEIR_STATE: state.folder, WEIR_CACHE: join(state.folder, "cache"), ...noEngine };
});
afterEach(() => state.remove());

describe("a machine without what embedded servers need", () => {
  it("is told everything that is missing and what to install, before anything has started", async () => {
    const opened = openServices({ want: both, environment });
    await expect(opened).rejects.toMatchObject({ code: "missing-tools" });
    await expect(opened).rejects.toThrow(/Java 17 or newer.*(apt-get|brew) install[^]*Maven.*(apt-get|brew) install/);
    expect(readdirSync(state.folder)).toEqual([]);
  });

  it("is told that its Java is too old", async () => {
    fakeProgram(path, "java", javaSaying("11.0.22"));
    fakeProgram(path, "mvn", "exit 1");
    await expect(openServices({ want: both, environment })).rejects.toThrow(/Java 17 or newer; .*java is 11\.0\.22/);
    expect(readdirSync(state.folder)).toEqual(["bin"]);
  });

  it("is told nothing about Java when it wants no Kafka; a signal that is aborted already starts nothing", async () => {
    const aborted = AbortSignal.abort();
    const opened = openServices({
      want: ["postgres"],
      environment: { ...environment, PATH: process.env["PATH"] },
      signal: aborted,
    });
    await expect(opened).rejects.toMatchObject({ code: "interrupted" });
    expect(readdirSync(state.folder)).toEqual([]);
  });
});

describe("SERVICES=containers", () => {
  it("without an engine is an error that says why, and no other tier", async () => {
    const opened = openServices({ want: both, environment: { ...environment, SERVICES: "containers" } });
    await expect(opened).rejects.toMatchObject({
      code: "absent-tier",
      message: expect.stringContaining("no container engine"),
    });
    expect(readdirSync(state.folder)).toEqual([]);
  });

  it("takes no engine of another machine: what it publishes would be open to a network", async () => {
    const remote = { SERVICES: "containers", DOCKER_HOST: "tcp://127.0.0.1:1" };
    const opened = openServices({ want: both, environment: { ...environment, ...remote } });
    await expect(opened).rejects.toMatchObject({
      code: "absent-tier",
      message: expect.stringContaining("tcp://127.0.0.1:1"),
    });
  });
});

describe("SERVICES=memory", () => {
  it("has no Kafka to open", async () => {
    const opened = openServices({ want: both, environment: { ...environment, SERVICES: "memory" } });
    await expect(opened).rejects.toMatchObject({
      code: "absent-tier",
      message: expect.stringContaining("log inside the process"),
    });
  });
});

describe("external services that do not answer", () => {
  it("are an error after the deadline, never another tier, and never a password in a sentence", async () => {
    const address = `127.0.0.1:${await freePort()}`;
    const external = {
      SERVICES: "external",
      DATABASE_URL: `postgres://me:hidden@${address}/d`,
      KAFKA_BROKERS: address,
    };
    const opening = openServices({ want: both, environment: { ...environment, ...external }, connectDeadlineMs: 1 });
    const error = await opening.then(
      () => undefined,
      (cause: unknown) => cause as Error & { code: string },
    );
    expect(error).toMatchObject({ code: "no-answer", message: expect.stringContaining(address) });
    expect(error?.message).not.toContain("hidden");
  });

  it.each([
    ["DATABASE_URL", "mysql://h/d"],
    ["DATABASE_URL", "localhost"],
    ["KAFKA_BROKERS", "localhost"],
    ["KAFKA_BROKERS", "h:9092,,h:9093"],
  ])("are refused at once where %s is %s", async (variable, value) => {
    const external = { SERVICES: "external", DATABASE_URL: "postgres://h/d", KAFKA_BROKERS: "h:1", [variable]: value };
    const opened = openServices({ want: both, environment: { ...environment, ...external } });
    await expect(opened).rejects.toMatchObject({ code: "missing-address", message: expect.stringContaining(variable) });
  });
});

it("an address for people holds no password", () => {
  expect(withoutPassword("postgres://me:hidden@h:1/d?password=hidden")).toBe("postgres://me:***@h:1/d");
});
