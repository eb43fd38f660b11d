import { posix } from "node:path";
import type { Finding, Repository, Rule } from "./repository.ts";
import { child, children, type SourceFile, type SyntaxNode, walk } from "./source-file.ts";

const valuesMax = 15;

export const entryExports: Rule = {
  promise: `an entry exports at most ${valuesMax} values, by name`,
  check: (repository) => [...repository.sources.flatMap(stars), ...wideEntries(repository)],
};

function stars(source: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    if (node.type !== "ExportAllDeclaration") return;
    const sentence = "export * hides what is exported: name it";
    findings.push({ path: source.path, line: source.lineAt(node.start), sentence });
  });
  return findings;
}

function wideEntries(repository: Repository): Finding[] {
  return repository.packages.flatMap(({ folder, manifest }) =>
    Object.values(manifest.exports ?? {}).flatMap((file) => {
      const path = posix.join(folder, file);
      const source = repository.sources.find((candidate) => candidate.path === path);
      if (source === undefined) return [];
      const count = children(source.program, "body").reduce((sum, node) => sum + exportedValues(node), 0);
      if (count <= valuesMax) return [];
      return [{ path, line: 1, sentence: `${count} exported values, at most ${valuesMax}: make a second entry` }];
    }),
  );
}

function exportedValues(node: SyntaxNode): number {
  if (node.type === "ExportDefaultDeclaration") return 1;
  if (node.type !== "ExportNamedDeclaration" || node["exportKind"] === "type") return 0;
  const declaration = child(node, "declaration");
  if (declaration === undefined) {
    return children(node, "specifiers").filter((specifier) => specifier["exportKind"] !== "type").length;
  }
  if (declaration.type.startsWith("TS")) return 0;
  return declaration.type === "VariableDeclaration" ? children(declaration, "declarations").length : 1;
}
