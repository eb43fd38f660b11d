import type { Dead } from "@weir/core";
import type { Admission } from "./admission.ts";

/** Lets `admit` answer for those that could be read, and leaves each answer in its place. */
export async function admitReadable<Entry extends object>(
  read: readonly (Entry | Dead)[],
  admit: (entries: readonly Entry[]) => Promise<readonly Admission[]>,
): Promise<readonly Admission[]> {
  const answers = (await admit(read.filter(isReadable))).values();
  return read.map((entry) => (isReadable(entry) ? (answers.next().value as Admission) : entry));
}

function isReadable<Entry extends object>(entry: Entry | Dead): entry is Entry {
  return !("kind" in entry && entry.kind === "dead");
}
