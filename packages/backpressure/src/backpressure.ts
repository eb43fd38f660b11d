export interface Depth {
  readonly stage: string;
  readonly depth: number;
  readonly bound: number;
}
