import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import type { Keeper } from "./keeper-client.ts";
import { type Account, copyBinaries, isReachable, makeExecutable } from "./postgres-binaries.ts";
import { probePostgres } from "./probe.ts";
import { lastLines } from "./run-program.ts";
import { createServer, type Server } from "./server.ts";
import { servicesErrors } from "./services-errors.ts";

const USER = "weir";

// Durability stays as Postgres ships it: drills kill this server and count what is left.
const SETTINGS = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 100
shared_buffers = 64MB
# In the data folder, so that a killed server leaves nothing in the system's shared memory.
dynamic_shared_memory_type = mmap
log_min_messages = warning
log_line_prefix = '%m '
`;

export interface PostgresServerOptions {
  /** Where the binaries are. */
  readonly binaries: string;
  readonly account: Account | undefined;
  /** Where its data go: the keeper's folder, or one that the account can reach. */
  readonly dataHome: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/** A Postgres under the keeper, on a free port, with a new cluster and a random password. It does not run yet. */
export async function createPostgresServer(
  keeper: Keeper,
  options: PostgresServerOptions,
): Promise<{ readonly server: Server; readonly url: string; readonly port: number }> {
  const { account, dataHome } = options;
  const dataFolder = join(dataHome, "postgres");
  const binaries = placeBinaries(options);
  const password = randomBytes(18).toString("base64url");
  makeFolder(dataFolder, account);
  const programs = { binaries, account, dataFolder, env: cleanEnvironment(options.environment) };
  await initialise(keeper, programs, password);
  appendFileSync(join(dataFolder, "postgresql.conf"), SETTINGS);
  const port = await freePort();
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
  const plan = {
    ...planFor(keeper, "postgres", programs),
    args: ["-D", dataFolder, "-p", String(port)],
    endSignal: "SIGQUIT" as const, // ends all backends without a checkpoint: the data go with it
  };
  const recipe = { label: "Postgres", plan, stopSignal: "SIGINT" as const, probe: () => probePostgres(url) };
  return { server: createServer(keeper, recipe, options.signal), url, port };
}

interface Programs {
  readonly binaries: string;
  readonly account: Account | undefined;
  readonly dataFolder: string;
  readonly env: NodeJS.ProcessEnv;
}

function planFor(keeper: Keeper, name: string, { binaries, account, dataFolder, env }: Programs) {
  return {
    name,
    command: join(binaries, "bin", name),
    env,
    cwd: dataFolder,
    logFile: join(keeper.folder, `${name}.log`),
    ...(account === undefined ? {} : { as: account }),
  };
}

/** Through the keeper, so that a killed parent leaves no half-made cluster behind. */
async function initialise(keeper: Keeper, programs: Programs, password: string): Promise<void> {
  const passwordFile = join(programs.dataFolder, "..", "postgres.password");
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (programs.account !== undefined) chownSync(passwordFile, programs.account.uid, programs.account.gid);
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const access = [`--username=${USER}`, "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  const plan = planFor(keeper, "initdb", programs);
  const initdb = await keeper.start({
    ...plan,
    args: [`--pgdata=${programs.dataFolder}`, "--no-sync", ...locale, ...access],
    endSignal: "SIGKILL",
  });
  const { how } = await initdb.exited();
  rmSync(passwordFile, { force: true });
  if (how === "code 0") return;
  throw servicesErrors.startFailed(
    `Postgres's initdb ended with ${how}:\n${lastLines(readFileSync(plan.logFile, "utf8"))}`,
  );
}

function placeBinaries({ binaries, account, dataHome }: PostgresServerOptions): string {
  makeExecutable(binaries);
  if (account === undefined || isReachable(join(binaries, "bin"))) return binaries;
  return copyBinaries(binaries, join(dataHome, "postgres-binaries"));
}

function makeFolder(folder: string, account: Account | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account === undefined) return;
  chownSync(folder, account.uid, account.gid);
  chmodSync(join(folder, ".."), 0o711);
}

/** Settings for somebody else's Postgres would change ours. */
function cleanEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(([name]) => !name.startsWith("PG") && !name.startsWith("LC_"));
  return { ...Object.fromEntries(kept), LC_ALL: "C" };
}
