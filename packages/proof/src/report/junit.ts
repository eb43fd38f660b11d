import { isCaught, type Control } from "../control.ts";
import type { JudgedClaim } from "../judge.ts";
import type { Result } from "../result.ts";
import { escapeHtml } from "./html.ts";
import { expected, seen } from "./wording.ts";

/**
 * For programs that read test results: a case for each claim and each control. UNKNOWN is an error: one that is skipped
 * would count as passed almost everywhere.
 */
export function renderJunit(result: Result): string {
  const { drill, variant, claims, controls, startedAt, wallMs } = result;
  const suites = [
    suite({ name: `${drill} ${variant} claims`, startedAt, seconds: wallMs / 1000, cases: claims.map(claimCase) }),
    ...(controls === undefined
      ? []
      : [
          suite({
            name: `${drill} controls`,
            startedAt: controls.ranAt,
            seconds: 0,
            cases: controls.controls.map(controlCase),
          }),
        ]),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${xml(drill)}">\n${suites.join("")}</testsuites>\n`;
}

interface Case {
  readonly name: string;
  readonly kind: "passed" | "failure" | "error";
  readonly message: string;
  readonly text: string;
}

function claimCase(claim: JudgedClaim): Case {
  const { id, sentence, verdict } = claim;
  const name = `${id} ${sentence}`;
  if (verdict.kind === "HOLDS") return { name, kind: "passed", message: "", text: "" };
  if (verdict.kind === "UNKNOWN") return { name, kind: "error", message: `UNKNOWN: ${verdict.cause}`, text: "" };
  const message = `FALSIFIED: expected ${expected(claim)}, seen ${seen(claim)}`;
  return { name, kind: "failure", message, text: verdict.witness.join("\n") };
}

function controlCase(control: Control): Case {
  const { variant, expected: wanted, verdict, cause, witness } = control;
  const name = `${variant}: ${wanted}`;
  if (isCaught(control)) return { name, kind: "passed", message: "", text: "" };
  const message = `expected ${wanted}, judged ${verdict}${cause === undefined ? "" : `: ${cause}`}`;
  return { name, kind: "failure", message, text: witness.join("\n") };
}

interface Suite {
  readonly name: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

function suite({ name, startedAt, seconds, cases }: Suite): string {
  const count = (kind: Case["kind"]): number => cases.filter((each) => each.kind === kind).length;
  const counts = `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="0"`;
  const lines = cases.map((each) => caseLine(each, name)).join("");
  const head = `name="${xml(name)}" ${counts} time="${seconds.toFixed(3)}" timestamp="${xml(startedAt.slice(0, 19))}"`;
  return `  <testsuite ${head}>\n${lines}  </testsuite>\n`;
}

function caseLine({ name, kind, message, text }: Case, className: string): string {
  const head = `    <testcase name="${xml(name)}" classname="${xml(className)}" time="0"`;
  if (kind === "passed") return `${head}/>\n`;
  return `${head}>\n      <${kind} message="${xml(message)}">${xml(text)}</${kind}>\n    </testcase>\n`;
}

/** What escapes HTML escapes XML too; two more code points may not stand in it at all. */
function xml(text: string): string {
  return escapeHtml(text.toWellFormed()).replaceAll(/[\uFFFE\uFFFF]/g, "\uFFFD");
}
