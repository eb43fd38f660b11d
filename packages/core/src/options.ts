import { coreErrors } from "./errors.ts";

/** One option's row: what it means, what it may be, and what too low and too high cost. README tables are made of these. */
export interface NumberOption {
  readonly meaning: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  /** `undefined`: no default, the option may be left out. */
  readonly default: number | undefined;
  readonly tooLow: string;
  readonly tooHigh: string;
}

export type NumberOptions = Readonly<Record<string, NumberOption>>;

export interface CheckedAmong {
  /** Stands before each name in a fault: `process.`. */
  readonly path?: string;
  /** Names that are options too, and no numbers. */
  readonly others?: readonly string[];
}

/** Checks whole numbers against their rows and answers with one line per fault; unknown names get a suggestion. */
export function checkNumbers(schema: NumberOptions, given: object, among: CheckedAmong = {}): string[] {
  const { path = "", others = [] } = among;
  const faults: string[] = [];
  const known = [...Object.keys(schema), ...others];
  for (const [name, value] of Object.entries(given)) {
    const option = schema[name];
    if (option === undefined) {
      if (!others.includes(name)) faults.push(`${path}${name}: no such option${suggestion(name, known)}`);
      continue;
    }
    if (value === undefined) continue;
    if (!isInRow(option, value)) {
      const range = `a whole number from ${option.min} to ${option.max} (${option.unit})`;
      faults.push(`${path}${name}: expected ${range}, given ${describe(value)}`);
    }
  }
  return faults;
}

export function isInRow(row: NumberOption, value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= row.min && value <= row.max;
}

/** Throws one error that lists all faults. */
export function refuseFaults(faults: readonly string[]): void {
  if (faults.length > 0) throw coreErrors.invalidOptions(faults);
}

/** The nearest of the known names, as `; did you mean …?`, if one is near enough to be meant. */
export function suggestion(name: string, known: readonly string[]): string {
  let nearest: string | undefined;
  let nearestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < nearestDistance) [nearest, nearestDistance] = [candidate, distance];
  }
  return nearest === undefined ? "" : `; did you mean ${nearest}?`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitute, (previous[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    previous = row;
  }
  return previous[b.length] as number;
}

export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return String(value);
}
