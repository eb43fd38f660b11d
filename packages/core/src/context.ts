import type { Account } from "./account.ts";
import type { Clock } from "./clock.ts";
import type { WeirError } from "./errors.ts";

/** What all stages of one pipeline share. */
export interface Context {
  readonly pipeline: string;
  readonly clock: Clock;
  readonly account: Account;
  /** Aborts when the pipeline gives up waiting: at the drain's deadline, or on a fatal error. */
  readonly giveUp: AbortSignal;
  /** Stops the pipeline with this error. The first one counts. */
  fail(error: WeirError): void;
  /** Something became idle: a drain may be complete. */
  moved(): void;
}

/** Runs a loop that nobody awaits: whatever it throws stops the pipeline instead of getting lost. */
export function float(context: Context, loop: Promise<void>): void {
  loop.catch((thrown: unknown) => context.fail(thrown as WeirError));
}
