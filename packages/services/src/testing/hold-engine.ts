// For tests: a process that starts an engine of its own, puts a container's network and volume into it, says so on one
// line, and waits to be ended. Arguments: the path of dockerd.
import { order } from "../containers/engine-api.ts";
import { startEngine } from "../engine/start-engine.ts";

const engine = await startEngine(process.argv[2] ?? "", process.env);
await order(engine, "/networks/create", { body: { Name: "left", Driver: "bridge" } });
await order(engine, "/volumes/create", { body: { Name: "left" } });
process.stdout.write(`${engine.socketPath}\n`);
setInterval(() => undefined, 2 ** 30);
