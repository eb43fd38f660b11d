// The process of one case: `node --expose-gc case-process.ts SET CASE SIZE`, where SIZE is JSON. Its figures go to whoever
// forked it, or to stdout where nobody did (for a profiler: `node --expose-gc --cpu-prof …`).
import { benchErrors } from "./bench-errors.ts";
import type { BenchSize } from "./bench-case.ts";
import { findCase } from "./bench-sets.ts";

const [set = "", name = "", size = "{}"] = process.argv.slice(2);
const found = findCase(set, name);
if (found === undefined) throw benchErrors.invalidOptions(`there is no case ${set} ${name}`);
const figures = await found.measure(JSON.parse(size) as BenchSize);
if (process.send === undefined) process.stdout.write(`${JSON.stringify(figures)}\n`);
else process.send(figures);
