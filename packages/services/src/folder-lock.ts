import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identify, isRunning, type ProcessIdentity, processSpace } from "./process-identity.ts";
import { servicesErrors } from "./services-errors.ts";

const POLL_MS = 200;

export interface LockOptions {
  /** How long another holder is waited for. */
  readonly waitMs: number;
  /** Told once, when another holds it. */
  readonly onWait?: () => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while no other process on this machine holds the same lock: a folder, since making one either succeeds or
 * fails. A holder that was killed loses it to the next.
 *
 * @throws WeirError `locked` after `waitMs`, `interrupted`
 */
export async function withLock<T>(folder: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(folder), { recursive: true });
  const deadline = Date.now() + options.waitMs;
  let told = false;
  while (!take(folder)) {
    if (Date.now() > deadline) throw servicesErrors.locked(`${folder} is held by another process; if not, remove it.`);
    if (!told) options.onWait?.();
    told = true;
    if (options.signal?.aborted === true) throw servicesErrors.interrupted();
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder: string): boolean {
  try {
    mkdirSync(folder);
  } catch {
    if (!isAbandoned(folder)) return false;
    rmSync(folder, { recursive: true, force: true });
    return false; // the next look takes it, or finds that somebody else was quicker
  }
  writeFileSync(join(folder, "holder.json"), JSON.stringify({ space: processSpace(), ...identify(process.pid) }));
  return true;
}

function isAbandoned(folder: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(join(folder, "holder.json"), "utf8")) as ProcessIdentity & { space: string };
    return holder.space === processSpace() && !isRunning(holder);
  } catch {
    return false; // just made, its holder is about to write; or gone
  }
}
