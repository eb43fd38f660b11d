import type { Clock } from "./clock.ts";
import { asWeirError, coreErrors, type WeirError } from "./errors.ts";

/** How long a sink or a source may take to close before the pipeline ends without it. */
const closeMaxMs = 10_000;

interface Part {
  readonly name: string;
  close?(): Promise<void>;
}

/**
 * Closes one after the other. One that fails or hangs neither holds up the next nor undoes what is settled.
 * Answers with the first error.
 */
export async function closeParts(clock: Clock, parts: readonly Part[]): Promise<WeirError | undefined> {
  let first: WeirError | undefined;
  for (const part of parts) {
    const late = Promise.withResolvers<never>();
    const cancel = clock.after(closeMaxMs, () => late.reject(coreErrors.closeTimeout(part.name, closeMaxMs)));
    try {
      await Promise.race([part.close?.(), late.promise]);
    } catch (thrown) {
      first ??= asWeirError(thrown);
    } finally {
      cancel();
    }
  }
  return first;
}
