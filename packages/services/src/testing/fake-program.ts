import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** For tests: a shell script under a program's name, alone in a folder that serves as PATH. */
export function fakeProgram(folder: string, name: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

/** What a Java prints about itself. */
export const javaSaying = (version: string): string => `echo 'openjdk version "${version}" 2025-04-15' >&2`;
