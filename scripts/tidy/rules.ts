import { entryExports } from "./entry-exports.ts";
import { fileLength } from "./file-length.ts";
import { fileNames } from "./file-names.ts";
import { foreignImports } from "./foreign-imports.ts";
import { functionLength } from "./function-length.ts";
import { importCycles } from "./import-cycles.ts";
import { noAny } from "./no-any.ts";
import { outOfPlaceWords } from "./out-of-place-words.ts";
import { ownEntry } from "./own-entry.ts";
import { packageArrows } from "./package-arrows.ts";
import { packageConfiguration } from "./package-configuration.ts";
import { parameterCount } from "./parameter-count.ts";
import type { Rule } from "./repository.ts";
import { specFigures } from "./spec-figures.ts";
import { testHygiene } from "./test-hygiene.ts";
import { topLevel } from "./top-level.ts";
import { wayLines } from "./way-lines.ts";

/** The limits of the house, by name. A new rule comes with a planted violation in `rules.test.ts`. */
export const rules = {
  functionLength,
  fileLength,
  parameterCount,
  entryExports,
  ownEntry,
  importCycles,
  noAny,
  fileNames,
  packageConfiguration,
  packageArrows,
  foreignImports,
  topLevel,
  wayLines,
  outOfPlaceWords,
  testHygiene,
  specFigures,
} satisfies Readonly<Record<string, Rule>>;
