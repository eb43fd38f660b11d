import { identifier } from "./identifier.ts";

/** For checks of options: a line if Postgres would refuse or cut this name, nothing otherwise. */
export function nameFaults(option: string, name: unknown): string[] {
  try {
    identifier(typeof name === "string" ? name : "");
    return [];
  } catch {
    return [`${option}: expected a name of 1 to 63 bytes, given ${JSON.stringify(name)}`];
  }
}
