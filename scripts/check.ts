// `pnpm check`: types, lint, format and the tests that need no server.
import { runSuite } from "./suite/run-suite.ts";

process.exitCode = await runSuite("test:unit");
