import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { SourceFile } from "./source-file.ts";

export interface Manifest {
  readonly name?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** A folder with a `package.json`. `folder` is empty for the root. */
export interface PackageFolder {
  readonly folder: string;
  readonly kind: "root" | "package" | "drill";
  /** `ingest` for `packages/ingest`, `01-ingest` for `drills/01-ingest`. */
  readonly shortName: string;
  readonly manifest: Manifest;
}

/** Something that breaks a rule, and the sentence that says what to do. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly sentence: string;
}

/** One rule of the house. `promise` is the title of its test. */
export interface Rule {
  readonly promise: string;
  check(repository: Repository): Finding[] | Promise<Finding[]>;
}

/** All files that git tracks or would track; paths are relative to the root, with `/`. */
export class Repository {
  readonly root: string;
  readonly sources: readonly SourceFile[];
  readonly packages: readonly PackageFolder[];
  readonly #texts: ReadonlyMap<string, string>;

  constructor(root: string, texts: ReadonlyMap<string, string>) {
    this.root = root;
    this.#texts = texts;
    this.sources = [...texts]
      .filter(([path]) => path.endsWith(".ts"))
      .map(([path, text]) => new SourceFile(path, text));
    this.packages = [...texts].filter(([path]) => posix.basename(path) === "package.json").map(readPackage);
  }

  get paths(): readonly string[] {
    return [...this.#texts.keys()];
  }

  has(path: string): boolean {
    return this.#texts.has(path);
  }

  text(path: string): string | undefined {
    return this.#texts.get(path);
  }

  /** The innermost package that a file belongs to. */
  ownerOf(path: string): PackageFolder | undefined {
    const owners = this.packages.filter(({ folder }) => folder === "" || path.startsWith(`${folder}/`));
    return owners.toSorted((a, b) => b.folder.length - a.folder.length)[0];
  }
}

/** Reads the checkout: tracked files and new ones that are not ignored, links and deleted ones left out. */
export function readRepository(root: string): Repository {
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const paths = list.toString("utf8").split("\0");
  const texts = new Map<string, string>();
  for (const path of paths.filter((name) => name !== "" && existsSync(join(root, name))).toSorted()) {
    if (lstatSync(join(root, path)).isFile()) texts.set(path, readFileSync(join(root, path), "utf8"));
  }
  return new Repository(root, texts);
}

function readPackage([path, text]: readonly [string, string]): PackageFolder {
  const folder = path === "package.json" ? "" : posix.dirname(path);
  const kind = folder === "" ? "root" : folder.startsWith("drills/") ? "drill" : "package";
  return { folder, kind, shortName: posix.basename(folder), manifest: JSON.parse(text) as Manifest };
}
