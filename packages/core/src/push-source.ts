import { coreErrors } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { createMessage, type Message, type MessageKey, type Origin } from "./message.ts";
import { pushNumbers } from "./option-rows.ts";
import { checkNumbers, describe, refuseFaults, suggestion } from "./options.ts";
import type { SettleAnswer, Source, SourceListener } from "./source.ts";

/** What becomes of a push when the buffer is full: it waits, it is thrown away and counted, or it is refused. */
export type OverloadPolicy = "wait" | "shed" | "refuse";

const policies: readonly OverloadPolicy[] = ["wait", "shed", "refuse"];

export interface PushSourceOptions {
  readonly name: string;
  readonly bufferMax?: number;
  /** Default `wait`. */
  readonly overload?: OverloadPolicy;
}

/**
 * A source for what comes by itself: requests, timers, events. Behind its buffer all is pulled as from any other source;
 * at its edge stands the overload policy. It keeps nothing: what is not settled when the process ends is gone.
 */
export interface PushSource<T> extends Source<T> {
  /**
   * `taken`: it is in the buffer. `shed`: it was thrown away, and counted. Under `wait` it answers when there is room:
   * await it, or the waiting pushes are an unbounded buffer of your own.
   * Rejects with `overloaded` under `refuse`, and with `wrong-state` after {@link end} or the pipeline's end.
   */
  push(data: T, key?: MessageKey): Promise<"taken" | "shed">;
  /** Nothing more comes: the pipeline drains when what is here has been pulled. */
  end(): void;
  /** Messages in the buffer. */
  readonly buffered: number;
  /** Pushes that wait for room. */
  readonly waiting: number;
}

/** Throws `invalid-options`, with all faults at once. */
export function createPushSource<T>(options: PushSourceOptions): PushSource<T> {
  return new BufferedSource<T>(options);
}

interface Waiting<T> {
  readonly data: T;
  readonly key: MessageKey;
  readonly resolve: (answer: "taken") => void;
  readonly reject: (error: Error) => void;
}

class BufferedSource<T> implements PushSource<T> {
  readonly name: string;
  readonly #bufferMax: number;
  readonly #overload: OverloadPolicy;
  readonly #origin: Origin;
  readonly #buffer = new Fifo<Message<T>>();
  readonly #waiting = new Fifo<Waiting<T>>();
  #listener: SourceListener | undefined;
  #offset = 0;
  #isEnded = false;
  #isPaused = false;
  #shedUnheard = 0;
  #wake: () => void = () => {};
  readonly #stopWaiting = (): void => this.#wake();

  constructor(options: PushSourceOptions) {
    refuseFaults(faultsOf(options));
    this.name = options.name;
    this.#bufferMax = options.bufferMax ?? pushNumbers.bufferMax.default;
    this.#overload = options.overload ?? "wait";
    this.#origin = { id: options.name, epoch: 1 };
  }

  get buffered(): number {
    return this.#buffer.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  async push(data: T, key: MessageKey = null): Promise<"taken" | "shed"> {
    if (this.#isEnded) throw coreErrors.wrongState(`source ${this.name} takes nothing any more: it has been ended`);
    if (this.#buffer.size < this.#bufferMax && this.#waiting.size === 0) {
      this.#take(data, key);
      return "taken";
    }
    if (this.#overload === "refuse") throw coreErrors.overloaded(this.name, this.#bufferMax);
    if (this.#overload === "wait") {
      return new Promise((resolve, reject) => this.#waiting.push({ data, key, resolve, reject }));
    }
    if (this.#listener === undefined) this.#shedUnheard += 1;
    else this.#listener.shed?.("buffer-full", 1);
    return "shed";
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    if (this.#shedUnheard > 0) listener.shed?.("buffer-full", this.#shedUnheard);
    return Promise.resolve();
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<T>[] | null> {
    while (this.#isPaused || this.#buffer.size === 0) {
      if (signal.aborted) return [];
      if (this.#isEnded && this.#buffer.size === 0) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", this.#stopWaiting, { once: true });
      });
      signal.removeEventListener("abort", this.#stopWaiting);
    }
    const messages: Message<T>[] = [];
    for (let next = this.#buffer.shift(); next !== undefined; next = this.#buffer.shift()) {
      messages.push(next);
      if (messages.length === max) break;
    }
    this.#admit();
    return messages;
  }

  pause(origin: Origin): void {
    if (origin === this.#origin) this.#isPaused = true;
  }

  resume(origin: Origin): void {
    if (origin !== this.#origin) return;
    this.#isPaused = false;
    this.#wake();
  }

  settle(): Promise<SettleAnswer> {
    return Promise.resolve("settled");
  }

  close(): Promise<void> {
    this.#isEnded = true;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.reject(coreErrors.wrongState(`source ${this.name} takes nothing any more: its pipeline has ended`));
    }
    return Promise.resolve();
  }

  #take(data: T, key: MessageKey): void {
    this.#buffer.push(createMessage({ origin: this.#origin, offset: this.#offset, key, data, raw: null }));
    this.#offset += 1;
    this.#wake();
  }

  /** Room again: those who wait come in, in the order in which they came. */
  #admit(): void {
    while (this.#waiting.size > 0 && this.#buffer.size < this.#bufferMax) {
      const { data, key, resolve } = this.#waiting.shift() as Waiting<T>;
      this.#take(data, key);
      resolve("taken");
    }
  }
}

function faultsOf(options: PushSourceOptions): string[] {
  const faults = checkNumbers(pushNumbers, options, { others: ["name", "overload"] });
  const { name, overload }: { readonly name?: unknown; readonly overload?: unknown } = options;
  if (typeof name !== "string" || name === "") faults.push(`name: expected a name, given ${describe(name)}`);
  if (overload !== undefined && !policies.some((policy) => policy === overload)) {
    const hint = typeof overload === "string" ? suggestion(overload, policies) : "";
    faults.push(`overload: expected one of ${policies.join(", ")}, given ${describe(overload)}${hint}`);
  }
  return faults;
}
