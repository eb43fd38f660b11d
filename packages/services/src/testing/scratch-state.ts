import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning, type ProcessIdentity } from "../process-identity.ts";
import { processTree } from "../process-tree.ts";
import { readRecord, type RunRecord, runsFolder } from "../run-record.ts";

const GONE_DEADLINE_MS = 15_000;

/** For tests: a state folder of the test's own, so that it sees its own sets of servers and nobody else's. */
export interface ScratchState {
  readonly environment: NodeJS.ProcessEnv;
  readonly folder: string;
  records(): readonly RunRecord[];
  remove(): void;
}

export function scratchState(extra: NodeJS.ProcessEnv = {}): ScratchState {
  const folder = mkdtempSync(join(tmpdir(), "weir-state-"));
  const { SERVICES: _, ...inherited } = process.env;
  return {
    folder,
    environment: { ...inherited, WEIR_STATE: folder, ...extra },
    records: () => namesIn(runsFolder(folder)).flatMap((name) => readRecord(join(runsFolder(folder), name)) ?? []),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** All processes of a set: its keeper, its servers, and what is below them. */
export const membersOf = (record: RunRecord): readonly ProcessIdentity[] => processTree(record.keeper.pid);

/** Waits until none of them runs; answers with those that still do after 15 s. */
export async function stillRunning(members: readonly ProcessIdentity[]): Promise<readonly ProcessIdentity[]> {
  const deadline = Date.now() + GONE_DEADLINE_MS;
  while (members.some(isRunning) && Date.now() < deadline) await delay(20);
  return members.filter(isRunning);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
