import type { Mark, Result, Series } from "../result.ts";
import { drawChart, isDrawable, marginsFor, type ChartOptions } from "./chart.ts";
import { dataTable } from "./data-table.ts";
import { extentOf } from "./extent.ts";
import { html, nothing, type Html } from "./html.ts";
import { formatSeconds, withUnit } from "./wording.ts";

type Axis = Omit<ChartOptions, "series" | "color">;

/** Small multiples on one time axis, each with the marks shaded. */
export function panels({ series, marks }: Result): Html {
  const drawable = series.filter(isDrawable);
  if (series.length === 0) return nothing;
  const looks = drawable.flatMap(({ points }) => points.map(([seconds]) => seconds));
  // What was done to the run after the last look is to be seen too.
  const endS = extentOf([...looks, ...marks.map(({ toS }) => toS)]).most;
  return html`<section>
    <h2>What happened</h2>
    ${drawable.length === 0 ? nothing : axisNote(marks, endS)}
    <div class="panels">
      ${drawable.map((each, index) => panel(each, index, { marks, endS, margins: marginsFor(drawable) }))}
    </div>
    ${series.filter((each) => !isDrawable(each)).map(tooFew)} ${dataTable(series)}
  </section>`;
}

function axisNote(marks: readonly Mark[], endS: number): Html {
  const axis = html`<p class="muted">
    One time axis, 0 to
    ${formatSeconds(endS)}.${marks.length > 0 ? " What was done to the run is shaded and numbered on every panel:" : ""}
  </p>`;
  if (marks.length === 0) return axis;
  return html`${axis}
    <ul class="marks muted">
      ${marks.map((mark, index) => html`<li><span class="mark-number">${index + 1}</span>${told(mark)}</li>`)}
    </ul>`;
}

function panel(series: Series, index: number, axis: Axis): Html {
  const { title, unit, isToldByWorkers } = series;
  const color = `var(--series-${(index % 4) + 1})`;
  return html`<figure id="chart-${series.id}">
    <figcaption>
      <h3>${unit === "" ? title : `${title}, ${unit}`}</h3>
      ${isToldByWorkers === true ? html`<p class="muted">told by the workers: a picture, no evidence</p>` : nothing}
    </figcaption>
    <div role="img" aria-label="${describe(series, axis.marks)}">${drawChart({ series, color, ...axis })}</div>
  </figure> `;
}

/** What the picture shows, for whoever does not see it: first, last, highest, bound and what was done. */
function describe({ title, unit, points, bound, isToldByWorkers }: Series, marks: readonly Mark[]): string {
  const seen = points.flatMap(([seconds, value]) => (value === null ? [] : [{ seconds, value }]));
  const { most } = extentOf(seen.map(({ value }) => value));
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return title;
  return [
    `${title}: first ${withUnit(first.value, unit)} at ${formatSeconds(first.seconds)}, last ${withUnit(last.value, unit)} at ${formatSeconds(last.seconds)}, highest ${withUnit(most, unit)}`,
    ...(bound === undefined ? [] : [`bound ${withUnit(bound, unit)}`]),
    ...(isToldByWorkers === true ? ["told by the workers"] : []),
    ...marks.map(told),
  ].join("; ");
}

function told({ label, fromS, toS }: Mark): string {
  return toS > fromS
    ? `${label}, ${formatSeconds(fromS)} to ${formatSeconds(toS)}`
    : `${label}, at ${formatSeconds(fromS)}`;
}

function tooFew({ title, points }: Series): Html {
  const looks = points.filter(([, value]) => value !== null).length;
  return html`<p class="muted">
    ${title}: ${looks === 0 ? "never looked at" : "looked at once only"}, so there is no line to draw.
  </p>`;
}
