import { builtinModules } from "node:module";
import { type Import, importsOf, packageNameOf } from "./imports.ts";
import type { Finding, PackageFolder, Repository, Rule } from "./repository.ts";
import type { SourceFile } from "./source-file.ts";

/** Libraries that one place translates for all others. `bench` races them bare, `services` asks whether a server is ready. */
const translators: Readonly<Record<string, string>> = {
  pg: "packages/postgres/",
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
  check: (repository) => repository.sources.flatMap((source) => findings(repository, source)),
};

function findings(repository: Repository, source: SourceFile): Finding[] {
  const owner = repository.ownerOf(source.path);
  if (owner === undefined) return [];
  return importsOf(source).flatMap(({ specifier, line, when }) => {
    const fault = builtinFault(source, specifier) ?? libraryFault(owner, source, { specifier, line, when });
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

function libraryFault(owner: PackageFolder, source: SourceFile, { specifier, when }: Import): string | undefined {
  const name = packageNameOf(specifier);
  if (name === undefined || name === owner.manifest.name) return undefined;
  const translator = translators[name];
  if (translator !== undefined && ![translator, ...exceptions].some((folder) => source.path.startsWith(folder))) {
    return `only ${translator} imports ${name}`;
  }
  const { dependencies = {}, devDependencies = {} } = owner.manifest;
  if (name in dependencies) return undefined;
  const isDeclared = name in devDependencies || `@types/${name}` in devDependencies;
  const needsMore = owner.kind !== "root" && !source.isTest && when !== "type" && !isTool(source);
  if (!isDeclared) return `${name} is not declared in ${owner.folder || "the root"}'s package.json`;
  return needsMore ? `${name} must be a dependency, not a devDependency: it is loaded outside tests` : undefined;
}

/** What only tests load: `core/testing`, the set-up of a test run. */
function isTool({ path }: SourceFile): boolean {
  return /\/testing\/|\/(?:testing|vitest-setup)\.ts$/.test(path);
}
