import { expect, it } from "vitest";
import { parseRetryAfter } from "./backoff.ts";

const nowMs = Date.parse("Tue, 24 Nov 2026 12:00:00 GMT");

it("reads whole seconds, and a date against the given time", () => {
  expect(parseRetryAfter("120", nowMs)).toBe(120_000);
  expect(parseRetryAfter(" 0 ", nowMs)).toBe(0);
  expect(parseRetryAfter("Tue, 24 Nov 2026 12:00:30 GMT", nowMs)).toBe(30_000);
  expect(parseRetryAfter("Tue, 24 Nov 2026 11:59:00 GMT", nowMs)).toBe(0);
});

it.each(["", "-1", "1.5", "soon", "2026-11-24", "99999999999"])("knows nothing of %j", (header) => {
  expect(parseRetryAfter(header, nowMs)).toBeUndefined();
});
