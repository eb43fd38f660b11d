import { chownSync, existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { makeExecutable } from "../postgres-binaries.ts";
import { type Account, createRootfs, place, placeLibraries, placeScript } from "./rootfs.ts";

const account: Account = { name: "postgres", id: 999 };
const home = "/var/lib/postgresql";
const CLIENTS = "/usr/lib/postgresql";

/** As the official image has it: the same variables, port, place of the data, and signal to stop by. */
export const postgresDockerfile = `FROM scratch
ADD rootfs.tar /
ENV PATH=/usr/local/bin:/bin PGDATA=${home}/18/docker
USER ${account.name}
VOLUME ${home}
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
`;

const entrypoint = `#!/bin/sh
# The part of the official image's entrypoint that tests rely on: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, PGDATA.
set -eu
: "\${POSTGRES_USER:=postgres}"
: "\${POSTGRES_DB:=$POSTGRES_USER}"
if [ "\${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "\${POSTGRES_PASSWORD:-}" ]; then
    echo "POSTGRES_PASSWORD is not set" >&2
    exit 1
  fi
  (umask 077 && printf '%s\\n' "$POSTGRES_PASSWORD" > /tmp/password)
  mkdir -p "$PGDATA"
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --encoding=UTF8 --locale=C \\
    --locale-provider=builtin --builtin-locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 --no-sync > /dev/null
  rm /tmp/password
  echo "host all all all scram-sha-256" >> "$PGDATA/pg_hba.conf"
  printf "listen_addresses = '*'\\nunix_socket_directories = '/var/run/postgresql'\\n" >> "$PGDATA/postgresql.conf"
  if [ "$POSTGRES_DB" != postgres ]; then
    echo "create database \\"$POSTGRES_DB\\"" | postgres --single -D "$PGDATA" postgres > /dev/null
  fi
fi
exec "$@"
`;

/** The root folder of an image that runs the Postgres which npm carries. */
export async function postgresRootfs(root: string, binaries: string): Promise<void> {
  makeExecutable(binaries);
  await createRootfs(root, account);
  rmdirSync(join(root, "usr/local/bin")); // a folder that is there would be copied into
  for (const folder of ["bin", "lib", "share"]) await place(root, join(binaries, folder), `/usr/local/${folder}`);
  placeScript(root, "/usr/local/bin/docker-entrypoint.sh", entrypoint);
  const own = ["initdb", "postgres"].map((name) => join(binaries, "bin", name));
  const client = isReady();
  if (client !== undefined) await place(root, client, "/usr/local/bin/pg_isready");
  await placeLibraries(root, client === undefined ? own : [...own, client], binaries);
  for (const folder of [home, "/var/run/postgresql"]) {
    mkdirSync(join(root, folder), { recursive: true });
    chownSync(join(root, folder), account.id, account.id);
  }
}

/** Compose and other people's tests ask an image how it is by this client; npm carries none. */
function isReady(): string | undefined {
  const versions = existsSync(CLIENTS) ? readdirSync(CLIENTS) : [];
  return versions.map((version) => join(CLIENTS, version, "bin/pg_isready")).find(existsSync);
}
