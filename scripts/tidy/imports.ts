import { posix } from "node:path";
import type { Repository } from "./repository.ts";
import { child, nameOf, type SourceFile, type SyntaxNode, textOf, walk } from "./source-file.ts";

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** `static` is there when the program loads, `lazy` when it gets that far, `type` never. */
  readonly when: "static" | "lazy" | "type";
}

/** Everything a file names as a module: imports, re-exports, `import()`, `import("x").T`, worker and `import.meta.resolve` URLs. */
export function importsOf(source: SourceFile): Import[] {
  const found: Import[] = [];
  walk(source.program, (node) => {
    const read = readImport(node);
    if (read !== undefined) found.push({ ...read, line: source.lineAt(node.start) });
  });
  return found;
}

function readImport(node: SyntaxNode): Omit<Import, "line"> | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ExportNamedDeclaration": {
      const specifier = textOf(child(node, "source"));
      // `import { type T }` stays a load of the module under verbatimModuleSyntax: only `import type` vanishes.
      const isType = node["importKind"] === "type" || node["exportKind"] === "type";
      return specifier === undefined ? undefined : { specifier, when: isType ? "type" : "static" };
    }
    case "ImportExpression":
    case "TSImportType": {
      const specifier = textOf(child(node, "source") ?? child(node, "argument"));
      return specifier === undefined ? undefined : { specifier, when: node.type === "TSImportType" ? "type" : "lazy" };
    }
    case "NewExpression":
    case "CallExpression":
      return readUrl(node);
    default:
      return undefined;
  }
}

/** `new URL("./x.ts", import.meta.url)` and `import.meta.resolve("x")` name modules too. */
function readUrl(node: SyntaxNode): Omit<Import, "line"> | undefined {
  const callee = child(node, "callee");
  const isUrl = node.type === "NewExpression" && nameOf(callee) === "URL";
  const isResolve = child(callee, "object")?.type === "MetaProperty" && nameOf(child(callee, "property")) === "resolve";
  const [first] = (node["arguments"] ?? []) as SyntaxNode[];
  const specifier = isUrl || isResolve ? textOf(first) : undefined;
  if (specifier === undefined || (isUrl && !specifier.endsWith(".ts"))) return undefined;
  const isRelative = isUrl && !/^[a-z]+:|^\./.test(specifier);
  return { specifier: isRelative ? `./${specifier}` : specifier, when: "lazy" };
}

/** `pg` for `pg/lib/x`, `@a/b` for `@a/b/c`; undefined for relative and built-in modules, and for URLs. */
export function packageNameOf(specifier: string): string | undefined {
  if (/^[./]|^[a-z]+:/.test(specifier)) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The file of the repository that a specifier leads to; undefined where it leads outside. */
export function resolveImport(repository: Repository, from: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  const name = packageNameOf(specifier);
  const target = repository.packages.find(({ manifest }) => manifest.name === name);
  if (name === undefined || target === undefined) return undefined;
  const file = target.manifest.exports?.[`.${specifier.slice(name.length)}`];
  return file === undefined ? undefined : posix.join(target.folder, file);
}
