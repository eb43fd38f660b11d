import type { Claim, Message, Origin, Ownership } from "@weir/core";
import type { MemoryLog } from "@weir/core/testing";
import { drillErrors } from "../drill-errors.ts";
import type { FromMember, MemberAnswer, RemoteBatch, RemoteTenure, ToMember } from "./member-messages.ts";
import type { MemoryTopic, TopicLink } from "./memory-topic.ts";
import { errorOf, remoteError } from "./remote-source.ts";
import type { GroupMember } from "./run-topic.ts";
import type { TopicRecord } from "./topic.ts";
import { runsOf } from "./watch-deliveries.ts";

const claimAgainMs = 100;
type Answering = Extract<FromMember, { readonly id: number }>;

/** A worker's consumer, on the side of the log: answers each of its messages. */
export class ServedMember {
  readonly #topic: MemoryTopic;
  readonly #link: TopicLink;
  readonly #number: number;
  readonly #tokens = new Map<Origin, number>();
  readonly #claims = new Map<number, { resolve: (claim: Claim) => void; reject: (error: Error) => void }>();
  readonly #notes = new Map<number, () => void>();
  #consumer: ReturnType<MemoryLog["join"]> | undefined;
  #id: string | undefined;
  #assigned: ReadonlySet<number> = new Set();
  #pulling = new AbortController();
  #count = 0;
  #isEnded = false;

  constructor(topic: MemoryTopic, link: TopicLink, number: number) {
    this.#topic = topic;
    this.#link = link;
    this.#number = number;
  }

  membership(): GroupMember | undefined {
    if (this.#id === undefined) return undefined;
    return { id: this.#id, worker: this.#link.worker, partitions: [...this.#assigned] };
  }

  hear(message: FromMember): void {
    switch (message.kind) {
      case "stop-pull":
        return this.#pulling.abort();
      case "noted":
        return this.#note(message.token);
      case "claimed":
        this.#claims.get(message.id)?.resolve(message.claim);
        return;
      case "claim-refused":
        this.#claims.get(message.id)?.reject(errorOf(message.error));
        return;
      case "pause":
      case "resume":
      case "fenced": {
        const origin = this.#originOf(message.token);
        if (origin !== undefined) this.#consumer?.[message.kind](origin);
        return;
      }
      default:
        void this.#answer(message);
    }
  }

  /** Others get its partitions; it is told nothing. */
  stall(): void {
    if (this.#consumer === undefined || this.#id === undefined) return;
    this.#id = undefined;
    this.forgetNotes();
    this.#topic.log.group(this.#topic.group).stall(this.#consumer);
  }

  revive(): void {
    if (this.#consumer === undefined || this.#isEnded) return;
    this.#id = this.#topic.nameMember(this.#link.worker);
    this.#topic.log.group(this.#topic.group).revive(this.#consumer);
  }

  forgetNotes(): void {
    for (const note of this.#notes.values()) note();
    this.#notes.clear();
  }

  end(): void {
    this.#isEnded = true;
    this.#id = undefined;
    void this.#consumer?.close();
    this.forgetNotes();
  }

  async #answer(message: Answering): Promise<void> {
    const { id } = message;
    try {
      const answer = await this.#do(message);
      if (answer !== undefined) this.#send({ kind: "answer", id, answer });
    } catch (thrown) {
      this.#send({ kind: "refused", id, error: remoteError(thrown) });
    }
  }

  /** `undefined`: it is never answered. */
  async #do(message: Answering): Promise<MemberAnswer | undefined> {
    switch (message.kind) {
      case "join":
        await this.#join(message.claims);
        return "done";
      case "pull":
        return this.#pull(message.max);
      case "settle":
        return this.#settle(message);
      default:
        this.end();
        return "done";
    }
  }

  async #join(claims: boolean): Promise<void> {
    const group = { group: this.#topic.group };
    const consumer = this.#topic.log.join(claims ? { ...group, ownership: this.#ownership() } : group);
    // The log tells nobody what it has dealt out: this is where it passes by.
    const assign = consumer.assign.bind(consumer);
    consumer.assign = (wanted) => {
      this.#assigned = wanted;
      assign(wanted);
    };
    this.#consumer = consumer;
    this.#id = this.#topic.nameMember(this.#link.worker);
    await consumer.start({ lost: (origin) => this.#lose(origin) });
  }

  async #pull(max: number): Promise<MemberAnswer> {
    if (this.#consumer === undefined) throw drillErrors.logAway();
    this.#pulling = new AbortController();
    for (;;) {
      const messages = await this.#consumer.pull(max, this.#pulling.signal);
      if (messages === null) return "ended";
      for (const { origin } of messages) this.#tenureOf(origin);
      await this.#topic.noted();
      // What went to others meanwhile is theirs.
      const mine = messages.filter(({ origin }) => this.#tokens.has(origin));
      if (mine.length > 0 || messages.length === 0) return this.#batchOf(mine);
    }
  }

  #batchOf(messages: readonly Message[]): RemoteBatch {
    const origins = [...new Set(messages.map(({ origin }) => origin))];
    const records = messages.map(({ origin, offset }): [number, TopicRecord] => {
      const partition = Number(origin.id.slice(origin.id.lastIndexOf("/") + 1));
      return [origins.indexOf(origin), this.#topic.recordAt(partition, offset)];
    });
    if (records.length > 0) this.#link.onDelivered(runsOf(records.map(([, record]) => record)));
    return { tenures: origins.map((origin) => this.#tenureOf(origin)), records };
  }

  async #settle({ token, watermark }: Extract<FromMember, { kind: "settle" }>): Promise<MemberAnswer | undefined> {
    if (this.#topic.isWithheld(this.#link.worker)) return undefined;
    const origin = this.#originOf(token);
    if (origin === undefined || this.#consumer === undefined) return "lost";
    return this.#consumer.settle({ origin, messages: [], outcomes: [], watermark });
  }

  #lose(origin: Origin): void {
    const tenure = this.#tenureOf(origin);
    this.#tokens.delete(origin);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#notes.set(tenure.token, resolve);
    this.#topic.awaitNote(promise);
    this.#send({ kind: "lost", tenure });
  }

  #note(token: number): void {
    this.#notes.get(token)?.();
    this.#notes.delete(token);
  }

  /** The worker keeps the ownership beside its effects: each claim is asked for there. */
  #ownership(): Ownership {
    const claim = (origin: string): Promise<Claim> => {
      this.#count += 1;
      const id = this.#count;
      return new Promise<Claim>((resolve, reject) => {
        this.#claims.set(id, { resolve, reject: (error) => setTimeout(() => reject(error), claimAgainMs) });
        this.#send({ kind: "claim", id, origin });
      }).finally(() => this.#claims.delete(id));
    };
    return { claim, lookUp: () => Promise.resolve(new Set()) };
  }

  #tenureOf(origin: Origin): RemoteTenure {
    let token = this.#tokens.get(origin);
    if (token === undefined) {
      this.#count += 1;
      token = this.#count;
      this.#tokens.set(origin, token);
    }
    return { token, ...origin };
  }

  #originOf(token: number): Origin | undefined {
    for (const [origin, known] of this.#tokens) if (known === token) return origin;
    return undefined;
  }

  #send(
    message: ToMember extends infer Each ? (Each extends { member: number } ? Omit<Each, "member"> : never) : never,
  ): void {
    this.#link.send({ ...message, member: this.#number });
  }
}
