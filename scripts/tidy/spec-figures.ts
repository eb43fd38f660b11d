import { join, posix } from "node:path";
import { pathToFileURL } from "node:url";
import type { Finding, Repository, Rule } from "./repository.ts";

/**
 * A figure in a drill's README stands between marks, `<!-- spec:connectDeadlineMs s -->30 s<!-- /spec -->`: a path into
 * what `spec.ts` exports (its `spec` may be left out) and, after a space, how to write it.
 */
const marks = /<!-- spec:(\S+?)(?: (\S+))? -->(.*?)<!-- \/spec -->/gs;

const formats: Readonly<Record<string, (value: number) => string>> = {
  plain: (value) => grouped(value),
  "%": (value) => `${grouped(value * 100)} %`,
  s: (value) => `${grouped(value / 1000)} s`,
  min: (value) => `${grouped(value / 60_000)} min`,
  KiB: (value) => `${grouped(value / 1024)} KiB`,
  MiB: (value) => `${grouped(value / 1_048_576)} MiB`,
};

export const specFigures: Rule = {
  promise: "each marked figure in a drill's README is the one in its spec.ts",
  check: async (repository) => {
    const readmes = repository.paths.filter((path) => /^drills\/[^/]+\/README\.md$/.test(path));
    return (await Promise.all(readmes.map((path) => faultsOf(repository, path)))).flat();
  },
};

async function faultsOf(repository: Repository, path: string): Promise<Finding[]> {
  const text = repository.text(path) ?? "";
  const specPath = posix.join(posix.dirname(path), "spec.ts");
  if (!repository.has(specPath)) return [{ path, line: 1, sentence: "has no spec.ts beside it" }];
  return compareFigures(path, text, await loadSpec(join(repository.root, specPath)));
}

/** What `spec.ts` exports. */
export async function loadSpec(file: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
}

export function compareFigures(path: string, text: string, spec: Readonly<Record<string, unknown>>): Finding[] {
  const opened = text.split("<!-- spec:").length - 1;
  const found = [...text.matchAll(marks)];
  const findings = found.flatMap((match) => {
    const [, name = "", format, written = ""] = match;
    const expected = figureOf(spec, name, format);
    if (expected === written.trim()) return [];
    const line = text.slice(0, match.index).split("\n").length;
    const sentence =
      expected === undefined ? `spec.ts has no figure ${name}` : `${name} is ${expected}, the README says ${written}`;
    return [{ path, line, sentence: `${sentence} (pnpm figures)` }];
  });
  const unclosed = opened === found.length ? [] : [{ path, line: 1, sentence: "a spec mark is not closed" }];
  return [...findings, ...unclosed];
}

/** The README with each marked figure as `spec.ts` has it; figures that it does not know stay as they are. */
export function renderFigures(text: string, spec: Readonly<Record<string, unknown>>): string {
  return text.replaceAll(marks, (whole, name: string, format: string | undefined) => {
    const figure = figureOf(spec, name, format);
    return figure === undefined ? whole : `${whole.slice(0, whole.indexOf("-->") + 3)}${figure}<!-- /spec -->`;
  });
}

function figureOf(spec: Readonly<Record<string, unknown>>, name: string, format = "plain"): string | undefined {
  const value = valueAt(spec, name) ?? valueAt(spec["spec"], name);
  if (typeof value === "number") return formats[format]?.(value);
  return typeof value === "string" || typeof value === "boolean" ? String(value) : undefined;
}

function valueAt(holder: unknown, name: string): unknown {
  let value: unknown = holder;
  for (const step of name.split(".")) value = (value as Record<string, unknown> | undefined)?.[step];
  return value;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
}
