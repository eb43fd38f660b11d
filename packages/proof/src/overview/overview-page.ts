import type { JudgedClaim } from "../judge.ts";
import { html, nothing, type Html } from "../report/html.ts";
import { shell } from "../report/shell.ts";
import { controlTally, ofCommit, signed, verdictSigns } from "../report/wording.ts";
import type { Overview, OverviewDrill, OverviewRow } from "./overview.ts";
import { seededWordings } from "./seeded-wordings.ts";

/** One page over all drills: what their last runs came to, and all that they leave open. */
export function renderOverviewHtml(overview: Overview): string {
  const { verdict, finding, drills } = overview;
  return shell(
    `${verdictSigns[verdict]} ${finding} · Weir proofs`,
    html`<main>
      <p class="muted eyebrow">Weir proofs · the last run of each kind</p>
      <h1>${finding}</h1>
      <div class="box ${verdict}">
        <strong>${signed(verdict)}</strong>
        <p>
          The worst of ${drills.length === 1 ? "one drill" : `${drills.length} drills`}, each judged by the worst claim
          of its solution’s last runs.
        </p>
      </div>
      ${drills.map(drillSection)} ${openSection(overview)} ${notShown(drills)}
    </main>`,
  );
}

function drillSection(drill: OverviewDrill): Html {
  return html`<section id="${drill.drill}">
    <h2>${drill.drill} <span class="verdict ${drill.verdict}">${signed(drill.verdict)}</span></h2>
    ${drill.rows.length === 0 ? nothing : rowsTable(drill.rows)}
    <p class="muted after">${controlsLine(drill)}</p>
    ${seededList(drill.rows)}
  </section>`;
}

function rowsTable(rows: readonly OverviewRow[]): Html {
  return html`<table class="stacked">
    <thead>
      <tr>
        <th scope="col">Run</th>
        <th scope="col">Verdict</th>
        <th scope="col">Claims</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(row)}
    </tbody>
  </table>`;
}

function row({ drill, run, told }: OverviewRow): Html {
  const { verdict, claims, finding, seed, environment, startedAt } = run.result;
  const report = `${encodeURIComponent(drill)}/${encodeURIComponent(run.id)}/report.html`;
  const commit =
    environment.commit === null ? "" : ` · commit ${environment.commit}${environment.isDirty ? ", changed" : ""}`;
  return html`<tr>
    <td class="whole">
      <a href="${report}">${told}</a>
      <p>${finding}</p>
      <p class="muted">${startedAt.slice(0, 16).replace("T", " ")} UTC · seed ${seed}${commit}</p>
    </td>
    <td><span class="verdict ${verdict}">${signed(verdict)}</span></td>
    <td class="whole chips">${claims.map((claim) => chip(claim, report))}</td>
  </tr> `;
}

function chip({ id, sentence, verdict }: JudgedClaim, report: string): Html {
  return html`<a class="verdict ${verdict.kind}" href="${report}#claim-${encodeURIComponent(id)}" title="${sentence}"
    >${verdictSigns[verdict.kind]} ${id}</a
  > `;
}

function controlsLine({ controls, areControlsCurrent }: OverviewDrill): string {
  if (controls === undefined) return "Controls not run: nothing here shows that its checks catch a mistake.";
  const other = areControlsCurrent ? "" : ", which is not the commit of the newest run";
  return `${controlTally(controls)} ${ofCommit(controls)}${other}.`;
}

function seededList(rows: readonly OverviewRow[]): Html {
  const told = seededWordings(rows);
  return told.length === 0
    ? nothing
    : html`<ul class="after">
        ${told.map((line) => html`<li>${line}</li>`)}
      </ul>`;
}

function openSection({ open }: Overview): Html {
  if (open.length === 0) return nothing;
  return html`<section>
    <h2>What is not known, and why</h2>
    <ul>
      ${open.map(({ drill, about, cause }) => html`<li><strong>${drill}</strong>, ${about}: ${cause}</li>`)}
    </ul>
  </section>`;
}

function notShown(drills: readonly OverviewDrill[]): Html {
  const telling = drills.filter((drill) => drill.notShown.length > 0);
  if (telling.length === 0) return nothing;
  return html`<section>
    <h2>What this does not show</h2>
    ${telling.map(
      (drill) =>
        html`<h3>${drill.drill}</h3>
          <ul>
            ${drill.notShown.map((sentence) => html`<li>${sentence}</li>`)}
          </ul>`,
    )}
  </section>`;
}
