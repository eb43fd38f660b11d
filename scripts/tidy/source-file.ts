import { parseAst } from "vitest/node";

/** A node of the ESTree that oxc's parser makes; TypeScript 7 has no tree to offer to JavaScript yet. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** One TypeScript file of the repository, parsed when a rule first asks. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  #program: SyntaxNode | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** Tests and contract suites may be longer, and may import what serves tests. */
  get isTest(): boolean {
    return /\.(test|contract)\.ts$/.test(this.path);
  }

  get lineCount(): number {
    return this.text.split("\n").length - (this.text.endsWith("\n") ? 1 : 0);
  }

  /** Throws the parser's error for a file that is no TypeScript. */
  get program(): SyntaxNode {
    this.#program ??= parseAst(this.text, { lang: "ts" }) as unknown as SyntaxNode;
    return this.#program;
  }

  /** Line of an offset, from 1. */
  lineAt(offset: number): number {
    return this.text.slice(0, offset).split("\n").length;
  }
}

/** Calls `visit` for each node below `node`, outermost first, with the node that holds it. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | undefined) => void,
  parent?: SyntaxNode,
): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const part of Array.isArray(value) ? value : [value]) if (isNode(part)) walk(part, visit, node);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The field as a node; undefined where it is absent or something else. */
export function child(node: SyntaxNode | undefined, field: string): SyntaxNode | undefined {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
}

export function children(node: SyntaxNode | undefined, field: string): readonly SyntaxNode[] {
  const value = node?.[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The name of an identifier or private name, the value of a string literal; else undefined. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  return typeof node?.["name"] === "string" ? node["name"] : textOf(node);
}

/** The value of a string literal; else undefined. */
export function textOf(node: SyntaxNode | undefined): string | undefined {
  return typeof node?.["value"] === "string" ? node["value"] : undefined;
}
