// For tests of threads: work that keeps a core busy, and ways to go wrong.
import { WeirError } from "@weir/core";

export interface HeavyTask {
  readonly kind: "sum" | "hang" | "exit" | "throw" | "throw-weir" | "uncopyable";
  readonly n: number;
}

export default function heavyWork({ kind, n }: HeavyTask): unknown {
  if (kind === "exit") process.exit(3);
  if (kind === "throw") throw new RangeError(`no ${n}`);
  if (kind === "throw-weir") throw new WeirError("odd", `no ${n}`, { kind: "row", definite: false });
  if (kind === "uncopyable") return () => n;
  const last = kind === "hang" ? Infinity : n;
  let sum = 0;
  for (let i = 0; i < last; i += 1) sum += i;
  return sum;
}
