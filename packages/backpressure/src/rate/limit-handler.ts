import { retry, type Handler } from "@weir/core";
import type { RateLimit } from "./rate-limit.ts";

/**
 * A handler that waits for a permit before each message: for what only some messages need, or to share one limit between
 * pipelines. It goes wherever the handler goes, into `testMessage` and `testBatch` too. The wait counts against
 * `process.deadlineMs`, and the message keeps its place meanwhile; `limitSource` holds messages back before they take one.
 */
export function limitHandler<In, Out>(limit: RateLimit, handle: Handler<In, Out>): Handler<In, Out> {
  return async (message, context) => {
    // 0: given up while it waited. Nobody hears the answer.
    if ((await limit.take(1, context.signal)) === 0) return retry("given-up");
    return handle(message, context);
  };
}
