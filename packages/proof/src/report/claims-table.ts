import type { JudgedClaim, JudgedGuard } from "../judge.ts";
import { html, nothing, type Html } from "./html.ts";
import { expected, formatNumber, guardSign, seen, signed } from "./wording.ts";

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

/** Their numbers stand in a table of their own: here only how many were reached, and by name those that were not. */
function guardNames(guards: readonly JudgedGuard[]): Html {
  const open = guards.filter((guard) => guardSign(guard) !== "✓");
  const names = open.map((guard) => `${guardSign(guard)} ${guard.id}`).join(", ");
  const reached = `${guards.length - open.length} of ${guards.length} guards reached`;
  return guards.length === 0 ? nothing : html`<p class="muted">${reached}${open.length === 0 ? "" : `; ${names}`}</p>`;
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
