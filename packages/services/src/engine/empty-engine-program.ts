// What the keeper of an engine runs before it ends it: `node empty-engine-program.ts SOCKET`.
import { emptyEngine } from "./empty-engine.ts";

await emptyEngine({ socketPath: process.argv[2] ?? "" });
