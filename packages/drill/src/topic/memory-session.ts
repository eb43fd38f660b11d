import type { FromMember } from "./member-messages.ts";
import { ServedMember } from "./served-member.ts";
import type { MemoryTopic, TopicLink } from "./memory-topic.ts";
import type { GroupMember } from "./run-topic.ts";

/** One worker process at the log: its consumers, and whether it is still heard of. */
export class MemorySession {
  readonly link: TopicLink;
  readonly #topic: MemoryTopic;
  readonly #sessionTimeoutMs: number;
  readonly #exitGraceMs: number;
  readonly #members = new Map<number, ServedMember>();
  #heardMs = performance.now();
  #isStalled = false;

  constructor(topic: MemoryTopic, link: TopicLink, options: { sessionTimeoutMs: number; exitGraceMs: number }) {
    this.#topic = topic;
    this.link = link;
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
    this.#exitGraceMs = options.exitGraceMs;
  }

  /** A message from the worker; any of them counts as a heartbeat. */
  hear(message: FromMember): void {
    this.heartbeat();
    let member = this.#members.get(message.member);
    if (member === undefined) {
      member = new ServedMember(this.#topic, this.link, message.member);
      this.#members.set(message.member, member);
    }
    member.hear(message);
  }

  heartbeat(): void {
    this.#heardMs = performance.now();
    if (!this.#isStalled) return;
    this.#isStalled = false;
    for (const member of this.#members.values()) member.revive();
  }

  judgeSilence(nowMs: number): void {
    if (this.#isStalled || nowMs - this.#heardMs < this.#sessionTimeoutMs) return;
    this.#isStalled = true;
    for (const member of this.#members.values()) member.stall();
  }

  excuse(): void {
    this.#heardMs = performance.now();
  }

  /** Its process has ended: it stays a member for a moment, as a broker learns of it only later. */
  gone(): void {
    for (const member of this.#members.values()) member.forgetNotes();
    setTimeout(() => this.end(), this.#exitGraceMs);
  }

  end(): void {
    for (const member of this.#members.values()) member.end();
  }

  members(): GroupMember[] {
    return [...this.#members.values()].flatMap((member) => member.membership() ?? []);
  }
}
