import type { Series } from "../result.ts";
import { html, nothing, type Html } from "./html.ts";
import { formatNumber } from "./wording.ts";

/** More rows than this make a page slow; `series.csv` beside it has them all. */
const rowsMax = 500;

/** The numbers behind the charts. A look that is missing stays empty. */
export function dataTable(series: readonly Series[]): Html {
  const columns = series.map(({ points }) => new Map(points));
  const times = [...new Set(series.flatMap(({ points }) => points.map(([seconds]) => seconds)))].toSorted(
    (a, b) => a - b,
  );
  if (times.length === 0) return nothing;
  const step = Math.ceil(times.length / rowsMax);
  const kept = times.filter((_, index) => index % step === 0 || index === times.length - 1);
  return html`<details>
    <summary>Data for these charts (table of ${kept.length} rows)</summary>
    ${step > 1 ? html`<p class="muted">Every ${step}. of ${times.length} looks; all are in series.csv.</p>` : nothing}
    <div class="scroll" role="region" aria-label="Data for these charts" tabindex="0">
      <table>
        <thead>
          <tr>
            <th scope="col" class="right">s</th>
            ${series.map(({ title, unit }) => html`<th scope="col" class="right">${unit === "" ? title : `${title}, ${unit}`}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${kept.map(
            (seconds) =>
              html`<tr>
                <td class="number right">${seconds.toFixed(2)}</td>
                ${columns.map((column) => cell(column.get(seconds)))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}

function cell(value: number | null | undefined): Html {
  return html`<td class="number right">${value === null || value === undefined ? "–" : formatNumber(value)}</td>`;
}
