import { importsOf } from "./imports.ts";
import type { Finding, Rule } from "./repository.ts";
import { child, children, nameOf, type SourceFile, type SyntaxNode, walk } from "./source-file.ts";

const testNames = new Set(["describe", "it", "suite", "test"]);

export const testHygiene: Rule = {
  promise: "tests neither sleep, nor run alone, nor are skipped without a reason",
  check: (repository) => repository.sources.filter(({ isTest }) => isTest).flatMap(faultsOf),
};

function faultsOf(source: SourceFile): Finding[] {
  const findings = importsOf(source)
    .filter(({ specifier }) => specifier === "node:timers/promises")
    .map(({ line }) => ({ path: source.path, line, sentence: "a sleep: wait for an event or a condition" }));
  walk(source.program, (node) => {
    const sentence = node.type === "CallExpression" ? faultOf(node) : undefined;
    if (sentence !== undefined) findings.push({ path: source.path, line: source.lineAt(node.start), sentence });
  });
  return findings;
}

function faultOf(call: SyntaxNode): string | undefined {
  const callee = child(call, "callee");
  const name = nameOf(callee) ?? nameOf(child(callee, "property"));
  const holder = child(callee, "object");
  const owner = holder === undefined ? undefined : rootOf(holder);
  if (name === "setTimeout" && (owner === undefined || owner === "globalThis")) {
    return "a sleep: wait for an event or a condition";
  }
  if (owner === undefined || !testNames.has(owner)) {
    return name === "skip" && children(call, "arguments").length === 0
      ? 'skip() without a reason: context.skip("reason")'
      : undefined;
  }
  if (name === "only") return `${owner}.only leaves the others out`;
  if (name === "skipIf" || name === "runIf")
    return `${owner}.${name} gives no reason: context.skip(condition, "reason")`;
  return (name === "skip" || name === "todo") && !hasReason(call)
    ? `${owner}.${name} needs { meta: { reason } }: the last line of a test run tells it`
    : undefined;
}

/** `it` of `it.concurrent.only(…)`. */
function rootOf(node: SyntaxNode | undefined): string {
  const object = child(node, "object");
  return object === undefined ? (nameOf(node) ?? "") : rootOf(object);
}

function hasReason(call: SyntaxNode): boolean {
  const options = children(call, "arguments").find(({ type }) => type === "ObjectExpression");
  const meta = children(options, "properties").find((property) => nameOf(child(property, "key")) === "meta");
  return children(child(meta, "value"), "properties").some((property) => nameOf(child(property, "key")) === "reason");
}
