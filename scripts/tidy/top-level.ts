import type { Rule } from "./repository.ts";

/** The first thing a visitor sees. */
const expected = [
  ".ci",
  ".github",
  ".gitignore",
  ".oxfmtrc.json",
  ".oxlintrc.json",
  "CONTRIBUTING.md",
  "LICENSE",
  "README.md",
  "compose.yaml",
  "drills",
  "package.json",
  "packages",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  "scripts",
  "tsconfig.base.json",
  "tsconfig.json",
  "turbo.json",
  "vitest.config.ts",
];

export const topLevel: Rule = {
  promise: "the top level holds what it should hold, and nothing else",
  check: (repository) => {
    const found = new Set(repository.paths.map((path) => path.split("/")[0] ?? ""));
    const extra = [...found].filter((name) => !expected.includes(name));
    const missing = expected.filter((name) => !found.has(name));
    return [
      ...extra.map((path) => ({ path, line: 1, sentence: "does not belong at the top level" })),
      ...missing.map((path) => ({ path, line: 1, sentence: "is missing at the top level" })),
    ];
  },
};
