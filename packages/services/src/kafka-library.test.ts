import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cachedKafka, kafkaLibraryFolder, prepareKafka } from "./kafka-library.ts";
import { fakeProgram, javaSaying } from "./testing/fake-program.ts";
import { type ScratchState, scratchState } from "./testing/scratch-state.ts";
import { findJava } from "./tools.ts";

// A Maven that notes each call and brings one jar; a Java that formats as Kafka's tool does.
const maven = `echo call >> "$CALLS"; mkdir -p lib; echo jar > lib/kafka_2.13-4.4.0.jar`;
const formatting = `${javaSaying("17.0.1")}
for last; do :; done
case "$last" in *.properties) data=$(sed -n 's/^log.dirs=//p' "$last"); mkdir -p "$data/__cluster_metadata-0"
  echo checkpoint > "$data/__cluster_metadata-0/00000000000000000000-0000000000.checkpoint";; esac`;

let state: ScratchState;
let environment: NodeJS.ProcessEnv;
let calls: string;
let lines: string[];
beforeEach(() => {
  state = scratchState();
  calls = join(state.folder, "calls");
  const path = join(state.folder, "bin");
  environment = { PATH: `${path}:${process.env["PATH"]}`, WEIR_CACHE: join(state.folder, "cache"), CALLS: calls };
  fakeProgram(path, "mvn", maven);
  fakeProgram(path, "java", formatting);
  lines = [];
});
afterEach(() => state.remove());

const prepare = async (signal?: AbortSignal) => {
  const java = await findJava(environment);
  return prepareKafka({ environment, java: java!, report: (line) => void lines.push(line), signal });
};
const cacheContents = () => readdirSync(join(state.folder, "cache"));

describe("Kafka in the cache", () => {
  it("is fetched once, with a line for people, however many processes want it at once", async () => {
    const libraries = await Promise.all([prepare(), prepare(), prepare()]);
    expect(new Set(libraries.map(({ folder }) => folder)).size).toBe(1);
    expect(readFileSync(calls, "utf8")).toBe("call\n");
    expect(lines).toContainEqual(expect.stringMatching(/fetching .* once/));
    lines.length = 0;
    await prepare();
    expect(lines).toEqual([]);
  });

  it("is there whole or not at all when Maven fails", async () => {
    fakeProgram(join(state.folder, "bin"), "mvn", `mkdir -p lib; echo half > lib/some.jar; echo 'no network'; exit 1`);
    await expect(prepare()).rejects.toMatchObject({
      code: "download-failed",
      message: expect.stringContaining("no network"),
    });
    expect(cachedKafka(environment)).toBeUndefined();
    expect(cacheContents()).toEqual([]);
  });

  it("is there whole or not at all when the download is interrupted", async () => {
    fakeProgram(join(state.folder, "bin"), "mvn", `mkdir -p lib; echo half > lib/some.jar; exec sleep 60`);
    const controller = new AbortController();
    const prepared = prepare(controller.signal);
    await expect.poll(() => lines.length, { timeout: 5_000 }).toBeGreaterThan(0);
    controller.abort();
    await expect(prepared).rejects.toMatchObject({ code: "interrupted" });
    expect(cacheContents()).toEqual([]);
  });

  it("is fetched anew after a process that was killed in the middle, whose lock and half a download are removed", async () => {
    const folder = kafkaLibraryFolder(environment);
    mkdirSync(join(`${folder}.1.new`, "lib"), { recursive: true });
    mkdirSync(`${folder}.lock`);
    const dead = { pid: 2 ** 22 + 1, began: "0" };
    const { processSpace } = await import("./process-identity.ts");
    writeFileSync(join(`${folder}.lock`, "holder.json"), JSON.stringify({ space: processSpace(), ...dead }));
    await prepare();
    expect(cacheContents()).toEqual([basename(folder)]);
    expect(existsSync(join(folder, "checkpoint"))).toBe(true);
  });
});
