import type { Claim, ErrorKind, SettleAnswer } from "@weir/core";
import type { TopicRecord } from "./topic.ts";

/** A tenure, across the process boundary: `token` stands for the identity of its origin object. */
export interface RemoteTenure {
  readonly token: number;
  readonly id: string;
  readonly epoch: number;
  readonly fence?: number;
  readonly decided?: number;
}

export interface RemoteBatch {
  readonly tenures: readonly RemoteTenure[];
  /** Each with the place of its tenure in the list. */
  readonly records: readonly (readonly [tenure: number, record: TopicRecord])[];
}

export interface RemoteError {
  readonly code: string;
  readonly sentence: string;
  readonly errorKind: ErrorKind;
  readonly definite: boolean;
}

/** From a worker to the process that holds the log. `member`: one of the worker's consumers; `id`: of what is to be answered. */
export type FromMember = { readonly member: number } & (
  | { readonly kind: "join"; readonly id: number; readonly claims: boolean }
  | { readonly kind: "pull"; readonly id: number; readonly max: number }
  | { readonly kind: "stop-pull" }
  | { readonly kind: "pause" | "resume" | "fenced"; readonly token: number }
  | { readonly kind: "settle"; readonly id: number; readonly token: number; readonly watermark: number }
  | { readonly kind: "noted"; readonly token: number }
  | { readonly kind: "claimed"; readonly id: number; readonly claim: Claim }
  | { readonly kind: "claim-refused"; readonly id: number; readonly error: RemoteError }
  | { readonly kind: "close"; readonly id: number }
);

export type MemberAnswer = RemoteBatch | SettleAnswer | "ended" | "done";

/** Back to the worker. */
export type ToMember = { readonly member: number } & (
  | { readonly kind: "answer"; readonly id: number; readonly answer: MemberAnswer }
  | { readonly kind: "refused"; readonly id: number; readonly error: RemoteError }
  /** To be noted by the worker before anybody else is given its records. */
  | { readonly kind: "lost"; readonly tenure: RemoteTenure }
  | { readonly kind: "claim"; readonly id: number; readonly origin: string }
);
