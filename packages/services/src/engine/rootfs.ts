import { chmodSync, copyFileSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { runProgram } from "../run-program.ts";
import { servicesErrors } from "../services-errors.ts";

export const BUSYBOX = "/bin/busybox";

export interface Account {
  readonly name: string;
  readonly id: number;
}

/** A root folder with a shell and one account beside root's; nothing comes from a registry. */
export async function createRootfs(root: string, { name, id }: Account): Promise<void> {
  for (const folder of ["bin", "etc", "tmp", "proc", "sys", "dev", "usr/local/bin", "var/run"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  chmodSync(join(root, "tmp"), 0o1777);
  copyFileSync(BUSYBOX, join(root, "bin/busybox"));
  const { output } = await run(BUSYBOX, ["--list"]);
  for (const applet of output.split("\n").filter((line) => line !== "" && line !== "busybox")) {
    symlinkSync("busybox", join(root, "bin", applet));
  }
  writeFileSync(
    join(root, "etc/passwd"),
    `root:x:0:0:root:/root:/bin/sh\n${name}:x:${id}:${id}:${name}:/tmp:/bin/sh\n`,
  );
  writeFileSync(join(root, "etc/group"), `root:x:0:\n${name}:x:${id}:\n`);
}

/** A file or folder of this machine where the image is to have it. Every link is followed: it would lead outside. */
export async function place(root: string, from: string, to: string): Promise<void> {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  await run("cp", ["-RL", from, join(root, to)]); // Node's own leaves links within a folder as they are
}

/** What the image is to run, by its text. */
export function placeScript(root: string, to: string, text: string): void {
  mkdirSync(dirname(join(root, to)), { recursive: true });
  writeFileSync(join(root, to), text, { mode: 0o755 });
}

/** This machine's libraries that the programs ask for, at the places where they ask for them; those in `own` are placed already. */
export async function placeLibraries(root: string, programs: readonly string[], own: string): Promise<void> {
  for (const program of programs) {
    const { output } = await run("ldd", [program]);
    const foreign = librariesIn(output).filter((path) => !realpathSync(path).startsWith(`${realpathSync(own)}${sep}`));
    for (const library of foreign) {
      if (!existsSync(join(root, library))) await place(root, library, library);
    }
  }
}

/** `name => /path (address)`, and for the loader `/path (address)`. */
export function librariesIn(lddOutput: string): readonly string[] {
  return [...lddOutput.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)].map((match) => match[1] ?? "");
}

/** Runs a program that must succeed. */
export async function run(command: string, args: readonly string[]): ReturnType<typeof runProgram> {
  const ended = await runProgram(command, args, { timeoutMs: 120_000 }).catch((cause: unknown) => {
    throw servicesErrors.buildFailed(`${command} does not run`, cause);
  });
  if (ended.code === 0) return ended;
  throw servicesErrors.buildFailed(
    `${command} ${args[0] ?? ""} ended with code ${ended.code}: ${ended.output.slice(-500)}`,
  );
}
