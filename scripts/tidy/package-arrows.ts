import { importsOf, resolveImport } from "./imports.ts";
import type { Finding, PackageFolder, Repository, Rule } from "./repository.ts";
import type { SourceFile } from "./source-file.ts";
import { testSupport } from "./test-support.ts";

/** What each package may import. `core` is open to all; a package that is not listed here has no arrows yet. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  core: [],
  postgres: ["core"],
  ingest: ["core", "postgres"],
  backpressure: ["core", "postgres"],
  idempotency: ["core", "postgres", "ingest"],
  jobs: ["core", "postgres"],
  backoff: ["core", "postgres", "jobs"],
  "dead-letter": ["core", "postgres", "ingest", "backpressure"],
  telemetry: ["core"],
  services: ["core", "postgres"],
  proof: ["core"],
  drill: ["core", "postgres", "ingest", "services", "proof"],
  bench: [
    "core",
    "postgres",
    "ingest",
    "backpressure",
    "idempotency",
    "jobs",
    "backoff",
    "dead-letter",
    "services",
    "proof",
  ],
};

/** They serve whoever runs something and judges it: drills, bench, scripts, and tests with what only they load. */
const forTests = new Set(["services", "proof", "drill"]);

export const packageArrows: Rule = {
  promise: "packages import each other only along the arrows of the design",
  check: (repository) => {
    const support = testSupport(repository);
    return repository.sources.flatMap((source) => strayImports(repository, source, support.has(source.path)));
  },
};

function strayImports(repository: Repository, source: SourceFile, servesTests: boolean): Finding[] {
  const from = repository.ownerOf(source.path);
  if (from === undefined) return [];
  return importsOf(source).flatMap(({ specifier, line }) => {
    const target = resolveImport(repository, source.path, specifier);
    const to = target === undefined ? undefined : repository.ownerOf(target);
    if (to === undefined || to === from) return [];
    const fault = specifier.startsWith(".")
      ? "leaves the package: import it by its name"
      : faultOf(from, to, servesTests);
    return fault === undefined ? [] : [{ path: source.path, line, sentence: `${specifier} ${fault}` }];
  });
}

function faultOf(from: PackageFolder, to: PackageFolder, servesTests: boolean): string | undefined {
  if (from.kind === "root") return undefined;
  if (to.kind === "drill") return "is a drill: only scripts start one";
  if (from.kind === "drill") return undefined;
  const allowed = arrows[from.shortName];
  if (allowed === undefined) return `has no arrow: list ${from.shortName} in scripts/tidy/package-arrows.ts`;
  if (allowed.includes(to.shortName)) return undefined;
  if (forTests.has(to.shortName)) {
    return servesTests ? undefined : "serves drills, bench, scripts and tests only";
  }
  return `is against the arrows: ${from.shortName} may import ${allowed.join(", ") || "no package"}`;
}
