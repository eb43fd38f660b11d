import path from "node:path";

/** `from "./a.ts"`, `import "./a.ts"`, `import("./a.ts")`, `new URL("./a.sql", …)`: what a file says of its neighbours. */
const relative = /(\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(["'])(\.\.?\/[^"'\n]+)\2/g;

export interface Move {
  /** Where the text stood, as a path. */
  readonly from: string;
  readonly to: string;
  /** Does this file move along, and so stay where it is as seen from here? */
  readonly movesAlong: (file: string) => boolean;
}

/** The text of a module with its relative imports as they must read at its new place. */
export function relocateImports(text: string, { from, to, movesAlong }: Move): string {
  return text.replaceAll(relative, (whole: string, ...parts: string[]) => {
    const [before = "", quote = "", specifier = ""] = parts;
    const target = path.resolve(path.dirname(from), specifier);
    if (movesAlong(target)) return whole;
    const seen = path.relative(path.dirname(to), target).split(path.sep).join("/");
    return `${before}${quote}${seen.startsWith(".") ? seen : `./${seen}`}${quote}`;
  });
}
