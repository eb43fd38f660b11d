/** The numbers of drill 3. They are written here and nowhere else. */
export const spec = {
  /** How long a dedupe key must stay: as long as the topic keeps the message. */
  retentionDays: 7,
} as const;
