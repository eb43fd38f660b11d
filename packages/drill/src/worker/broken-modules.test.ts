import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { Crew } from "./crew.ts";
import type { Deadlines } from "./patience.ts";

/** Long enough for a busy machine; short is only what a case waits for in vain. */
const longMs = 60_000;
const shortMs = 8_000;
const patient: Deadlines = { loadMs: longMs, prepareMs: longMs, startMs: longMs, drainMs: longMs, silentMs: longMs };
vi.setConfig({ testTimeout: 90_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "weir-broken-"));
});
afterAll(() => rm(folder, { recursive: true }));

const never = "new Promise(() => {})";
const idle = "{ inFlight: 0, settled: 0 }";
const report = "{ pulled: 0, inFlight: 0, settled: 0, released: 0, uncertain: 0 }";
const running = (finished: string, drain = "async () => {}"): string =>
  `({ finished: ${finished}, drain: ${drain}, state: () => (${idle}) })`;
const solution = (start: string, prepare = "async () => {}"): string =>
  `export const solution = {\n  prepare: ${prepare},\n  start: ${start},\n};\n`;

type Module = Pick<Case, "name" | "text" | "inVain">;

interface Case {
  readonly name: string;
  readonly text: string;
  /** What is waited for in vain. */
  readonly inVain?: keyof Deadlines;
  readonly says: readonly (string | RegExp)[];
}

async function crewFor({ name, text, inVain }: Module): Promise<Crew> {
  const file = path.join(folder, `${name}.ts`);
  await writeFile(file, text);
  const module = pathToFileURL(file).href;
  return new Crew({
    taskOf: (type, worker) => ({ type, module, context: { worker } }),
    deadlines: inVain === undefined ? patient : { ...patient, [inVain]: shortMs },
    drainDeadlineMs: 500,
    onProcess: () => {},
    onDelivered: () => {},
    say: () => {},
  });
}

/** Runs a module as a learner's: prepare, one worker, a drain as soon as it runs. Answers with why nothing came of it. */
async function failureOf(given: Module): Promise<string | undefined> {
  const crew = await crewFor(given);
  await crew.prepare();
  if (crew.failure !== undefined) return crew.failure;
  const worker = crew.start();
  await worker.ready.catch(() => undefined);
  if (given.name.startsWith("later-")) await worker.exited;
  await crew.drain();
  return crew.failure;
}

const cases: readonly Case[] = [
  {
    name: "loops-while-loading",
    inVain: "silentMs",
    text: "for (;;);\nexport const solution = {};\n",
    says: ["was killed", "8 s", "while its module was being loaded", "endless loop"],
  },
  { name: "syntax", text: "const = 5;\n", says: ["while its module was being loaded", "SyntaxError"] },
  {
    name: "enum",
    text: "enum A { B }\nexport const solution = A;\n",
    says: ["while its module was being loaded", /enum/i],
  },
  {
    name: "missing-import",
    text: 'import { a } from "./nowhere.ts";\nexport const solution = a;\n',
    says: ["while its module was being loaded", "nowhere.ts"],
  },
  {
    name: "throws-while-loading",
    text: '\n\nthrow new Error("not today");\nexport const solution = {};\n',
    says: ["while its module was being loaded", "not today", "throws-while-loading.ts:3"],
  },
  { name: "no-solution", text: "export const answer = 42;\n", says: ["exports no `solution`", "it exports answer"] },
  { name: "exports-nothing", text: "const solution = 1;\n", says: ["exports no `solution`", "it exports nothing"] },
  {
    name: "no-start",
    text: "export const solution = { prepare: async () => {} };\n",
    says: ["exports no `solution`", "start is missing"],
  },
  {
    name: "prepare-throws",
    text: solution("async () => {}", 'async () => {\n    throw new TypeError("no table");\n  }'),
    says: ["in prepare()", "no table", "prepare-throws.ts:3"],
  },
  {
    name: "prepare-hangs",
    inVain: "prepareMs",
    text: solution("async () => {}", `() => ${never}`),
    says: ["waited 8 s for prepare() to end"],
  },
  {
    name: "start-throws",
    text: solution('async () => {\n    throw new Error("no way in");\n  }'),
    says: ["in start()", "no way in", "start-throws.ts:4"],
  },
  {
    name: "start-hangs",
    inVain: "startMs",
    text: solution(`() => ${never}`),
    says: ["waited 8 s for start() to answer", "is the work itself awaited"],
  },
  {
    name: "start-loops",
    inVain: "silentMs",
    text: solution("() => { for (;;); }"),
    says: ["was killed", "in start()", "endless loop"],
  },
  {
    name: "start-answers-nothing",
    text: solution("async () => {}"),
    says: ["start() answered without `finished` (a promise), `drain`, `state`"],
  },
  {
    name: "later-is-over-at-once",
    text: solution(`async () => ${running(`Promise.resolve(${report})`)}`),
    says: ["while it was running", "nobody had asked for a drain", "awaited"],
  },
  {
    name: "later-loops",
    inVain: "silentMs",
    text: solution(`async () => {\n    setTimeout(() => { for (;;); }, 50);\n    return ${running(never)};\n  }`),
    says: ["was killed", "while it was running", "endless loop"],
  },
  {
    name: "later-rejects-unheard",
    text: solution(
      `async () => {\n    setTimeout(async () => { throw new Error("nobody awaits me"); }, 50);\n    return ${running(never)};\n  }`,
    ),
    says: ["while it was running", "nobody awaits me", "later-rejects-unheard.ts:4"],
  },
  {
    name: "later-throws-in-a-timer",
    text: solution(
      `async () => {\n    setTimeout(() => { throw new Error("out of the blue"); }, 50);\n    return ${running(never)};\n  }`,
    ),
    says: ["while it was running", "out of the blue"],
  },
  {
    name: "later-exits",
    text: solution(`async () => {\n    setTimeout(() => process.exit(0), 50);\n    return ${running(never)};\n  }`),
    says: ["ended without a reason", "while it was running"],
  },
  {
    name: "never-drained",
    inVain: "drainMs",
    text: solution(`async () => ${running(never)}`),
    says: ["waited 8 s for `finished` to come after drain()"],
  },
];

describe("a module that does not do what it has to", () => {
  it.concurrent.for(cases)(
    "$name: ends in time, with a sentence that names the file and what was awaited",
    async (given, { expect }) => {
      const failure = await failureOf(given);
      expect(failure).toContain(`${given.name}.ts (`);
      for (const said of given.says) expect(failure).toMatch(said);
    },
  );

  it("whose prepare() fails ends the workers that came up meanwhile, and is the one to blame", async ({ expect }) => {
    const text = solution(`() => ${never}`, 'async () => {\n    throw new Error("no table");\n  }');
    const crew = await crewFor({ name: "prepares-badly", text });
    const preparing = crew.prepare();
    const worker = crew.start();
    await preparing;
    await worker.exited;
    expect(crew.alive).toEqual([]);
    expect(crew.failure).toMatch(/prepares-badly.ts \(prepare\), in prepare\(\): Error: no table/);
  });

  it("one that drains when it is asked to is no failure", async ({ expect }) => {
    const text = `let end;
const finished = new Promise((resolve) => (end = resolve));
${solution(`async () => ${running("finished", `async () => end(${report})`)}`)}`;
    expect(await failureOf({ name: "drains", text })).toBeUndefined();
  });
});
