import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createDatabase, identifier } from "./postgres.ts";
import type { DatabaseOptions } from "./postgres.ts";

function faultOf(options: Partial<Record<keyof DatabaseOptions, unknown>>): unknown {
  try {
    createDatabase({ url: "postgres://weir:secret@127.0.0.1:1/weir", ...options } as DatabaseOptions);
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}

describe("options of a database", () => {
  it("are checked all at once, with what was expected and what was given", () => {
    const fault = faultOf({
      poolMax: 0,
      connectTimeoutMs: 1.5,
      statementTimeoutMs: Infinity,
      applicationName: "",
      pool_max: 1,
    } as never);
    expect(fault).toMatchObject({ code: "invalid-options", kind: "programming" });
    for (const line of [
      "poolMax: expected a whole number from 1 to 1000 (connections), given 0",
      "connectTimeoutMs: expected a whole number from 1 to 2147483647 (ms), given 1.5",
      "statementTimeoutMs: expected a whole number from 1 to 2147483647 (ms), given Infinity",
      "applicationName: expected 1 to 63 bytes of text",
      "pool_max: no such option; did you mean poolMax?",
    ]) {
      expect(String(fault)).toContain(line);
    }
  });

  it.each(["postgres//weir:secret@host/db", "mysql://weir:secret@host/db", "postgres://weir:secret@[host/db"])(
    "refuse the URL %s without a word of the password in it",
    (url) => {
      const fault = faultOf({ url });
      expect(fault).toMatchObject({ code: "invalid-options" });
      expect(inspect(fault, { depth: 9, showHidden: true })).not.toContain("secret");
    },
  );

  it("take undefined for the default", () => {
    expect(faultOf({ poolMax: undefined, clock: undefined })).toBeUndefined();
  });

  it("name the target without user and password", () => {
    expect(createDatabase({ url: "postgres://weir:secret@127.0.0.1:1/weir" }).target).toBe("127.0.0.1:1/weir");
  });
});

describe("identifier", () => {
  it("quotes each name of a path", () => {
    expect(identifier('my "odd" schema', "t")).toBe('"my ""odd"" schema"."t"');
  });

  it.each(["", "a\0b", "ä".repeat(32)])("refuses %j, which Postgres would refuse or cut", (name) => {
    expect(() => identifier(name)).toThrow(/1 to 63 bytes/);
    expect(() => identifier("fine", name)).toThrow(/1 to 63 bytes/);
  });
});
