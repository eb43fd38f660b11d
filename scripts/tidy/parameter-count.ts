import type { Finding, Rule } from "./repository.ts";
import { children, nameOf, type SourceFile, walk } from "./source-file.ts";

const parametersMax = 3;

export const parameterCount: Rule = {
  promise: `nothing takes more than ${parametersMax} parameters`,
  check: (repository) => repository.sources.flatMap(longLists),
};

function longLists(source: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    // `this` is a note to the compiler, no parameter.
    const parameters = children(node, "params").filter((parameter) => nameOf(parameter) !== "this");
    const isTypeList = node.type.startsWith("TSTypeParameter");
    if (isTypeList || parameters.length <= parametersMax) return;
    const sentence = `${parameters.length} parameters, at most ${parametersMax}: then an options object`;
    findings.push({ path: source.path, line: source.lineAt(node.start), sentence });
  });
  return findings;
}
