import path from "node:path";
import { fileURLToPath } from "node:url";

/** Where a command reads and writes. */
export interface Places {
  /** The checkout. */
  readonly root: string;
  /** The learner's files: WEIR_MINE, or `mine/` of the checkout. */
  readonly mine: string;
  /** The reports: WEIR_PROOFS, or `proofs/` of the checkout. */
  readonly proofs: string;
}

export function placesOf(environment: NodeJS.ProcessEnv): Places {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const placeOf = (variable: string, otherwise: string): string => {
    const given = environment[variable] ?? "";
    return given === "" ? path.join(root, otherwise) : path.resolve(given);
  };
  return { root, mine: placeOf("WEIR_MINE", "mine"), proofs: placeOf("WEIR_PROOFS", "proofs") };
}

/** As people may type it from where they stand. */
export const asTyped = (file: string): string => path.relative(process.cwd(), file) || ".";
