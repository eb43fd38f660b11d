import type { Result } from "../result.ts";
import { claimCards } from "./claim-cards.ts";
import { claimsTable, witnesses } from "./claims-table.ts";
import { controlsSection } from "./controls-table.ts";
import { guardsTable } from "./guards-table.ts";
import { html, nothing, type Html } from "./html.ts";
import { panels } from "./panels.ts";
import { shell } from "./shell.ts";
import { storyTimelines } from "./story-timeline.ts";
import { circumstances, expected, formatSeconds, seen, signed, tally, verdictSigns } from "./wording.ts";

/** One page that opens from disk: no network, no script, nothing beside it. It says only what the result holds. */
export function renderHtml(result: Result): string {
  const { drill, variant, title, verdict, finding } = result;
  const head = `${verdictSigns[verdict]} ${finding} · ${drill}`;
  return shell(
    head,
    html`<main>
        <p class="muted eyebrow">Weir proof · ${drill} · ${title} · variant ${variant} · tier ${result.tier}</p>
        <h1>${finding}</h1>
        ${verdictBox(result)} ${figures(result)}
        <section>
          <h2>What was claimed, and what was seen</h2>
          ${claimsTable(result.claims)}
        </section>
        ${panels(result)} ${witnesses(result.claims)} ${storyTimelines(result)} ${controlsSection(result)}
        ${guardsTable(result.claims)} ${claimCards(result)} ${notShown(result.notShown)} ${runItYourself(result)}
      </main>
      ${footer(result)}`,
  );
}

function verdictBox(result: Result): Html {
  const { claims, verdict, tier, services, wallMs } = result;
  return html`<div class="box ${verdict}">
    <strong>${signed(verdict)}</strong>
    <p>
      ${tally(claims)} ${worst(result)} Judged on tier ${tier} (${services}), one run of
      ${formatSeconds(wallMs / 1000)}.
    </p>
  </div>`;
}

/** The claim that decides, in numbers; if all hold, those that came near their bound. */
function worst({ claims, verdict }: Result): string {
  const close = claims.filter((each) => each.verdict.kind === "HOLDS" && each.verdict.isClose).map(({ id }) => id);
  if (verdict === "HOLDS") return close.length === 0 ? "" : `Close to the bound: ${close.join(", ")}.`;
  const claim = claims.find((each) => each.verdict.kind === verdict);
  if (claim === undefined) return "";
  return claim.verdict.kind === "UNKNOWN"
    ? `${claim.id}: ${claim.verdict.cause}.`
    : `${claim.id}: expected ${expected(claim)}, seen ${seen(claim)}.`;
}

function figures({ figures: shown }: Result): Html {
  if (shown.length === 0) return nothing;
  return html`<dl class="figures">
    ${shown.map(
      ({ label, value, note }) =>
        html`<div>
          <dt>${label}</dt>
          <dd><span class="number">${value}</span>${note ?? ""}</dd>
        </div> `,
    )}
  </dl>`;
}

function notShown(sentences: readonly string[]): Html {
  if (sentences.length === 0) return nothing;
  return html`<section id="not-shown">
    <h2>What this does not show</h2>
    <ul>
      ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
  </section>`;
}

function runItYourself({ rerun, environment }: Result): Html {
  const { commit, isDirty } = environment;
  return html`<section>
    <h2>Run it yourself</h2>
    <pre>${commit === null ? "" : `git checkout ${commit}\n`}${rerun}</pre>
    ${isDirty ? html`<p class="muted">The run had changes that no commit holds: this commit alone may behave otherwise.</p>` : nothing}
  </section>`;
}

function footer(result: Result): Html {
  return html`<footer>
    <dl class="facts">
      ${circumstances(result).map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
    <p class="muted">Everything on this page stands in result.json beside it; the evidence is history.ndjson.</p>
  </footer>`;
}
