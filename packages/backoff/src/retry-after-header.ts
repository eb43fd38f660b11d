/**
 * The delay of a Retry-After header, in ms: whole seconds, or a date in the time of `nowMs` (RFC 9110, 10.2.3). A date that
 * has passed is 0. `undefined`: the text is neither.
 */
export function parseRetryAfter(header: string, nowMs: number): number | undefined {
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1_000;
  // Date.parse alone takes "2", "1.5" and "-3" for years.
  if (!/^[A-Za-z]{3},? /.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
