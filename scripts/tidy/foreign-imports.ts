import { builtinModules } from "node:module";
import { type Import, importsOf, packageNameOf } from "./imports.ts";
import type { Finding, PackageFolder, Repository, Rule } from "./repository.ts";
import type { SourceFile } from "./source-file.ts";
import { testSupport } from "./test-support.ts";

/** Libraries that one place translates for all others. `bench` races them bare, `services` asks whether a server is ready. */
const translators: Readonly<Record<string, string>> = {
  pg: "packages/postgres/",
  "pg-copy-streams": "packages/postgres/",
  kafkajs: "packages/ingest/src/kafka/",
  "graphile-worker": "packages/jobs/",
};
const exceptions = ["packages/bench/", "packages/services/"];

/** What core would need for input and output of its own. */
const inputAndOutput = new Set([
  "child_process",
  "cluster",
  "dgram",
  "dns",
  "fs",
  "http",
  "http2",
  "https",
  "net",
  "tls",
]);

export const foreignImports: Rule = {
  promise: "each library is imported only where its errors are translated, and only where it is declared",
  check: (repository) => {
    const support = testSupport(repository);
    return repository.sources.flatMap((source) => findings(repository, source, support.has(source.path)));
  },
};

function findings(repository: Repository, source: SourceFile, servesTests: boolean): Finding[] {
  const owner = repository.ownerOf(source.path);
  if (owner === undefined) return [];
  return importsOf(source).flatMap((found) => {
    const { specifier, line } = found;
    const fault =
      builtinFault(source, specifier) ??
      libraryFault(owner, source, found) ??
      (servesTests ? undefined : loadFault(owner, source, found));
    return fault === undefined ? [] : [{ path: source.path, line, sentence: `${specifier}: ${fault}` }];
  });
}

function builtinFault(source: SourceFile, specifier: string): string | undefined {
  if (builtinModules.includes(specifier)) return `write node:${specifier}`;
  const isCore = source.path.startsWith("packages/core/") && !source.isTest;
  const name = specifier.replace("node:", "").split("/")[0] ?? "";
  return isCore && specifier.startsWith("node:") && inputAndOutput.has(name)
    ? "core does no input and output"
    : undefined;
}

function libraryFault(owner: PackageFolder, source: SourceFile, { specifier }: Import): string | undefined {
  const name = packageNameOf(specifier);
  if (name === undefined || name === owner.manifest.name) return undefined;
  const translator = translators[name];
  if (translator !== undefined && ![translator, ...exceptions].some((folder) => source.path.startsWith(folder))) {
    return `only ${translator} imports ${name}`;
  }
  const { dependencies = {}, devDependencies = {} } = owner.manifest;
  const isDeclared = name in dependencies || name in devDependencies || `@types/${name}` in devDependencies;
  return isDeclared ? undefined : `${name} is not declared in ${owner.folder || "the root"}'s package.json`;
}

function loadFault(owner: PackageFolder, source: SourceFile, { specifier, when }: Import): string | undefined {
  const name = packageNameOf(specifier);
  if (name === undefined || name === owner.manifest.name || owner.kind === "root" || when === "type") return undefined;
  if (name in (owner.manifest.dependencies ?? {}) || isTool(source)) return undefined;
  return `${name} must be a dependency, not a devDependency: it is loaded outside tests`;
}

/** What only tests load: `core/testing`, the set-up of a test run. */
function isTool({ path }: SourceFile): boolean {
  return /\/testing\/|\/(?:testing|vitest-setup)\.ts$/.test(path);
}
