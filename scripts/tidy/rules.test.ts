import { describe, expect, it } from "vitest";
import { Repository } from "./repository.ts";
import { rules } from "./rules.ts";

type Files = Readonly<Record<string, string>>;

/** A small repository without a fault; each case plants one. */
const sound: Files = {
  "packages/core/package.json": JSON.stringify({ name: "@weir/core", exports: { ".": "./src/core.ts" } }),
  "packages/core/tsconfig.json": '{ "extends": "../../tsconfig.base.json" }\n',
  "packages/core/README.md": "# Core\n\nA message's way: `core.ts` → `source.ts`\n",
  "packages/core/src/core.ts": 'export { source } from "./source.ts";\n',
  "packages/core/src/source.ts": "export const source = 1;\n",
  "packages/jobs/package.json": JSON.stringify({
    name: "@weir/jobs",
    dependencies: { "@weir/core": "workspace:^", pg: "catalog:", "@weir/postgres": "workspace:^" },
    devDependencies: { "@weir/services": "workspace:^" },
  }),
  "packages/jobs/tsconfig.json": '{ "extends": "../../tsconfig.base.json" }\n',
  "packages/jobs/README.md": "The way: `queue.ts` → `src/ticket.ts`\n",
  "packages/jobs/src/queue.ts": 'import { source } from "@weir/core";\nexport const queue = source;\n',
  "packages/jobs/src/ticket.ts": "export const ticket = 1;\n",
  "packages/jobs/src/queue.live.test.ts": 'import { live } from "@weir/services";\nlive();\n',
  "packages/services/package.json": JSON.stringify({ name: "@weir/services", exports: { ".": "./src/up.ts" } }),
  "packages/services/tsconfig.json": '{ "extends": "../../tsconfig.base.json" }\n',
  "packages/services/README.md": "The way: `up.ts` → `down.ts`\n",
  "packages/services/src/up.ts": "export const live = () => {};\n",
  "packages/services/src/down.ts": "export const down = 1;\n",
  "drills/01-a/package.json": JSON.stringify({
    name: "@weir/drill-a",
    dependencies: { "@weir/drill-b": "workspace:^", "@weir/services": "workspace:^" },
    exports: { ".": "./drill.ts" },
  }),
  "drills/01-a/tsconfig.json": '{ "extends": "../../tsconfig.base.json" }\n',
  "drills/01-a/drill.ts": 'import { live } from "@weir/services";\nexport const drill = live;\n',
  "drills/02-b/package.json": JSON.stringify({ name: "@weir/drill-b", exports: { ".": "./drill.ts" } }),
  "drills/02-b/tsconfig.json": '{ "extends": "../../tsconfig.base.json" }\n',
  "drills/02-b/drill.ts": "export const drill = 1;\n",
};

const topFiles: Files = Object.fromEntries(
  (
    ".ci/run .github/ci.yml .gitignore .oxfmtrc.json .oxlintrc.json CONTRIBUTING.md LICENSE README.md compose.yaml " +
    "pnpm-lock.yaml pnpm-workspace.yaml scripts/x.md tsconfig.base.json tsconfig.json turbo.json vitest.config.ts"
  )
    .split(" ")
    .map((path) => [path, ""]),
);

const repositoryOf = (files: Files): Repository =>
  new Repository("/checkout/weir", new Map(Object.entries({ ...sound, ...topFiles, "package.json": "{}", ...files })));

const lines = (count: number): string => "// line\n".repeat(count);
const body = (name: string, count: number): string => `function ${name}(): void {\n${lines(count)}}\n`;
const inJobs = (text: string): Files => ({ "packages/jobs/src/ticket.ts": text });
const inTest = (text: string): Files => ({ "packages/jobs/src/ticket.test.ts": text });
const values = (count: number): string => Array.from({ length: count }, (_, i) => `export const v${i} = 1;\n`).join("");

interface Planted {
  readonly what: string;
  readonly files: Files;
  /** Part of the sentence that the finding must have. */
  readonly says: RegExp;
}

