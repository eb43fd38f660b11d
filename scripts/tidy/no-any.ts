import type { Finding, Rule } from "./repository.ts";
import { type SourceFile, walk } from "./source-file.ts";

export const noAny: Rule = {
  promise: "nothing is any, and no error of the compiler is waved through",
  check: (repository) => repository.sources.flatMap(waivers),
};

function waivers(source: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(source.program, (node) => {
    if (node.type !== "TSAnyKeyword") return;
    findings.push({ path: source.path, line: source.lineAt(node.start), sentence: "any: say unknown and narrow it" });
  });
  for (const match of source.text.matchAll(/^\s*(?:\/\/|\/?\*+)\s*@ts-(?:ignore|nocheck)/gm)) {
    const line = source.lineAt(match.index + match[0].length);
    findings.push({ path: source.path, line, sentence: "a silenced compiler error: mend it, or use @ts-expect-error" });
  }
  return findings;
}
