import { trusted } from "./html.ts";

const light = `
  --bg: #FBFAF7; --surface: #FFFFFF; --raise: #F2F0EA; --rule: #D8D4CA; --edge: #8A8578;
  --ink: #1B2024; --muted: #565E66; --accent: #0B5F7C;
  --holds: #00677D; --holds-tint: #DCEFF2; --note: #8C6200; --note-tint: #FBF0D4;
  --falsified: #8A1010; --falsified-tint: #F9E4E2; --unknown: #5B6470; --unknown-tint: #EBEDEF;
  --series-1: #2D6FB7; --series-2: #9C5B00; --series-3: #2B1B5A; --series-4: #7A2E1D; --fault: #8C620022;`;

const dark = `
  --bg: #12171B; --surface: #191F24; --raise: #222A30; --rule: #343E46; --edge: #71808B;
  --ink: #E8ECEE; --muted: #A3AEB7; --accent: #6CC3E0;
  --holds: #63DAD6; --holds-tint: #0E3434; --note: #FFD24D; --note-tint: #3A2E0C;
  --falsified: #FF8081; --falsified-tint: #451A1C; --unknown: #A9B4BE; --unknown-tint: #262D33;
  --series-1: #6C9CFF; --series-2: #F2CC3E; --series-3: #CF7F58; --series-4: #62EAE4; --fault: #FFD24D22;`;

const paper = `
  --bg: #FFFFFF; --surface: #FFFFFF; --raise: #FFFFFF; --rule: #BBBBBB; --edge: #666666; --ink: #000000; --muted: #333333;
  --accent: #000000; --holds-tint: #FFFFFF; --note-tint: #FFFFFF; --falsified-tint: #FFFFFF; --fault: #00000018;`;

const text = `
*, ::before, ::after { box-sizing: border-box; }
html { background: var(--bg); color: var(--ink); color-scheme: light dark; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 24px 20px 48px; max-width: calc(60rem + 40px); font: 16px/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1, h2, h3, p, ul, ol, dl, dd, pre, table, figure { margin: 0; }
h1 { max-width: 26ch; margin-bottom: 16px; font: 700 32px/1.18 "Palatino Linotype", Palatino, "Book Antiqua", "URW Palladio L", "DejaVu Serif", serif; text-wrap: balance; }
h2 { margin-bottom: 8px; font-size: 19px; line-height: 1.3; }
h3 { font-size: 15px; line-height: 1.35; }
section { margin-top: 32px; padding-top: 20px; border-top: 1px solid var(--rule); }
p, ul, ol { max-width: 68ch; }
ul, ol { padding-left: 20px; }
li + li { margin-top: 4px; }
a { color: var(--accent); text-underline-offset: 2px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre, .number { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-variant-numeric: tabular-nums; font-size: 0.875em; }
pre { padding: 12px 16px; border-radius: 3px; background: var(--raise); white-space: pre-wrap; overflow-wrap: anywhere; }
.eyebrow { max-width: none; }
.muted { color: var(--muted); font-size: 14px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }`;

const verdicts = `
.verdict { display: inline-block; padding: 1px 6px; border: 1px solid transparent; border-radius: 3px; font-size: 14px; font-weight: 700; line-height: 1.4; white-space: nowrap; }
.HOLDS { color: var(--holds); background: var(--holds-tint); }
.FALSIFIED { color: var(--falsified); background: var(--falsified-tint); border-color: var(--falsified); }
.UNKNOWN { color: var(--unknown); background: none; border-color: var(--unknown); border-style: dashed; }
.close { color: var(--note); background: var(--note-tint); }
.box { display: grid; grid-template-columns: auto 1fr; gap: 4px 20px; align-items: center; padding: 16px 20px; border: 2px solid var(--holds); border-radius: 0; }
.box p { color: var(--ink); }
.box strong { font-size: 20px; white-space: nowrap; }
.box.FALSIFIED { border-color: var(--falsified); border-left: 8px double var(--falsified); }
.box.UNKNOWN { border: 2px dashed var(--unknown); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 16px; margin-top: 20px; padding: 12px 0; border: solid var(--rule); border-width: 1px 0; }
.figures dt { color: var(--muted); font-size: 14px; }
.figures dd { font-size: 14px; color: var(--muted); }
.figures .number { margin-right: 8px; color: var(--ink); font-size: 21px; font-weight: 700; }`;

