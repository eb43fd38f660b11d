import { isCaught, type Control, type Controls } from "../control.ts";
import type { Result } from "../result.ts";
import { html, nothing, type Html } from "./html.ts";
import { controlTally, ofCommit, signedControl } from "./wording.ts";

/** What was tried on the checks, and whether they could tell. Where that was not done, the page says so. */
export function controlsSection({ controls, environment }: Result): Html {
  if (controls === undefined) {
    return html`<section id="controls">
      <h2>Can the checks tell right from wrong?</h2>
      <p>Controls were not run for this commit, so this page does not show that the checks catch a mistake.</p>
    </section>`;
  }
  const isOther = environment.commit !== null && environment.commit !== controls.commit;
  return html`<section id="controls">
    <h2>Can the checks tell right from wrong?</h2>
    <p>
      ${controlTally(controls)} A mistake is caught only if the claim that it must break is falsified, with a witness: a
      crash is no catch.
    </p>
    ${table(controls)}
    <p class="muted after">${ofCommit(controls)}${isOther ? html`, which is not the commit of this run` : nothing}.</p>
  </section>`;
}

function table({ controls }: Controls): Html {
  return html`<table class="stacked controls">
    <thead>
      <tr>
        <th scope="col">Tried</th>
        <th scope="col">Must</th>
        <th scope="col">Judged</th>
        <th scope="col">As it must</th>
        <th scope="col">On</th>
      </tr>
    </thead>
    <tbody>
      ${controls.map(row)}
    </tbody>
  </table>`;
}

function row(control: Control): Html {
  const { variant, belief, expected, verdict, tier, fault } = control;
  const where = fault === undefined ? tier : `${tier}, ${fault}`;
  return html`<tr>
    <td class="whole">
      <strong>${variant}</strong> <span class="kind">${kinds[control.kind]}</span>
      <p class="muted">${belief}</p>
      ${because(control)}
    </td>
    <td><span class="label">must: </span>${musts[expected] ?? expected.replace("falsifies", "falsify")}</td>
    <td><span class="verdict ${verdict}">${signedControl(verdict)}</span></td>
    <td><span class="label">as it must: </span>${answer(control)}</td>
    <td><span class="label">on </span>${where}</td>
  </tr> `;
}

function answer(control: Control): string {
  const [yes, no] = control.kind === "naive" ? ["caught", "survived"] : ["yes", "no"];
  return isCaught(control) ? `✓ ${yes}` : `✗ ${no}`;
}

const musts: Readonly<Record<string, string>> = { holds: "hold", unknown: "be unknown", fails: "fail" };

const kinds: Readonly<Record<Control["kind"], string>> = {
  naive: "a mistake",
  right: "right in another way",
  stub: "not written yet",
  solution: "the solution",
  "empty-history": "no evidence",
  "truncated-history": "evidence cut off",
};

function because(control: Control): Html {
  const { witness, cause } = control;
  if (cause !== undefined && !isCaught(control)) return html`<p class="cause">${cause}</p>`;
  const [first] = witness;
  if (first === undefined) return nothing;
  const more = witness.length > 1 ? ` (and ${witness.length - 1} more)` : "";
  return html`<p class="muted">Witness: ${first}${more}</p>`;
}