const planted: Readonly<Record<keyof typeof rules, readonly Planted[]>> = {
  functionLength: [
    { what: "a long function", files: inJobs(body("queue", 49)), says: /queue has 51 lines, at most 50/ },
    { what: "a long arrow", files: inJobs(`const f = () => {\n${lines(49)}};\n`), says: /f has 51 lines/ },
    { what: "a long method", files: inJobs(`class A {\n m() {\n${lines(49)}}\n}\n`), says: /m has 51 lines/ },
    { what: "a very long factory", files: inJobs(body("createQueue", 119)), says: /121 lines, at most 120/ },
    { what: "a long test", files: inTest(`it("x", () => {\n${lines(49)}});\n`), says: /51 lines/ },
    { what: "a function called describe", files: inJobs(body("describe", 49)), says: /51 lines/ },
  ],
  fileLength: [
    { what: "a long file", files: inJobs(lines(251)), says: /251 lines, at most 250/ },
    { what: "a very long test", files: inTest(lines(401)), says: /401 lines, at most 400/ },
  ],
  parameterCount: [
    { what: "four of them", files: inJobs("export function f(a: 1, b: 2, c: 3, d: 4) {}"), says: /4 parameters/ },
    { what: "four in a constructor", files: inJobs("class A { constructor(a, b, c, d) {} }"), says: /4 parameters/ },
    { what: "four in a signature", files: inJobs("interface A { m(a: 1, b: 1, c: 1, d: 1): 1 }"), says: /4 param/ },
  ],
  entryExports: [
    { what: "a star", files: inJobs('export * from "./queue.ts";'), says: /export \*/ },
    { what: "sixteen values", files: { "packages/core/src/core.ts": values(16) }, says: /16 exported values/ },
  ],
  ownEntry: [
    { what: "by path", files: { "packages/core/src/a.ts": 'import { source } from "./core.ts";' }, says: /own entry/ },
    { what: "by name", files: { "packages/core/src/a.ts": 'import { source } from "@weir/core";' }, says: /own entry/ },
  ],
  importCycles: [
    {
      what: "two files",
      files: { "packages/jobs/src/a.ts": 'import "./b.ts";', "packages/jobs/src/b.ts": 'export { a } from "./a.ts";' },
      says: /a\.ts → .*b\.ts → .*a\.ts/,
    },
    {
      what: "through another package",
      files: {
        "packages/core/src/core.ts": 'export { source } from "./source.ts";',
        "packages/core/src/source.ts": 'import { live } from "@weir/services";',
        "packages/services/src/up.ts": 'import { type Source } from "@weir/core";',
      },
      says: /source\.ts.*up\.ts/,
    },
  ],
  noAny: [
    { what: "an annotation", files: inJobs("export const a: any = 1;"), says: /any/ },
    { what: "an assertion in an argument", files: inJobs("f(a as Map<string, any[]>);"), says: /any/ },
    { what: "a silenced compiler", files: inJobs("// @ts-ignore\nf();"), says: /silenced/ },
  ],
  fileNames: [
    { what: "capitals", files: { "packages/jobs/src/jobQueue.ts": "" }, says: /kebab/ },
    { what: "utils", files: { "packages/jobs/src/utils.ts": "" }, says: /"utils"/ },
    { what: "a folder of helpers", files: { "packages/jobs/src/helpers/a.ts": "" }, says: /"helpers"/ },
    { what: "a manager", files: { "packages/jobs/src/pool-manager.ts": "" }, says: /"manager"/ },
  ],
  packageConfiguration: [
    { what: "settings", files: { "packages/jobs/tsconfig.json": '{ "compilerOptions": {} }' }, says: /nothing else/ },
    {
      what: "a version",
      files: { "package.json": JSON.stringify({ devDependencies: { vitest: "^5.0.0" } }) },
      says: /vitest \^5\.0\.0/,
    },
  ],
  packageArrows: [
    {
      what: "core upwards",
      files: { "packages/core/src/source.ts": 'import "@weir/services";' },
      says: /serves drills/,
    },
    { what: "services outside tests", files: inJobs('import "@weir/services";'), says: /serves drills/ },
    {
      what: "against the arrow",
      files: { "packages/core/src/a.test.ts": 'import "../../jobs/src/queue.ts";' },
      says: /leaves/,
    },
    { what: "a type against it", files: inJobs('let a: import("@weir/drill-b").A;'), says: /is a drill/ },
    { what: "a drill in a drill", files: { "drills/01-a/a.ts": 'import "@weir/drill-b";' }, says: /is a drill/ },
    {
      what: "services in a file that not only tests load",
      files: {
        "packages/jobs/src/live-queue.ts": 'import "@weir/services";',
        "packages/jobs/src/queue.live.test.ts": 'import "./live-queue.ts";',
        "packages/jobs/src/queue.ts": 'import "./live-queue.ts";',
      },
      says: /serves drills/,
    },
    { what: "a package without arrows", files: { ...unlisted() }, says: /has no arrow/ },
  ],
  foreignImports: [
    { what: "pg elsewhere", files: inJobs('import pg from "pg";'), says: /only packages\/postgres\// },
    { what: "a type of pg", files: inJobs('import type { Pool } from "pg";'), says: /only packages\/postgres\// },
    {
      what: "kafkajs beside its folder",
      files: { "packages/ingest/src/s3.ts": 'await import("kafkajs");' },
      says: /only packages\/ingest\/src\/kafka\//,
    },
    { what: "something undeclared", files: inJobs('import "left-pad";'), says: /not declared/ },
    { what: "what only tests may load", files: inJobs('import "@weir/services";'), says: /not a devDependency/ },
    { what: "files in core", files: { "packages/core/src/a.ts": 'import "node:fs/promises";' }, says: /no input/ },
    { what: "a builtin's short name", files: inJobs('import "fs";'), says: /node:fs/ },
  ],
  topLevel: [
    { what: "something new", files: { "notes.md": "" }, says: /does not belong/ },
    { what: "a new folder", files: { "tools/a.ts": "" }, says: /does not belong/ },
  ],
  wayLines: [
    { what: "no line", files: { "packages/jobs/README.md": "# Jobs\n" }, says: /0 lines/ },
    { what: "two lines", files: { "packages/jobs/README.md": "The way: `a`\n".repeat(2) }, says: /2 lines/ },
    {
      what: "a lost file",
      files: { "packages/jobs/README.md": "The way: `queue.ts` → `gone.ts`\n" },
      says: /gone\.ts, which does not exist/,
    },
  ],
  outOfPlaceWords: [
    { what: "the checkout's place", files: { "README.md": "cd /checkout/weir" }, says: /only this machine/ },
    { what: "a home", files: { "README.md": ["see ", "home", "anna"].join("/") }, says: /only one machine/ },
    {
      what: "a private registry",
      files: { "pnpm-lock.yaml": ["http://npm", "internal"].join(".") },
      says: /private network/,
    },
    { what: "a token", files: { "scripts/x.md": ["_auth", "Token=abc"].join("") }, says: /credential/ },
  ],
  testHygiene: [
    { what: "only", files: inTest('it.only("a", () => {});'), says: /leaves the others out/ },
    { what: "a concurrent only", files: inTest('it.concurrent.only("a", () => {});'), says: /leaves the others out/ },
    { what: "a bare skip", files: inTest('describe.skip("a", () => {});'), says: /reason/ },
    { what: "a bare todo", files: inTest('it.todo("a");'), says: /reason/ },
    { what: "skipIf", files: inTest('it.skipIf(true)("a", () => {});'), says: /reason/ },
    { what: "a skip within", files: inTest('it("a", (context) => context.skip());'), says: /reason/ },
    { what: "a sleep", files: inTest("await new Promise((r) => setTimeout(r, 5));"), says: /sleep/ },
    {
      what: "an imported sleep",
      files: inTest('import { setTimeout as s } from "node:timers/promises";'),
      says: /sleep/,
    },
  ],
  // It loads spec.ts from disk: its planted violations are in spec-figures.test.ts.
  specFigures: [{ what: "no spec", files: { "drills/01-a/README.md": "# A" }, says: /no spec\.ts/ }],
};

function unlisted(): Files {
  const manifest = { name: "@weir/novel", dependencies: { "@weir/core": "workspace:^" } };
  return {
    "packages/novel/package.json": JSON.stringify(manifest),
    "packages/novel/src/a.ts": 'import "@weir/core";',
  };
}

for (const [name, rule] of Object.entries(rules)) {
  describe(name, () => {
    it("finds nothing in a sound repository", async () => {
      expect(await rule.check(repositoryOf({}))).toEqual([]);
    });

    for (const { what, files, says } of planted[name as keyof typeof rules]) {
      it(`finds ${what}`, async () => {
        const findings = await rule.check(repositoryOf(files));
        expect(findings.map(({ sentence }) => sentence).join("\n")).toMatch(says);
        expect(Object.keys(files).some((path) => path.startsWith(findings[0]?.path ?? "?"))).toBe(true);
      });
    }
  });
}

describe("what is allowed stays allowed", () => {
  const allowed: Readonly<Record<string, Files>> = {
    "types may go round": {
      "packages/jobs/src/a.ts": 'import type { B } from "./b.ts";\nexport const a = 1;',
      "packages/jobs/src/b.ts": 'import { a } from "./a.ts";\nexport type B = typeof a;',
    },
    "a lazy import may go round": {
      "packages/jobs/src/a.ts": 'await import("./b.ts");',
      "packages/jobs/src/b.ts": 'import "./a.ts";',
    },
    "a skip that says why": inTest(
      'it("a", (context) => context.skip("no engine"));\nit.todo("b", { meta: { reason: "c" } });',
    ),
    "a suite longer than a function": inTest(`describe("a", () => {\n${lines(100)}});`),
    "a property that is called any": inJobs("export const any = Promise.any([]);"),
    "types beside fifteen values": {
      "packages/core/src/core.ts": `${values(15)}export type { T } from "./source.ts";`,
    },
    "a module that is known only when it runs": inJobs("await import(file);"),
    "a test about one side of its file": { "packages/jobs/src/queue.drain.live.test.ts": "" },
    "a suite by another name": inTest(`describeLive("a", () => {\n${lines(100)}});`),
    "servers in a file that only tests load": {
      "packages/jobs/src/live-queue.ts": 'import "@weir/services";',
      "packages/jobs/src/queue.live.test.ts": 'import "./live-queue.ts";',
    },
    "the local address": { "README.md": "http://127.0.0.1:8080 and postgres://127.0.0.1/x, ./work/of/love" },
  };

  for (const [title, files] of Object.entries(allowed)) {
    it(title, async () => {
      const found = await Promise.all(Object.values(rules).map(async (rule) => rule.check(repositoryOf(files))));
      expect(found.flat()).toEqual([]);
    });
  }
});
