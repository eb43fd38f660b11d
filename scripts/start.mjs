// The one script that every Node can read. It starts scripts/NAME.ts, which needs the Node among the dependencies.
// pnpm 10 and later install by themselves what is missing; pnpm 9 and a bare `node` must be told.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name = "", ...rest] = process.argv.slice(2);
const fault = faultOfPlatform() ?? faultOfDependencies() ?? faultOfNode();

if (fault !== undefined) {
  console.error(fault);
  // Whoever reads the last two lines of the tests must not find nothing there.
  if (name === "test") console.log("0 skipped\n0 passed, 1 failed");
  process.exitCode = 2;
} else {
  const script = join(root, "scripts", `${name}.ts`);
  process.argv.splice(1, process.argv.length - 1, script, ...rest);
  await import(pathToFileURL(script).href);
}

function faultOfPlatform() {
  return process.platform === "win32" ? "Weir runs on Linux and macOS. On Windows, start it inside WSL." : undefined;
}

function faultOfDependencies() {
  const missing = [...new Set(folders().flatMap(missingIn))];
  if (missing.length === 0) return undefined;
  const { packageManager } = readManifest("");
  const some =
    missing.length > 3 ? `${missing.slice(0, 3).join(", ")} and ${missing.length - 3} more` : missing.join(", ");
  return `Dependencies are not installed (${some}): run \`pnpm install\`, or without pnpm \`npx --yes ${packageManager} install\`.`;
}

function faultOfNode() {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 24) return undefined;
  return `This is Node ${process.versions.node}; Weir brings its own Node 24: start it with \`pnpm ${[name, ...rest].join(" ")}\`.`;
}

function folders() {
  const inside = ["packages", "drills"].flatMap((kind) =>
    existsSync(join(root, kind)) ? readdirSync(join(root, kind)).map((folder) => join(kind, folder)) : [],
  );
  return ["", ...inside.filter((folder) => existsSync(join(root, folder, "package.json")))];
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
}

function missingIn(folder) {
  const { dependencies, devDependencies } = readManifest(folder);
  const names = Object.keys({ ...dependencies, ...devDependencies });
  return names.filter((dependency) => !existsSync(join(root, folder, "node_modules", dependency)));
}
