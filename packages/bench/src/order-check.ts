import { benchErrors } from "./bench-errors.ts";
import { keyCount, keyNumberAt } from "./fresh-source.ts";

interface Place {
  readonly offset: number;
}

/**
 * Fails at the first message of a key that begins before the one in front of it has ended, or that is handled or written
 * before it. In arrays by number: with maps the check would cost as much as what it checks.
 */
export class OrderCheck {
  readonly #atWork = new Uint8Array(keyCount);
  readonly #handled = new Float64Array(keyCount).fill(-1);
  readonly #written = new Float64Array(keyCount).fill(-1);

  begin({ offset }: Place): void {
    const key = keyNumberAt(offset);
    if (this.#atWork[key] === 1) throw benchErrors.wrongWork(`two messages of key ${key} at work at once`);
    this.#atWork[key] = 1;
    rise(this.#handled, offset);
  }

  end({ offset }: Place): void {
    this.#atWork[keyNumberAt(offset)] = 0;
  }

  write(messages: readonly Place[]): void {
    for (const { offset } of messages) rise(this.#written, offset);
  }
}

function rise(last: Float64Array, offset: number): void {
  const key = keyNumberAt(offset);
  const before = last[key] as number;
  if (before >= offset) throw benchErrors.wrongWork(`key ${key}: offset ${offset} came after ${before}`);
  last[key] = offset;
}
