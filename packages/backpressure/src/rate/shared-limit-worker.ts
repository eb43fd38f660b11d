// For tests of the shared limit: a process that uses permits as fast as it gets them, and tells when it used each.
import { createDatabase } from "@weir/postgres";
import { createSharedRateLimit } from "./shared-rate-limit.ts";

const [url, schema, useCount] = process.argv.slice(2) as [string, string, string];
const database = createDatabase({ url, poolMax: 1 });
const limit = createSharedRateLimit({
  name: "calls",
  database,
  schema,
  permits: 200,
  perMs: 200,
  burst: 240,
  staleMaxMs: 100,
});
const timesMs: number[] = [];

process.once("message", () => {
  void (async () => {
    while (timesMs.length < Number(useCount)) {
      const count = await limit.take(20);
      const nowMs = performance.timeOrigin + performance.now();
      for (let i = 0; i < count; i += 1) timesMs.push(nowMs);
    }
    process.send?.({ timesMs, counts: limit.counts });
    await database.close();
    process.disconnect();
  })();
});
await database.query("select 1");
process.send?.("ready");
