import { afterEach, describe, expect, it } from "vitest";
import { addressThrough, type PostgresProxy, proxyKafka, proxyPostgres } from "./faults.ts";

const opened: PostgresProxy[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((proxy) => proxy.close()));
});

describe("a database's URL through a proxy", () => {
  it("keeps user, password, database and options, and leads to the proxy", async () => {
    const proxy = await proxyPostgres({ url: "postgres://me:p%40ss@h:1/d?options=-c%20search_path%3Da&host=x&port=2" });
    opened.push(proxy);
    const url = new URL(proxy.url);
    expect([url.username, url.password, url.pathname]).toEqual(["me", "p%40ss", "/d"]);
    expect([...url.searchParams]).toEqual([["options", "-c search_path=a"]]);
    expect(url.host).toBe(`127.0.0.1:${proxy.address.port}`);
  });

  it.each(["mysql://me:hidden@h/d", "postgres:///d", "hidden", "postgres://me:hidden@h/d?host=/tmp"])(
    "is refused where no proxy can stand, without repeating a password: %s",
    async (url) => {
      const opening = proxyPostgres({ url });
      await expect(opening).rejects.toMatchObject({ code: "invalid-address" });
      await expect(opening).rejects.not.toThrow(/hidden/);
    },
  );
});

describe("a broker's address", () => {
  it.each(["h", "h:0", "h:70000", ":1"])("that is %s is refused", async (broker) => {
    await expect(proxyKafka({ brokers: [broker] })).rejects.toMatchObject({ code: "invalid-address" });
  });

  it("that nobody answers at is an error with its address", async () => {
    const opening = proxyKafka({ brokers: ["127.0.0.1:1"] });
    await expect(opening).rejects.toMatchObject({
      code: "no-answer",
      message: expect.stringContaining("127.0.0.1:1"),
    });
  });

  it("is looked up among its own routes only", () => {
    expect(() => addressThrough({})({ host: "__proto__", port: 1 })).toThrow(/no proxy stands/);
    expect(addressThrough({ "h:1": { host: "127.0.0.1", port: 2 } })({ host: "h", port: 1 })).toEqual({
      host: "127.0.0.1",
      port: 2,
    });
  });
});
