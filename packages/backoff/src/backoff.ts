export { createBackoff } from "./policy.ts";
export type { Backoff, BackoffAnswer, FailedAttempt } from "./policy.ts";
export type { BackoffOptions, Growth, Jitter } from "./backoff-options.ts";
export { permanent, retryAfter } from "./verdict-on-error.ts";
export { createRetryBudget } from "./retry-budget.ts";
export type { RetryBudget, RetryBudgetOptions } from "./retry-budget.ts";
export { parseRetryAfter } from "./retry-after-header.ts";
