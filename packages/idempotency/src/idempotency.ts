export interface DedupeKey {
  readonly scope: string;
  readonly key: string;
}
