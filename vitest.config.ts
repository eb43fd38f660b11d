import { defineConfig } from "vitest/config";

const exclude = ["**/node_modules/**", "**/dist/**"];
const where = ["packages/*/src", "drills/*", "scripts"];
const execArgv = ["--disable-warning=TimeoutNegativeWarning"];

// `unit` needs nothing but Node. `live` runs against real servers, one set of them for the whole run.
export default defineConfig({
  test: {
    reporters: ["default", "./scripts/tally-reporter.ts"],
    projects: [
      {
        test: {
          name: "unit",
          include: where.map((folder) => `${folder}/**/*.test.ts`),
          exclude: [...exclude, "**/*.live.test.ts"],
          // Ends what hangs. Not a measure: some start processes of their own, on two busy cores.
          testTimeout: 30_000,
          execArgv,
        },
      },
      {
        test: {
          name: "live",
          include: where.map((folder) => `${folder}/**/*.live.test.ts`),
          exclude,
          globalSetup: ["./packages/services/src/vitest-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          execArgv,
        },
      },
    ],
  },
});
