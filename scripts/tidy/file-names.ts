import type { Rule } from "./repository.ts";

/** `pipeline.ts`, and in tests also `pipeline.drain.live.test.ts`: what it is about. */
const kebab = /^[0-9a-z]+(?:-[0-9a-z]+)*(?:(?:\.[0-9a-z]+(?:-[0-9a-z]+)*)?(?:\.live)?\.(?:test|contract))?\.ts$/;
const kebabFolder = /^[0-9a-z]+(?:-[0-9a-z]+)*$/;
const sayNothing = new Set(["util", "utils", "helper", "helpers", "common", "types", "constants", "manager", "base"]);
const toolNames = new Set(["vitest.config.ts"]);

export const fileNames: Rule = {
  promise: "files and folders have names in kebab-case that say something",
  check: (repository) =>
    repository.paths
      .filter((path) => path.endsWith(".ts") && !toolNames.has(path))
      .flatMap((path) => {
        const fault = faultOf(path);
        return fault === undefined ? [] : [{ path, line: 1, sentence: fault }];
      }),
};

function faultOf(path: string): string | undefined {
  const folders = path.split("/");
  const file = folders.pop() ?? "";
  if (!kebab.test(file) || !folders.every((folder) => kebabFolder.test(folder))) return "not in kebab-case";
  const empty = path.split(/[/.-]/).find((word) => sayNothing.has(word));
  return empty === undefined ? undefined : `"${empty}" does not say what is in it: name it after its main export`;
}
