// `pnpm test`: everything, cheap first. Its last two lines tell what was skipped, and what passed and failed.
import { runSuite } from "./suite/run-suite.ts";

process.exitCode = await runSuite("test:vitest");
