/** Numbers in [0, 1), the same for the same seed: every run meets the same input. A linear congruential generator. */
export function createDraw(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
