import { importsOf, resolveImport } from "./imports.ts";
import type { Repository } from "./repository.ts";

/**
 * The files that only tests load, tests themselves among them: what may import servers and judges. A file that nobody
 * imports is not one of them, nor is an entry: others load it.
 */
export function testSupport(repository: Repository): ReadonlySet<string> {
  const importers = importersOf(repository);
  const support = new Set(repository.sources.filter(({ isTest }) => isTest).map(({ path }) => path));
  for (let size = 0; size !== support.size;) {
    size = support.size;
    for (const [path, from] of importers) {
      if (from.every((importer) => support.has(importer)) && !isEntry(repository, path)) support.add(path);
    }
  }
  return support;
}

function importersOf(repository: Repository): ReadonlyMap<string, readonly string[]> {
  const importers = new Map<string, string[]>();
  for (const source of repository.sources) {
    for (const { specifier } of importsOf(source)) {
      const target = resolveImport(repository, source.path, specifier);
      if (target !== undefined) importers.set(target, [...(importers.get(target) ?? []), source.path]);
    }
  }
  return importers;
}

function isEntry(repository: Repository, path: string): boolean {
  const owner = repository.ownerOf(path);
  const entries = Object.values(owner?.manifest.exports ?? {});
  return entries.some((file) => `${owner?.folder}/${file.replace("./", "")}` === path);
}
