import { expect, it } from "vitest";
import { createTestSchema, describeLive, liveServices } from "./testing.ts";

describeLive("the servers of a test run", () => {
  it("are reachable, and give each test a schema of its own", async () => {
    const schema = await createTestSchema();
    expect(liveServices().brokers).toHaveLength(1);
    await schema.drop();
  });
});
