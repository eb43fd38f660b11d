import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What is remembered about running servers: `.weir/` beside the packages, or `WEIR_STATE`. Ignored by git. */
export function stateFolder(environment: NodeJS.ProcessEnv): string {
  return resolve(environment["WEIR_STATE"] ?? join(import.meta.dirname, "../../../.weir"));
}

/** What is downloaded once and shared by all clones: `WEIR_CACHE`, `XDG_CACHE_HOME/weir`, or `~/.cache/weir`. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const own = environment["WEIR_CACHE"];
  if (own !== undefined && own !== "") return resolve(own);
  const shared = environment["XDG_CACHE_HOME"];
  return join(shared !== undefined && shared !== "" ? resolve(shared) : join(homedir(), ".cache"), "weir");
}
