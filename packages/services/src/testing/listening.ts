import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const LISTEN = "0A";

/** For tests on Linux: the addresses, as the kernel writes them, on which a process accepts TCP connections. */
export function listeningAddresses(pid: number): readonly string[] {
  const sockets = new Set(readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`)));
  return ["tcp", "tcp6"].flatMap((family) => {
    const rows = readFileSync(`/proc/${pid}/net/${family}`, "latin1").trim().split("\n").slice(1);
    return rows.flatMap((row) => {
      const [, local, , state, , , , , , inode] = row.trim().split(/\s+/);
      return state === LISTEN && sockets.has(`socket:[${inode}]`) ? [local?.split(":")[0] ?? ""] : [];
    });
  });
}

/** 127.0.0.1, and the same as IPv6 sockets hold it. */
export const loopback: readonly string[] = ["0100007F", "0000000000000000FFFF00000100007F"];

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // closed meanwhile
  }
}
