import { controlsOf, isCaught, type Control, type Controls } from "../control.ts";
import type { JudgedClaim, JudgedGuard } from "../judge.ts";
import type { Result } from "../result.ts";
import { html, nothing, type Html } from "./html.ts";
import { effect, expected, formatNumber, guardSign, seen, signed } from "./wording.ts";

/** All that is to be known of each claim. One that did not hold lies open; the others open at a touch, and on paper. */
export function claimCards(result: Result): Html {
  if (result.claims.length === 0) return nothing;
  return html`<section>
    <h2>Claim by claim</h2>
    ${result.claims.map((claim) => card(claim, result))}
  </section>`;
}

function card(claim: JudgedClaim, result: Result): Html {
  const { id, sentence, verdict, how, guards } = claim;
  const opened = verdict.kind === "HOLDS" ? "" : " open";
  return html`<details class="card" id="card-${id}" ${opened}>
    <summary>
      <span class="id">${id}</span> ${sentence} <span class="verdict ${verdict.kind}">${signed(verdict.kind)}</span>
    </summary>
    <dl>
      ${entry("Expected", html`${expected(claim)}`)} ${entry("Seen", html`${seenWithEffect(claim)}`)}
      ${entry("Checked by", html`${how}`)} ${guards.length === 0 ? nothing : entry("Counts by", guardLinks(guards))}
      ${entry("Tried by", tried(id, result.controls))} ${pictures(claim, result)}
      ${entry("Judged on", html`tier ${result.tier}, seed ${result.seed}, one run`)}
      ${entry("Run again", html`<code>${result.rerun}</code>`)}
    </dl>
  </details> `;
}

function entry(name: string, value: Html): Html {
  return html`<div>
    <dt>${name}</dt>
    <dd>${value}</dd>
  </div> `;
}

function seenWithEffect(claim: JudgedClaim): string {
  if (claim.verdict.kind === "UNKNOWN") return `nothing that counts: ${claim.verdict.cause}`;
  return [seen(claim), `n = ${formatNumber(claim.verdict.n)}`, ...effect(claim)].join(" · ");
}

function guardLinks(guards: readonly JudgedGuard[]): Html {
  return html`<a href="#guards">guards</a> ${guards.map((guard) => `${guardSign(guard)} ${guard.id}`).join(", ")}`;
}

/** The mistakes that this claim must tell: without one, nothing shows that it can be broken. */
function tried(id: string, controls: Controls | undefined): Html {
  if (controls === undefined) return html`controls not run`;
  const own = controlsOf(id, controls).filter(({ falsifies }) => falsifies === id);
  if (own.length === 0) return html`no control: nothing here shows that this check can fail`;
  return html`<ul>
    ${own.map((control) => html`<li>${control.variant}: ${triedHow(control)}</li>`)}
  </ul>`;
}

function triedHow(control: Control): string {
  if (!isCaught(control)) return `✗ survived${control.cause === undefined ? "" : `, ${control.cause}`}`;
  return `✓ caught on tier ${control.tier}, by ${control.witness.length} ${control.witness.length === 1 ? "witness" : "witnesses"}`;
}

function pictures({ id, verdict }: JudgedClaim, { series, notShown }: Result): Html {
  const own = series.filter(({ claims }) => claims?.includes(id) === true);
  const links = [
    ...own.map((each) => html`<a href="#chart-${each.id}">${each.title}</a>`),
    ...(verdict.kind === "FALSIFIED" && verdict.witness.length > 0
      ? [html`<a href="#witness-${id}">what broke it</a>`]
      : []),
    ...(notShown.length > 0 ? [html`<a href="#not-shown">what this does not show</a>`] : []),
  ];
  if (links.length === 0) return nothing;
  return entry("See", html`${links.map((link, index) => (index === 0 ? link : html`, ${link}`))}`);
}