const tables = `
table { width: 100%; border-collapse: collapse; font-size: 15px; line-height: 1.45; }
th, td { padding: 8px 16px 8px 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; }
th { color: var(--muted); font-size: 14px; font-weight: 400; white-space: nowrap; }
h3 + .witness { margin-top: 8px; }
th:last-child, td:last-child { padding-right: 0; }
tbody th { color: var(--ink); font-size: inherit; }
.right { text-align: right; }
td.number { white-space: nowrap; }
.claims .number { font-size: 14px; }
.id { margin-right: 4px; font-weight: 700; }
.cause { margin-top: 4px; padding-left: 8px; border-left: 2px dashed var(--unknown); font-size: 14px; }
.witness { padding-left: 32px; }
.witness + h3 { margin-top: 16px; }
.among { display: block; color: var(--muted); }
.guard { margin-right: 4px; font-weight: 700; }
.label { display: none; color: var(--muted); font-family: system-ui, sans-serif; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 28px 32px; align-items: end; margin: 20px 0; }
.panels figure { max-width: 26rem; }
.panels svg { display: block; width: 100%; height: auto; }
.marks { margin-top: 8px; list-style: none; padding: 0; }
.mark-number { display: inline-block; min-width: 20px; margin-right: 6px; background: var(--fault); color: var(--note); text-align: center; font-weight: 700; }
details { margin-top: 20px; }
summary { cursor: pointer; }
.scroll { max-height: 24rem; margin-top: 8px; overflow: auto; }
.scroll table { width: auto; font-size: 14px; }
.scroll th { position: sticky; top: 0; background: var(--bg); }
.CRASHED { color: var(--ink); border-color: var(--edge); }
.kind { color: var(--muted); font-size: 14px; }
.controls td p, .controls td .cause { max-width: 52ch; }
.card { margin-top: 0; border-bottom: 1px solid var(--rule); }
.card summary { padding: 8px 0; }
.card dl { padding: 0 0 16px 20px; font-size: 15px; }
.card dl > div { display: grid; grid-template-columns: 8rem minmax(0, 1fr); gap: 2px 16px; padding: 2px 0; }
.card dt { color: var(--muted); font-size: 14px; }
.card ul { padding-left: 16px; }
.card ul, .card dd { max-width: 68ch; }
.story { list-style: none; padding: 0; margin-top: 8px; max-width: none; font-size: 15px; }
.story + h3 { margin-top: 24px; }
.story li { position: relative; display: grid; grid-template-columns: 5.5rem 5rem 7rem minmax(0, 1fr); gap: 0 12px; padding: 4px 0 4px 24px; margin: 0; }
.story li::before { content: ""; position: absolute; left: 5px; top: 0; bottom: 0; border-left: 2px solid var(--edge); }
.story li:first-child::before { top: 14px; }
.story li:last-child::before { bottom: calc(100% - 14px); }
.story li:not(.pause)::after { content: ""; position: absolute; left: 0; top: 10px; width: 12px; height: 12px; border: 2px solid var(--ink); border-radius: 50%; background: var(--bg); }
.story .pause { display: block; color: var(--muted); font-size: 14px; padding: 8px 0 8px 24px; }
.story .pause::before { border-left-style: dotted; }
.story .number { line-height: 1.7; white-space: nowrap; }
.since { color: var(--muted); text-align: right; }
.chips { line-height: 1.9; }
.chips .verdict { text-decoration: none; }
h2 .verdict { vertical-align: 2px; }
.after { margin-top: 8px; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 24px; font-size: 14px; }
.facts div { display: flex; gap: 8px; }
.facts dt { color: var(--muted); white-space: nowrap; }
.facts + p, pre + p { margin-top: 8px; }
footer { margin-top: 32px; padding-top: 20px; border-top: 1px solid var(--rule); }`;

/** Room enough that what is claimed need not be the narrowest of the columns. */
const desk = `
.claims td:first-child { min-width: 18rem; }`;

/** Rows become blocks: one reads down, never sideways. */
const narrow = `
.stacked thead { display: none; }
.stacked, .stacked tbody { display: block; }
.stacked tr { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 12px 0; border-bottom: 1px solid var(--rule); }
.stacked th, .stacked td { padding: 0; border: 0; text-align: left; }
.stacked .whole { flex: 1 0 100%; max-width: 100%; }
.stacked .among { display: inline; margin-left: 8px; }
.label { display: inline; margin-right: 4px; font-size: 13px; }`;

const phone = `
body { padding: 16px 16px 32px; }
h1 { font-size: 25px; }
.box { grid-template-columns: 1fr; padding: 12px 16px; }
.figures { grid-template-columns: 1fr 1fr; }
.card dl { padding-left: 0; }
.card dl > div { grid-template-columns: 1fr; padding: 4px 0; }
.story li { grid-template-columns: auto auto 1fr; }
.story .what { grid-column: 1 / -1; }`;

const print = `
html { color-scheme: light; }
body { max-width: none; padding: 0; font-size: 11pt; }
table, .verdict, .claims .number { font-size: 9pt; }
.muted, .cause, .kind, th { font-size: 8.5pt; }
th, td { padding-right: 10px; }
.claims td:first-child { width: 30%; }
.controls td:first-child { width: 45%; }
.panels { grid-template-columns: 1fr 1fr; }
section > h2, section > p { break-after: avoid; }
tr, figure, .box, .figures, .witness, pre { break-inside: avoid; }
details:not([open]):not(.card) { display: none; }
.card::details-content { display: block; block-size: auto; content-visibility: visible; }
.card { break-inside: avoid; }`;

/** Everything that the page needs to look as it does: no file, no font, no address beside it. */
export const style = trusted(
  [
    `:root {${light}\n}`,
    `@media (prefers-color-scheme: dark) { :root {${dark}\n} }`,
    `@media print { :root {${light}${paper}\n} }`,
    text,
    verdicts,
    tables,
    `@media screen and (min-width: 60rem) {${desk}\n}`,
    `@media screen and (max-width: 59.99rem) {${narrow}\n}`,
    `@media screen and (max-width: 40rem) {${phone}\n}`,
    `@media print {${print}\n}`,
  ].join("\n"),
);
