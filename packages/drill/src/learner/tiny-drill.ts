import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { JudgedClaim, Result, Verdict } from "@weir/proof";
import { composeResult } from "@weir/proof";
import type { Drill, Variant } from "../drill.ts";

const files: Readonly<Record<string, string>> = {
  "contract.ts": "export interface Solution { readonly answer: number }\nexport const right = 42;\n",
  "exercise/answer.ts":
    'import type { Solution } from "../contract.ts";\nimport { half } from "./half.ts";\nexport const solution: Solution = { answer: half };\n',
  "exercise/half.ts": 'export const half = 21;\nexport const table = new URL("../table.sql", import.meta.url);\n',
  "exercise/README.md": "# The stub\n",
  "solution/answer.ts": 'import { right } from "../contract.ts";\nexport const solution = { answer: right };\n',
  "naive/off-by-one.ts":
    'import { right } from "../contract.ts";\nimport { one } from "./one.ts";\nexport const solution = { answer: right + one };\n',
  "naive/one.ts": "export const one = 1;\n",
};

const variants: readonly Variant[] = [
  { name: "stub", kind: "stub", file: "exercise/answer.ts", belief: "nothing yet" },
  { name: "solution", kind: "solution", file: "solution/answer.ts", belief: "on the packages" },
  { name: "off-by-one", kind: "naive", file: "naive/off-by-one.ts", belief: "counting starts at one", falsifies: "I1" },
  { name: "too-few", kind: "naive", file: "naive/one.ts", belief: "one is enough", falsifies: "I2" },
];

export interface TinyDrill {
  readonly drill: Drill;
  /** The drill's folder, as a path. */
  readonly place: string;
  /** Where the learner's files go. */
  readonly mine: string;
  readonly root: string;
}

/** A drill with nothing to run, in a folder of its own. For tests. */
export async function tinyDrill(): Promise<TinyDrill> {
  const root = await mkdtemp(path.join(tmpdir(), "weir-learner-"));
  const place = path.join(root, "drills", "09-tiny");
  await writeFile(path.join(root, "tsconfig.base.json"), "{}\n");
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(place, name)), { recursive: true });
    await writeFile(path.join(place, name), text);
  }
  const drill: Drill = {
    number: 9,
    id: "09-tiny",
    name: "tiny",
    shows: "an answer",
    minutes: 1,
    folder: `${pathToFileURL(place).href}/`,
    parameters: {},
    faults: [{ name: "none", told: "nothing is done to it", tiers: ["memory"] }],
    firstLook: { fault: "none", parameters: {} },
    variants,
    hints: {
      I1: ["What is asked?", "Look at the question", "The answer is known"],
      I3: ["Asked twice?", "Look for an echo", "Answer once"],
      start: ["Does it load?", "Read the first line", "Export it"],
    },
    run: () => Promise.reject(new Error("a tiny drill does not run")),
    judgeAgain: () => Promise.resolve([]),
  };
  return { drill, place, mine: path.join(root, "mine"), root };
}

export function tinyClaim(id: string, verdict: Verdict): JudgedClaim {
  const told = { sentence: `The answer of ${id} is right`, how: "looked at", unit: "answers" };
  return { id, ...told, comparison: "=", threshold: 0, guards: [], verdict };
}

export function tinyResult(claims: readonly JudgedClaim[], variant = "mine"): Result {
  return composeResult({
    drill: "09-tiny",
    title: "tiny",
    variant,
    tier: "memory",
    services: "none",
    seed: 1,
    parameters: {},
    claims,
    figures: [],
    series: [],
    marks: [],
    notShown: [],
    environment: { commit: null, isDirty: false, node: "24", system: "x", cores: 1, memoryGiB: 1, versions: {} },
    startedAt: "2026-11-24T10:00:00.000Z",
    wallMs: 5,
    rerun: "pnpm drill 9",
  });
}
