import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Engine, order } from "../containers/engine-api.ts";
import { imageSeen } from "../containers/pull-image.ts";
import { withLock } from "../folder-lock.ts";
import { builtHereLabel, type ImageSeen } from "../images.ts";
import { servicesErrors } from "../services-errors.ts";
import { cacheFolder } from "../state-folder.ts";
import { run } from "./rootfs.ts";

const LOCK_WAIT_MS = 300_000;

export interface BuildPlan {
  /** One's own name, never that of an official image. */
  readonly name: string;
  readonly dockerfile: string;
  /** Whatever the root folder's content depends on: another text, another folder in the cache. */
  readonly ingredients: string;
  /** Fills the root folder. */
  readonly fill: (root: string) => Promise<void>;
  /** The tar of a second context, which goes on from the image that has just been built. */
  readonly finish?: (folder: string) => Promise<string>;
}

export interface BuildOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds an image without a registry. The root folder is made once per machine, as a tar in the cache.
 *
 * @throws WeirError `build-failed`, `locked`
 */
export async function buildImage(engine: Engine, plan: BuildPlan, options: BuildOptions): Promise<ImageSeen> {
  const begun = Date.now();
  const context = await contextOf(plan, options);
  await send(engine, plan.name, join(context, "context.tar"));
  if (plan.finish !== undefined) await send(engine, plan.name, await plan.finish(context));
  const seen = await imageSeen(engine, plan.name);
  if (seen === undefined) throw servicesErrors.buildFailed(`the engine has no ${plan.name} after building it`);
  options.report(`${plan.name}: built here in ${((Date.now() - begun) / 1000).toFixed(1)} s from the same binaries`);
  return seen;
}

async function contextOf(plan: BuildPlan, { environment, report, signal }: BuildOptions): Promise<string> {
  const digest = createHash("sha256").update(plan.dockerfile).update(plan.ingredients).digest("hex").slice(0, 12);
  const folder = join(cacheFolder(environment), `image-${plan.name.replaceAll(/\W/g, "-")}-${digest}`);
  if (existsSync(folder)) return folder;
  const onWait = (): void => report(`${plan.name}: another process is making its files; waiting`);
  await withLock(`${folder}.lock`, { waitMs: LOCK_WAIT_MS, onWait, signal }, async () => {
    if (existsSync(folder)) return;
    const made = `${folder}.new`; // we hold the lock: one that is there was abandoned
    rmSync(made, { recursive: true, force: true });
    mkdirSync(join(made, "root"), { recursive: true });
    await plan.fill(join(made, "root"));
    // Owners are kept in a tar only: the engine gives every file of a folder to root.
    await run("tar", ["--numeric-owner", "-C", join(made, "root"), "-cf", join(made, "rootfs.tar"), "."]);
    writeFileSync(join(made, "Dockerfile"), plan.dockerfile);
    await run("tar", ["-C", made, "-cf", join(made, "context.tar"), "Dockerfile", "rootfs.tar"]);
    for (const name of ["root", "rootfs.tar"]) rmSync(join(made, name), { recursive: true });
    renameSync(made, folder);
  });
  return folder;
}

/** The classic builder: the newer one wants an image of its own. */
async function send(engine: Engine, name: string, tar: string): Promise<void> {
  const labels = JSON.stringify({ [builtHereLabel]: "official image not tried" });
  const query = new URLSearchParams({ t: name, version: "1", rm: "1", forcerm: "1", labels });
  const said = await order(engine, `/build?${query.toString()}`, { file: tar, timeoutMs: LOCK_WAIT_MS });
  const fault = /"error":"([^"]*)"/.exec(said)?.[1];
  if (fault !== undefined) throw servicesErrors.buildFailed(`${name}: ${fault}`);
}
