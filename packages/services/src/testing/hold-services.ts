// For tests: a process that opens services, says so on one line, and waits to be ended.
import type { ServiceName } from "../tier.ts";
import { openServices } from "../open-services.ts";

const services = await openServices({ want: process.argv.slice(2) as ServiceName[], own: true });
process.stdout.write(`${JSON.stringify({ url: services.postgres?.url, brokers: services.kafka?.brokers })}\n`);
setInterval(() => undefined, 2 ** 30);
