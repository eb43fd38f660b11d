/** What a pipeline answers when it has ended: pulled = settled + released + uncertain. No number moves afterwards. */
export interface DrainReport {
  readonly pulled: number;
  /** Outcome durable, and confirmed by the source. */
  readonly settled: number;
  /** Of the settled: processed, set aside, forgotten on purpose. */
  readonly done: number;
  readonly dead: number;
  readonly dropped: number;
  /** Of the settled: decided by an earlier tenure, and not handled again. */
  readonly alreadyDecided: number;
  /** Given back: their tenure ended, or the deadline passed. The source will deliver them again, to us or to others. */
  readonly released: number;
  /** Of the released: their tenure was fenced, another owner had claimed their origin. */
  readonly fenced: number;
  /** Their settle was on its way when the deadline passed: nobody knows whether they will be delivered again. */
  readonly uncertain: number;
}

/** Every message that was pulled, by what became of it. */
export class Account {
  pulled = 0;
  done = 0;
  dead = 0;
  dropped = 0;
  alreadyDecided = 0;
  released = 0;
  fenced = 0;
  uncertain = 0;
  #closed = false;

  get settled(): number {
    return this.done + this.dead + this.dropped + this.alreadyDecided;
  }

  get inFlight(): number {
    return this.pulled - this.settled - this.released - this.uncertain;
  }

  get closed(): boolean {
    return this.#closed;
  }

  settle(kind: "done" | "dead" | "dropped" | "alreadyDecided"): void {
    if (!this.#closed) this[kind] += 1;
  }

  release(count: number): void {
    if (!this.#closed) this.released += count;
  }

  /** Counts what is about to be released. */
  fence(count: number): void {
    if (!this.#closed) this.fenced += count;
  }

  /** Whatever is still in flight is given back, except what was on its way to the source. */
  close(onItsWay: number): DrainReport {
    if (!this.#closed) {
      this.uncertain += onItsWay;
      this.released += this.inFlight;
      this.#closed = true;
    }
    const { pulled, settled, done, dead, dropped, alreadyDecided, released, fenced, uncertain } = this;
    return { pulled, settled, done, dead, dropped, alreadyDecided, released, fenced, uncertain };
  }
}
