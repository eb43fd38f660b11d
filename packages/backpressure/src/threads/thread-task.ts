import type { ErrorKind } from "@weir/core";

/** What a thread is sent: where the function is, and what to call it with. */
export interface ThreadTask {
  readonly module: string;
  readonly name: string;
  readonly task: unknown;
}

/** What a thread answers. A `WeirError` would lose its code on the way between threads: it goes in parts. */
export type ThreadAnswer =
  | { readonly kind: "done"; readonly value: unknown }
  | { readonly kind: "refused"; readonly sentence: string }
  | { readonly kind: "threw"; readonly error: unknown }
  | {
      readonly kind: "threw-weir";
      readonly code: string;
      readonly sentence: string;
      readonly errorKind: ErrorKind;
      readonly definite: boolean;
    };
