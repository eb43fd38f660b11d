import { asWeirError, createMessage, WeirError } from "@weir/core";
import type { Message, Origin, Ownership, SettleAnswer, Settlement, Source, SourceListener } from "@weir/core";
import { drillErrors } from "../drill-errors.ts";
import type { FromMember, MemberAnswer, RemoteBatch, RemoteError, RemoteTenure, ToMember } from "./member-messages.ts";
import type { TopicRecord } from "./topic.ts";

type Request = FromMember extends infer Each
  ? Each extends { readonly member: number }
    ? Omit<Each, "member">
    : never
  : never;

export interface RemoteSourceOptions {
  /** Of this worker's consumers, the how-manieth. */
  readonly member: number;
  readonly send: (message: FromMember) => void;
  readonly ownership?: Ownership | undefined;
}

/** A member of a group whose log another process holds: each call is a message, and an answer. */
export class RemoteSource implements Source<TopicRecord> {
  readonly name = "log of the judge";
  readonly #options: RemoteSourceOptions;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: MemberAnswer) => void; reject: (error: WeirError) => void }
  >();
  readonly #origins = new Map<number, Origin>();
  readonly #tokens = new Map<Origin, number>();
  #listener: SourceListener = { lost: () => {} };
  #asked = 0;
  #isClosed = false;

  constructor(options: RemoteSourceOptions) {
    this.#options = options;
  }

  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    await this.#ask((id) => ({ kind: "join", id, claims: this.#options.ownership !== undefined }));
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<TopicRecord>[] | null> {
    if (this.#isClosed) return null;
    if (signal.aborted) return [];
    const stop = (): void => this.#send({ kind: "stop-pull" });
    signal.addEventListener("abort", stop, { once: true });
    try {
      const answer = await this.#ask((id) => ({ kind: "pull", id, max }));
      return answer === "ended" ? null : this.#messagesOf(answer as RemoteBatch);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  pause(origin: Origin): void {
    this.#tell("pause", origin);
  }

  resume(origin: Origin): void {
    this.#tell("resume", origin);
  }

  async settle({ origin, watermark }: Settlement, signal: AbortSignal): Promise<SettleAnswer> {
    const token = this.#tokens.get(origin);
    if (token === undefined) return "lost";
    if (signal.aborted) throw drillErrors.settleAborted();
    const aborted = Promise.withResolvers<never>();
    const abort = (): void => aborted.reject(drillErrors.settleAborted());
    signal.addEventListener("abort", abort, { once: true });
    try {
      const settled = this.#ask((id) => ({ kind: "settle", id, token, watermark }));
      // Whichever comes second has no one left to tell.
      settled.catch(() => undefined);
      return (await Promise.race([settled, aborted.promise])) as SettleAnswer;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    return this.#options.ownership?.lookUp(messages) ?? Promise.resolve(new Set());
  }

  fenced(origin: Origin): void {
    this.#tell("fenced", origin);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#ask((id) => ({ kind: "close", id }));
  }

  /** What the other side says. */
  hear(message: ToMember): void {
    switch (message.kind) {
      case "answer":
        this.#take(message.id)?.resolve(message.answer);
        return;
      case "refused":
        this.#take(message.id)?.reject(errorOf(message.error));
        return;
      case "claim":
        void this.#claim(message.id, message.origin);
        return;
      case "lost":
        this.#lose(message.tenure);
        return;
    }
  }

  #take(id: number) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #lose(tenure: RemoteTenure): void {
    const origin = this.#originOf(tenure);
    this.#origins.delete(tenure.token);
    this.#tokens.delete(origin);
    this.#listener.lost(origin);
    this.#send({ kind: "noted", token: tenure.token });
  }

  async #claim(id: number, origin: string): Promise<void> {
    try {
      const claim = await this.#options.ownership?.claim(origin);
      if (claim !== undefined) this.#send({ kind: "claimed", id, claim });
    } catch (thrown) {
      this.#send({ kind: "claim-refused", id, error: remoteError(thrown) });
    }
  }

  #messagesOf({ tenures, records }: RemoteBatch): Message<TopicRecord>[] {
    const origins = tenures.map((tenure) => this.#originOf(tenure));
    return records.map(([at, record]) => {
      const origin = origins[at] as Origin;
      return createMessage({ origin, offset: record.offset, key: record.key, data: record, raw: record.value });
    });
  }

  #originOf({ token, ...origin }: RemoteTenure): Origin {
    const known = this.#origins.get(token);
    if (known !== undefined) return known;
    this.#origins.set(token, origin);
    this.#tokens.set(origin, token);
    return origin;
  }

  #tell(kind: "pause" | "resume" | "fenced", origin: Origin): void {
    const token = this.#tokens.get(origin);
    if (token !== undefined) this.#send({ kind, token });
  }

  #ask(question: (id: number) => Request): Promise<MemberAnswer> {
    this.#asked += 1;
    const id = this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send(question(id));
    });
  }

  #send(message: Request): void {
    this.#options.send({ ...message, member: this.#options.member });
  }
}

export function remoteError(thrown: unknown): RemoteError {
  const { code, message, kind, definite } = asWeirError(thrown);
  return { code, sentence: message, errorKind: kind, definite };
}

export function errorOf({ code, sentence, errorKind, definite }: RemoteError): WeirError {
  return new WeirError(code, sentence, { kind: errorKind, definite });
}
