export { createPostgresSink } from "./table-sink.ts";
export type { PostgresSink } from "./table-sink.ts";
export { postgresSinkTable } from "./sink-statement.ts";
export { onSinkWritten } from "./written-event.ts";
export type { SinkWritten } from "./written-event.ts";
export type { SinkColumn } from "./sink-column.ts";
export type { PostgresSinkOptions, SinkTableOptions } from "./sink-options.ts";
