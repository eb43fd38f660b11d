import { hostname } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { librariesIn } from "../engine/rootfs.ts";
import { prepareEngine } from "../engine/prepare-engine.ts";
import { builtHereLabel, imageName, imageText } from "../images.ts";
import { openServices } from "../services.ts";
import { type FakeEngine, fakeEngine } from "../testing/fake-engine.ts";
import { type ScratchState, scratchState } from "../testing/scratch-state.ts";
import { removeSet } from "./container-set.ts";
import { findEngine } from "./find-engine.ts";
import { needImage } from "./pull-image.ts";

const digest = `sha256:${"ab12".repeat(16)}`;
const info = { ServerVersion: "20.10.24", Name: hostname() };
const silent = (): void => undefined;

let state: ScratchState;
let engine: FakeEngine | undefined;
beforeEach(() => {
  state = scratchState();
});
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  state.remove();
});

const start = async (answers: Readonly<Record<string, unknown>>): Promise<FakeEngine> =>
  (engine = await fakeEngine(state.folder, { "GET /info": info, ...answers }));
const hostOf = ({ socketPath }: FakeEngine): NodeJS.ProcessEnv => ({ DOCKER_HOST: `unix://${socketPath}` });

describe("the engine of this machine", () => {
  it("is the one at DOCKER_HOST, with its version", async () => {
    const fake = await start({});
    expect(await findEngine(hostOf(fake))).toEqual({ socketPath: fake.socketPath, version: "20.10.24" });
  });

  it("is absent where a socket is left and nobody answers, and where what answers is no engine", async () => {
    const fake = await start({ "GET /info": 500 });
    expect(await findEngine(hostOf(fake))).toEqual({ absent: expect.stringContaining("no engine answers") });
  });

  it("is never that of another machine", async () => {
    const found = await findEngine({ DOCKER_HOST: "tcp://10.0.0.1:2375" });
    expect(found).toEqual({ absent: expect.stringContaining("only an engine of this machine") });
  });
});

describe("an image", () => {
  it("that is there is not pulled, and is told by the registry's digest", async () => {
    const fake = await start({
      "GET /images/postgres:18/json": { Id: "sha256:1", RepoDigests: [`postgres@${digest}`] },
    });
    const seen = await needImage(fake, "postgres:18", silent);
    expect(seen).toEqual({ name: "postgres:18", digest, builtHere: false });
    expect(fake.calls).toEqual(["GET /images/postgres:18/json"]);
    expect(imageText(seen)).toBe("postgres:18 sha256:ab12ab12ab12");
  });

  it("that was built here is told by its id, and says that the official one was not tried", async () => {
    const Config = { Labels: { [builtHereLabel]: "yes" } };
    const fake = await start({ "GET /images/weir-kafka:4/json": { Id: digest, RepoDigests: [], Config } });
    const seen = await needImage(fake, "weir-kafka:4", silent);
    expect(imageText(seen)).toBe("weir-kafka:4 sha256:ab12ab12ab12, built here; the official image was not tried");
  });

  it.each([
    ["is refused at once", 500, "status 500"],
    ["fails on the way", '{"status":"Pulling"}\n{"error":"toomanyrequests"}\n', "toomanyrequests"],
  ])("that is absent and whose pull %s is an error that says why", async (_, answer, why) => {
    const fake = await start({ "POST /images/create": answer });
    const needed = needImage(fake, "postgres:18", silent);
    await expect(needed).rejects.toMatchObject({ code: "no-image", kind: "dependency" });
    await expect(needed).rejects.toThrow(why);
  });

  it("has another name where the environment gives one", () => {
    expect(imageName("kafka", {})).toBe("apache/kafka:4.4.0");
    expect(imageName("kafka", { WEIR_KAFKA_IMAGE: "" })).toBe("apache/kafka:4.4.0");
    expect(imageName("kafka", { WEIR_KAFKA_IMAGE: "mine:1" })).toBe("mine:1");
  });
});

describe("without a tier that is asked for", () => {
  it("an engine whose images cannot be had is passed over, and a line says so", async () => {
    const fake = await start({ "POST /images/create": 500 });
    const lines: string[] = [];
    const environment = { ...state.environment, ...hostOf(fake), PATH: "", WEIR_KAFKA_IMAGE: "nobody/kafka:1" };
    const opened = openServices({ want: ["kafka"], environment, report: (line) => void lines.push(line) });
    await expect(opened).rejects.toMatchObject({ code: "missing-tools" }); // embedded was next, and has no Java
    expect(lines).toContainEqual(expect.stringMatching(/no containers: nobody\/kafka.*cannot be pulled/));
  });
});

describe("an image under somebody's own name", () => {
  it("is never built here, not even in CI: another one would run under that name", async () => {
    const fake = await start({ "POST /images/create": 500 });
    const own = { CI: "true", WEIR_POSTGRES_IMAGE: "mine:1" };
    const environment = { ...state.environment, ...hostOf(fake), ...own };
    const prepared = await prepareEngine({ environment, report: silent });
    expect(prepared).toEqual({ absent: expect.stringContaining("mine:1") });
    expect(fake.calls).not.toContain("POST /build");
  });
});

describe("the end of a set", () => {
  it("resumes what is paused, removes containers, and only then their network", async () => {
    const fake = await start({
      "GET /containers/json": [
        { Id: "a", State: "paused" },
        { Id: "b", State: "running" },
      ],
      "GET /networks": [{ Id: "n" }],
      "POST /containers/a/unpause": {},
      "DELETE /containers/a": {},
      "DELETE /containers/b": 409, // its removal is under way
      "DELETE /networks/n": {},
    });
    await removeSet(fake, "set");
    const { calls } = fake;
    expect(calls.indexOf("POST /containers/a/unpause")).toBeLessThan(calls.indexOf("DELETE /containers/a"));
    expect(calls.slice(0, -1)).toContain("DELETE /containers/b");
    expect(calls.at(-1)).toBe("DELETE /networks/n");
  });

  it("is an error where the engine refuses: what is left must stay on record", async () => {
    const fake = await start({
      "GET /containers/json": [{ Id: "a" }],
      "GET /networks": [],
      "DELETE /containers/a": 500,
    });
    await expect(removeSet(fake, "set")).rejects.toMatchObject({ code: "engine-refused" });
  });
});

it("the libraries that a program asks for are read from what ldd says", () => {
  const said = [
    "\tlinux-vdso.so.1 (0x00007ffc0)",
    "\tlibpq.so.5 => /opt/x/../lib/libpq.so.5 (0x00007f91)",
    "\tlibicu.so.60 => not found",
    "\t/lib64/ld-linux-x86-64.so.2 (0x00007f91)",
  ];
  expect(librariesIn(said.join("\n"))).toEqual(["/opt/x/../lib/libpq.so.5", "/lib64/ld-linux-x86-64.so.2"]);
});
