import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readRepository } from "./tidy/repository.ts";
import { rules } from "./tidy/rules.ts";

const repository = readRepository(fileURLToPath(new URL("..", import.meta.url)));

describe("the whole repository", () => {
  it("is what the rules look at", () => {
    expect(repository.sources.length).toBeGreaterThan(30);
    expect(repository.packages.length).toBeGreaterThan(5);
  });

  for (const rule of Object.values(rules)) {
    it(rule.promise, async () => {
      const findings = await rule.check(repository);
      expect(findings.map(({ path, line, sentence }) => `${path}:${line} ${sentence}`)).toEqual([]);
    });
  }
});
