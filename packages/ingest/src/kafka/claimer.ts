/**
 *   gained · log cut back ──▶ waiting ──▶ claiming ──▶ owned (handed out, fetched)
 *   fenced while a member ──▶ waits for a sign that we are one ──▲
 *
 * A tenure that ends leaves every state; a claim that answers after that changes nothing here.
 */
import { asWeirError, type CancelTimer, type Claim, type Clock, type Ownership, type WeirError } from "@weir/core";
import type { Tenure } from "./tenures.ts";

export interface ClaimerOptions {
  readonly ownership: Ownership;
  readonly clock: Clock;
  /** Called in the tick in which the tenure became owned, with the number of tries. */
  onOwned(tenure: Tenure, claim: Claim, tries: number): void;
  /** The place where claims are kept does not answer; said once per tenure. */
  onDelay(tenure: Tenure, error: WeirError): void;
  /** An error that no further try can mend. */
  onFailure(error: WeirError): void;
}

/** A claim holds a connection as long as a former owner's statement runs: more at once would keep the writers from theirs. */
const claimsAtOnceMax = 2;
const backoffMs = { base: 50, cap: 2_000 } as const;

/** Claims tenures, a few at a time; a dependency's error is tried again as long as the tenure lasts. */
export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #waiting: Tenure[] = [];
  readonly #pauses = new Set<() => void>();
  #running = 0;
  #isStopped = false;

  constructor(options: ClaimerOptions) {
    this.#options = options;
  }

  /** Claims those that are neither owned nor being claimed. */
  claimAll(held: Iterable<Tenure>): void {
    for (const tenure of held) {
      if (tenure.isOwned || tenure.isBeingClaimed) continue;
      tenure.isBeingClaimed = true;
      this.#waiting.push(tenure);
    }
    this.#next();
  }

  stop(): void {
    this.#isStopped = true;
    for (const end of this.#pauses) end();
  }

  #next(): void {
    while (this.#running < claimsAtOnceMax) {
      const tenure = this.#waiting.shift();
      if (tenure === undefined) return;
      this.#running += 1;
      void this.#claim(tenure).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #claim(tenure: Tenure): Promise<void> {
    const options = this.#options;
    for (let tries = 1; !tenure.isLost && !this.#isStopped; tries += 1) {
      try {
        const claim = await options.ownership.claim(tenure.origin.id, { isAnew: tenure.isOfNewLog });
        if (tenure.isLost || this.#isStopped) return;
        tenure.own(claim);
        return options.onOwned(tenure, claim, tries);
      } catch (thrown) {
        const error = asWeirError(thrown);
        if (this.#isStopped || tenure.isLost) return;
        if (error.kind !== "dependency") return options.onFailure(error);
        if (tries === 1) options.onDelay(tenure, error);
        await this.#pause(Math.min(backoffMs.cap, backoffMs.base * 2 ** Math.min(tries, 10)));
      }
    }
  }

  #pause(delayMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => {
      cancel();
      this.#pauses.delete(end);
      resolve();
    };
    const cancel: CancelTimer = this.#options.clock.after(delayMs * (0.5 + this.#options.clock.random() / 2), end);
    this.#pauses.add(end);
    return promise;
  }
}
