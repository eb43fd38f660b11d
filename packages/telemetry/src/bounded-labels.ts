/** Lets the first so many values through, and calls all further ones `other`: what is a label must stay few. */
export class BoundedLabels {
  readonly #valuesMax: number;
  readonly #values = new Map<string, Set<string>>();

  constructor(valuesMax: number) {
    this.#valuesMax = valuesMax;
  }

  /** `of`: the metric and label that the value is for. */
  valueOf(of: string, value: string): string {
    let values = this.#values.get(of);
    if (values === undefined) this.#values.set(of, (values = new Set()));
    if (values.has(value)) return value;
    if (values.size >= this.#valuesMax) return "other";
    values.add(value);
    return value;
  }
}
