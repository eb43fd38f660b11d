import { type Command, Option } from "commander";
import type { Drill } from "@weir/drill";

/** What the command line gives a run, as it was typed. */
export interface RunFlags {
  readonly mine?: boolean;
  readonly variant?: string;
  readonly hint?: boolean;
  readonly tier?: "memory" | "real";
  readonly fault?: string;
  readonly json?: boolean;
  readonly [parameter: string]: unknown;
}

const flagsWithoutValue = new Set(["--mine", "--hint", "--json", "--help", "-h"]);

/** The first word that is neither an option nor the value of one: a drill or a command. */
export function firstWord(argv: readonly string[]): string | undefined {
  return argv.find((word, i) => {
    if (word.startsWith("-")) return false;
    const before = argv[i - 1] ?? "";
    return !before.startsWith("-") || before.includes("=") || flagsWithoutValue.has(before);
  });
}

/** What every drill takes. */
export function addCommonOptions(command: Command): void {
  command
    .addOption(new Option("--mine", "run your own code (made from the exercise the first time)").conflicts("variant"))
    .option("--variant <name>", "run a believable mistake, or another right answer")
    .addOption(
      new Option("--hint", "one rung of help with what failed in your last run").conflicts(["mine", "variant"]),
    )
    .addOption(
      new Option("--tier <name>", "where: memory (the log in this process), or real Kafka").choices(["memory", "real"]),
    )
    .option("--json", "print one JSON document on one line, the last on stdout, and everything else on stderr");
}

/** What this drill takes: its variants, its faults, and its parameters with their defaults and bounds. */
export function addDrillOptions(command: Command, drill: Drill): void {
  command.option("--fault <name>", `what is done to the run (default ${drill.faults[0]?.name})`);
  for (const [name, row] of Object.entries(drill.parameters)) {
    const otherwise = row.default === undefined ? "" : `default ${grouped(row.default)}, `;
    const bounds = `${grouped(row.min)} to ${grouped(row.max)}`;
    command.option(`--${name} <n>`, `${row.meaning} (${otherwise}${bounds})`, numberAsTyped);
  }
  command.addHelpText("after", () => namesOf(drill));
}

/** A number where it is one, else what was typed: whoever refuses it can say what it was. */
export function numberAsTyped(text: string): number | string {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Of the flags, what are this drill's parameters. */
export function parametersOf(drill: Drill, flags: RunFlags): Readonly<Record<string, unknown>> {
  const names = Object.keys(drill.parameters);
  return Object.fromEntries(names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])));
}

const line = (name: string, text: string): string => `  ${name.padEnd(22)} ${text}`;

function namesOf(drill: Drill): string {
  const faults = drill.faults.map(({ name, told, tiers }) =>
    line(name, `${told}${tiers.includes("memory") ? "" : " (real Kafka only)"}`),
  );
  const variants = drill.variants
    .filter(({ kind }) => kind !== "stub")
    .map(({ name, kind, falsifies, belief }) =>
      line(name, falsifies === undefined ? `${kind}: ${belief}` : `${falsifies}: ${belief}`),
    );
  return ["", "Faults:", ...faults, "", "Variants:", ...variants].join("\n");
}

const grouped = (value: number): string => value.toLocaleString("en-US");
