/**
 * The offset below which everything is settled, over a bounded window of messages. It counts by sequence (the order of
 * delivery) and not by offset, because delivered offsets have holes.
 *
 * Two marks run through the ring: `head`, the first sequence whose outcome is not durable yet, and `released`, up to
 * which the source has confirmed. The span between `released` and the end is what the window bounds.
 */
export class Watermark {
  readonly #offsets: Float64Array;
  readonly #settled: Uint8Array;
  readonly #mask: number;
  #released = 0;
  #head = 0;
  #end = 0;
  #position = -1;

  constructor(windowMax: number) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(2, windowMax)));
    this.#offsets = new Float64Array(size);
    this.#settled = new Uint8Array(size);
    this.#mask = size - 1;
  }

  /** Messages delivered and not yet confirmed by the source. */
  get span(): number {
    return this.#end - this.#released;
  }

  /** The position that may be committed; −1 before the first delivery. */
  get position(): number {
    return this.#position;
  }

  /** The offset of the oldest message without a durable outcome; `undefined` if there is none. */
  get oldest(): number | undefined {
    return this.#head === this.#end ? undefined : this.#offsets[this.#head & this.#mask];
  }

  /** Takes in the next delivered offset and answers with its sequence; −1 if the ring is full. */
  deliver(offset: number): number {
    if (this.span > this.#mask) return -1;
    const sequence = this.#end;
    this.#offsets[sequence & this.#mask] = offset;
    this.#settled[sequence & this.#mask] = 0;
    if (this.#position === -1) this.#position = offset;
    this.#end += 1;
    return sequence;
  }

  /** The outcome of this sequence is durable. */
  settle(sequence: number): void {
    this.#settled[sequence & this.#mask] = 1;
    while (this.#head < this.#end && this.#settled[this.#head & this.#mask] === 1) {
      this.#position = (this.#offsets[this.#head & this.#mask] as number) + 1;
      this.#head += 1;
    }
  }

  /** The position if the outcomes of these sequences were durable too. */
  positionAfter(sequences: readonly number[]): number {
    const asked = new Set(sequences);
    let [position, next] = [this.#position, this.#head];
    while (next < this.#end && (this.#settled[next & this.#mask] === 1 || asked.has(next))) {
      position = (this.#offsets[next & this.#mask] as number) + 1;
      next += 1;
    }
    return position;
  }

  /** A mark to hand to {@link release} once the source has confirmed the position of this moment. */
  get mark(): number {
    return this.#head;
  }

  release(mark: number): void {
    if (mark > this.#released) this.#released = mark;
  }
}
