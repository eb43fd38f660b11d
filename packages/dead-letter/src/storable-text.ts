const nulSign = "\u2400";
const replacement = "\uFFFD";

/**
 * Text as Postgres can store it: without NUL, which it refuses, without halves of surrogate pairs, and cut. A letter quotes
 * the very input that could not be processed; if its own sentence could not be stored, the pipeline would stop at it.
 */
export function storableText(text: string, charsMax: number): string {
  return text.slice(0, charsMax).toWellFormed().replaceAll("\0", nulSign);
}

/** The same for JSON, which carries both as escapes that `jsonb` refuses. */
export function storableJson(json: string): string {
  // Pairs of backslash and something are taken as a whole, so that an escaped backslash before `u0000` stays what it is.
  return json.replaceAll(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) => {
    if (escape === String.raw`\u0000`) return nulSign;
    return escape.startsWith(String.raw`\ud`) ? replacement : escape;
  });
}
