import type { JudgedClaim, JudgedGuard } from "../judge.ts";
import { html, nothing, type Html } from "./html.ts";
import { expected, formatNumber, seen, signed } from "./wording.ts";

/** What was claimed beside what was seen, with how each was checked and what had to be reached for it to count. */
export function claimsTable(claims: readonly JudgedClaim[]): Html {
  return html`<table class="claims stacked">
    <thead>
      <tr>
        <th scope="col">Claim</th>
        <th scope="col">Verdict</th>
        <th scope="col" class="right">Expected</th>
        <th scope="col" class="right">Seen</th>
        <th scope="col">How it was checked</th>
      </tr>
    </thead>
    <tbody>
      ${claims.map(row)}
    </tbody>
  </table>`;
}

function row(claim: JudgedClaim): Html {
  const { id, sentence, verdict, how } = claim;
  const isClose = verdict.kind === "HOLDS" && verdict.isClose;
  return html`<tr id="claim-${id}">
    <td class="whole"><span class="id">${id}</span> ${sentence}${below(claim)}</td>
    <td>
      <span class="verdict ${verdict.kind}">${signed(verdict.kind)}</span
      >${isClose ? html` <span class="verdict close">close</span>` : nothing}
    </td>
    <td class="number right"><span class="label">expected </span>${expected(claim)}</td>
    <td class="number right"><span class="label">seen </span>${seen(claim)} ${among(claim)}</td>
    <td class="whole">${how} ${guardNames(claim.guards)}</td>
  </tr> `;
}

function below({ id, verdict }: JudgedClaim): Html {
  if (verdict.kind === "UNKNOWN") return html`<p class="cause">Cause: ${verdict.cause}</p>`;
  if (verdict.kind === "FALSIFIED" && verdict.witness.length > 0)
    return html`<p class="muted"><a href="#witness-${id}">What broke it</a></p>`;
  return nothing;
}

function among({ verdict }: JudgedClaim): Html {
  return verdict.kind === "UNKNOWN" ? nothing : html`<span class="among">n = ${formatNumber(verdict.n)}</span>`;
}

function guardNames(guards: readonly JudgedGuard[]): Html {
  if (guards.length === 0) return nothing;
  const names = guards.map((guard) => `${signOf(guard)} ${guard.id}`).join(", ");
  return html`<p class="muted">guards: ${names}</p>`;
}

function signOf({ reached, min }: JudgedGuard): string {
  if (reached === null) return "?";
  return reached >= min ? "✓" : "✗";
}

/** Each guard once, with its number and the claims that hang on it. */
export function guardsTable(claims: readonly JudgedClaim[]): Html {
  const guards = new Map<string, { readonly guard: JudgedGuard; readonly claims: string[] }>();
  for (const { id, guards: own } of claims) {
    for (const guard of own) {
      const key = JSON.stringify(guard);
      const entry = guards.get(key) ?? { guard, claims: [] };
      entry.claims.push(id);
      guards.set(key, entry);
    }
  }
  if (guards.size === 0) return nothing;
  return html`<section>
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
        ${[...guards.values()].map(
          ({ guard, claims: ids }) =>
            html`<tr>
              <td class="whole"><code class="guard">${guard.id}</code> ${guard.sentence}</td>
              <td class="number right"><span class="label">at least </span>${formatNumber(guard.min)}</td>
              <td class="number right"><span class="label">reached </span>${reachedText(guard)}</td>
              <td><span class="label">for </span>${ids.join(", ")}</td>
            </tr> `,
        )}
      </tbody>
    </table>
  </section>`;
}

/** `✓ 12`, `✗ 0`, `? not looked at` */
export function reachedText(guard: JudgedGuard): string {
  return `${signOf(guard)} ${guard.reached === null ? "not looked at" : formatNumber(guard.reached)}`;
}

/** The witness of each broken claim, as a short story. */
export function witnesses(claims: readonly JudgedClaim[]): Html {
  const told = claims.flatMap(({ id, sentence, verdict }) =>
    verdict.kind === "FALSIFIED" && verdict.witness.length > 0
      ? [
          html`<h3 id="witness-${id}">${id} ${sentence}</h3>
            <ol class="witness">
              ${verdict.witness.map((line) => html`<li>${line}</li>`)}
            </ol>`,
        ]
      : [],
  );
  return told.length === 0
    ? nothing
    : html`<section>
        <h2>What broke</h2>
        ${told}
      </section>`;
}
