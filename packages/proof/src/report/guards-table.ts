import type { JudgedClaim, JudgedGuard } from "../judge.ts";
import { html, nothing, type Html } from "./html.ts";
import { formatNumber, reachedText } from "./wording.ts";

export interface SharedGuard {
  readonly guard: JudgedGuard;
  /** Ids of the claims that hang on it. */
  readonly claims: readonly string[];
}

/** Each guard once, with the claims that hang on it. */
export function sharedGuards(claims: readonly JudgedClaim[]): readonly SharedGuard[] {
  const guards = new Map<string, { readonly guard: JudgedGuard; readonly claims: string[] }>();
  for (const { id, guards: own } of claims) {
    for (const guard of own) {
      const key = JSON.stringify(guard);
      const entry = guards.get(key) ?? { guard, claims: [] };
      entry.claims.push(id);
      guards.set(key, entry);
    }
  }
  return [...guards.values()];
}

/** `all claims`, `all but Q1`, or their ids: whichever is read at a glance. */
export function claimNames(ids: readonly string[], all: readonly JudgedClaim[]): string {
  const others = all.map(({ id }) => id).filter((id) => !ids.includes(id));
  if (ids.length <= 2 || others.length >= ids.length) return ids.join(", ");
  return others.length === 0 ? "all claims" : `all but ${others.join(", ")}`;
}

export function guardsTable(claims: readonly JudgedClaim[]): Html {
  const guards = sharedGuards(claims);
  if (guards.length === 0) return nothing;
  return html`<section id="guards">
    <h2>What the run had to reach for its claims to count</h2>
    <table class="stacked">
      <thead>
        <tr>
          <th scope="col">Guard</th>
          <th scope="col" class="right">At least</th>
          <th scope="col" class="right">Reached</th>
          <th scope="col">For</th>
        </tr>
      </thead>
      <tbody>
        ${guards.map(
          ({ guard, claims: ids }) =>
            html`<tr>
              <td class="whole"><code class="guard">${guard.id}</code> ${guard.sentence}</td>
              <td class="number right"><span class="label">at least </span>${formatNumber(guard.min)}</td>
              <td class="number right"><span class="label">reached </span>${reachedText(guard)}</td>
              <td><span class="label">for </span>${claimNames(ids, claims)}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`;
}
