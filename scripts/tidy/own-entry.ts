import { posix } from "node:path";
import { importsOf, packageNameOf, resolveImport } from "./imports.ts";
import type { Finding, Repository, Rule } from "./repository.ts";
import { child, children, type SourceFile } from "./source-file.ts";

/** One import of one's own index made a cycle of fourteen files elsewhere. Tests come in through the public way. */
export const ownEntry: Rule = {
  promise: "no file imports the entry of its own package",
  check: (repository) =>
    repository.sources.filter(({ isTest }) => !isTest).flatMap((source) => imports(repository, source)),
};

function imports(repository: Repository, source: SourceFile): Finding[] {
  const owner = repository.ownerOf(source.path);
  if (owner === undefined || owner.kind === "root") return [];
  const gathering = Object.values(owner.manifest.exports ?? {})
    .map((file) => posix.join(owner.folder, file))
    .filter((path) => gathers(repository, path));
  return importsOf(source)
    .filter(({ specifier }) => {
      if (packageNameOf(specifier) === owner.manifest.name) return true;
      return gathering.includes(resolveImport(repository, source.path, specifier) ?? "");
    })
    .map(({ specifier, line }) => ({
      path: source.path,
      line,
      sentence: `${specifier} is the package's own entry: import the file that has it`,
    }));
}

/** An entry that passes on what other files export; one that is a file like any other may be imported. */
function gathers(repository: Repository, path: string): boolean {
  const entry = repository.sources.find((source) => source.path === path);
  const body = children(entry?.program, "body");
  return body.some((node) => node.type.startsWith("Export") && child(node, "source") !== undefined);
}
