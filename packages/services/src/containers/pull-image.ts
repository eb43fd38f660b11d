import { servicesErrors } from "../services-errors.ts";
import { builtHereLabel, type ImageSeen } from "../images.ts";
import { call, type Engine, look, sentenceOf } from "./engine-api.ts";

const PULL_DEADLINE_MS = 600_000;

interface Inspected {
  readonly Id: string;
  readonly RepoDigests?: readonly string[] | null;
  readonly Config?: { readonly Labels?: Readonly<Record<string, string>> | null } | null;
}

/** What the engine has under this name; undefined if nothing. */
export async function imageSeen(engine: Engine, name: string): Promise<ImageSeen | undefined> {
  const found = await look<Inspected>(engine, `/images/${name}/json`);
  if (found === undefined) return undefined;
  const digest = found.RepoDigests?.[0]?.split("@")[1] ?? found.Id;
  return { name, digest, builtHere: found.Config?.Labels?.[builtHereLabel] !== undefined };
}

/**
 * The image, pulled without credentials where the engine does not have it. Looked for first: a registry that cannot be
 * reached must not matter for an image that is there.
 *
 * @throws WeirError `no-image`
 */
export async function needImage(engine: Engine, name: string, report: (line: string) => void): Promise<ImageSeen> {
  const here = await imageSeen(engine, name);
  if (here !== undefined) return here;
  report(`${name}: not on this machine yet; pulling it, once`);
  const query = new URLSearchParams({ fromImage: name, ...(/[:@][^/]*$/.test(name) ? {} : { tag: "latest" }) });
  const { status, text } = await call(engine, `/images/create?${query.toString()}`, {
    method: "POST",
    timeoutMs: PULL_DEADLINE_MS,
  });
  const pulled = await imageSeen(engine, name);
  if (pulled !== undefined) return pulled;
  throw servicesErrors.noImage(name, status === 200 ? lastFault(text) : sentenceOf(text));
}

/** A pull that began well tells its failure as one of its lines. */
function lastFault(lines: string): string {
  return /"error":"([^"]*)"/.exec(lines)?.[1] ?? "the engine did not say why";
}
