import type { Finding, Rule } from "./repository.ts";
import { child, nameOf, type SourceFile, type SyntaxNode, walk } from "./source-file.ts";

const functionTypes = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** `describe`, `describeLive`: a suite is a list, not a function that someone has to follow. Its file's limit is enough. */
const suiteName = /^(?:describe|suite)(?![a-z])/;

const linesMax = 50;
const factoryLinesMax = 120;

export const functionLength: Rule = {
  promise: `functions end within ${linesMax} lines, createX factories within ${factoryLinesMax}`,
  check: (repository) => repository.sources.flatMap(longFunctions),
};

function longFunctions(source: SourceFile): Finding[] {
  const findings: Finding[] = [];
  walk(source.program, (node, parent) => {
    if (!functionTypes.has(node.type) || isSuite(source, node, parent)) return;
    const name = functionName(node, parent);
    const lines = source.lineAt(node.end) - source.lineAt(node.start) + 1;
    const limit = /^create[A-Z]/.test(name) ? factoryLinesMax : linesMax;
    if (lines <= limit) return;
    const sentence = `${name} has ${lines} lines, at most ${limit}: give a part of it its own name`;
    findings.push({ path: source.path, line: source.lineAt(node.start), sentence });
  });
  return findings;
}

function functionName(node: SyntaxNode, parent: SyntaxNode | undefined): string {
  return nameOf(child(node, "id")) ?? nameOf(child(parent, "id") ?? child(parent, "key")) ?? "a function";
}

function isSuite(source: SourceFile, node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (!source.isTest) return false;
  if (source.path.endsWith(".contract.ts") && parent?.type === "ExportNamedDeclaration") return true;
  const callee = parent?.type === "CallExpression" ? child(parent, "callee") : undefined;
  const innermost = callee?.type === "CallExpression" ? child(callee, "callee") : callee;
  return node.type !== "FunctionDeclaration" && suiteName.test(nameOf(child(innermost, "object") ?? innermost) ?? "");
}
