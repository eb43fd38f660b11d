import { randomBytes } from "node:crypto";
import { asWeirError } from "@weir/core";
import { createDatabase, identifier, type Database } from "@weir/postgres";

/** Connections to the database that belong to the workers of one run, and to nobody else. */
export interface WorkerLogins {
  /** `role`: each worker has a login of its own. `name`: where we may make none, the application's name in its URL. */
  readonly by: "role" | "name";
  /** The URL that this worker gets; `through` is another way to the same database. */
  urlOf(worker: string, through?: string): Promise<string>;
  /** The column of `pg_stat_activity` that names the worker, and the condition by which its rows are of this run. */
  readonly column: string;
  readonly mine: string;
  /** The worker's name, out of that column. */
  readonly workerOf: (value: string) => string;
  /** Removes the logins. */
  drop(): Promise<void>;
}

export interface LoginOptions {
  /** The judge's own connections. */
  readonly database: Database;
  readonly databaseUrl: string;
  /** Names the run: lower case, digits, underscores; at most 40 characters. */
  readonly run: string;
}

/**
 * A database may have other clients, and a worker may call itself what it likes: so each worker logs in as somebody whom
 * the judge has made for it. Whatever it makes belongs to the owner of the given URL, as without this.
 */
export async function createWorkerLogins(options: LoginOptions): Promise<WorkerLogins> {
  const logins = roleLogins(options);
  try {
    await tryLogin(await logins.urlOf("probe"));
    return logins;
  } catch (thrown) {
    await logins.drop();
    const { kind } = asWeirError(thrown);
    if (kind === "dependency") throw thrown;
    return nameLogins(options);
  }
}

async function tryLogin(url: string): Promise<void> {
  const database = createDatabase({ url, poolMax: 1 });
  try {
    await database.query("select 1");
  } finally {
    await database.close();
  }
}

function roleLogins({ database, databaseUrl, run }: LoginOptions): WorkerLogins {
  const made = new Map<string, Promise<string>>();
  const roleOf = (worker: string): string => `${run}_${worker}`;

  const make = async (worker: string): Promise<string> => {
    const role = identifier(roleOf(worker));
    const password = randomBytes(18).toString("hex");
    const { rows } = await database.query<{ owner: string }>("select current_user as owner");
    const owner = identifier(rows[0]?.owner as string);
    // DDL takes no parameters; the password is hex digits of our own.
    await database.query(`create role ${role} login password '${password}' in role ${owner}`);
    await database.query(`alter role ${role} set role to ${owner}`);
    return password;
  };

  return {
    by: "role",
    async urlOf(worker, through = databaseUrl) {
      const making = made.get(worker) ?? make(worker);
      made.set(worker, making);
      const url = new URL(through);
      url.username = roleOf(worker);
      url.password = await making;
      return url.href;
    },
    mine: `usename like '${run.replaceAll("_", "\\_")}\\_%'`,
    column: "usename",
    workerOf: (value) => value.slice(run.length + 1),
    async drop() {
      for (const [worker, making] of made) {
        if (
          await making.then(
            () => true,
            () => false,
          )
        )
          await database.query(`drop role ${identifier(roleOf(worker))}`);
      }
      made.clear();
    },
  };
}

/** The name in the URL stands above the one that a client gives in its options. */
function nameLogins({ databaseUrl, run }: LoginOptions): WorkerLogins {
  return {
    by: "name",
    urlOf(worker, through = databaseUrl) {
      const url = new URL(through);
      url.searchParams.set("application_name", `${run}_${worker}`);
      return Promise.resolve(url.href);
    },
    mine: `application_name like '${run.replaceAll("_", "\\_")}\\_%'`,
    column: "application_name",
    workerOf: (value) => value.slice(run.length + 1),
    drop: () => Promise.resolve(),
  };
}
