import type { OverviewRow } from "./overview.ts";

/** What several seeds say of the claims of each kind of run; claims of which the same is to be said share a line. */
export function seededWordings(rows: readonly OverviewRow[]): string[] {
  return rows
    .filter(({ seeds }) => seeds.length > 1)
    .flatMap(({ told, seeded }) => {
      const alike = Object.entries(Object.groupBy(seeded, (claim) => claim.told));
      return alike.map(([wording, claims = []]) => `${told}: ${claims.map(({ id }) => id).join(", ")} ${wording}`);
    });
}
