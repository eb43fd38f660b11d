export { createDeadLetters } from "./dead-letters.ts";
export type { PostgresDeadLetters } from "./dead-letters.ts";
export { deadLetterMigrations } from "./letter-table.ts";
export type { DeadLetterOptions } from "./dead-letter-options.ts";
export type { LetterBytes, LetterReader, ListOptions, StoredLetter } from "./letter-reading.ts";
