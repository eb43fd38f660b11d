import { importsOf, resolveImport } from "./imports.ts";
import type { Finding, Repository, Rule } from "./repository.ts";

/** Files that load each other see half of one another. Types are gone at run time: they may go round. */
export const importCycles: Rule = {
  promise: "no files load each other in a circle",
  check: (repository) => findCycles(graphOf(repository)),
};

function graphOf(repository: Repository): Map<string, string[]> {
  return new Map(
    repository.sources.map((source) => {
      const loaded = importsOf(source).filter(({ when }) => when === "static");
      const targets = loaded.map(({ specifier }) => resolveImport(repository, source.path, specifier));
      return [source.path, targets.filter((path) => path !== undefined)];
    }),
  );
}

/** Depth first: a file met again while it is still on the path closes a circle; each circle is told once. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): Finding[] {
  const findings: Finding[] = [];
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (finished.has(file)) return;
    const start = path.indexOf(file);
    if (start >= 0) {
      const circle = [...path.slice(start), file].join(" → ");
      findings.push({ path: file, line: 1, sentence: `${circle}: move what both need into a third file` });
      return;
    }
    path.push(file);
    for (const target of graph.get(file) ?? []) visit(target);
    path.pop();
    finished.add(file);
  };
  for (const file of graph.keys()) visit(file);
  return findings;
}
