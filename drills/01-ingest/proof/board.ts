import { styleText } from "node:util";
import type { BoardLook } from "@weir/drill";

/** What the board shows at one moment. Rates per second; the rest in messages unless it says otherwise. */
export interface BoardState {
  readonly elapsedMs: number;
  readonly seed: number;
  readonly total: number;
  readonly published: number;
  readonly written: number;
  readonly rate: number;
  readonly lag: number;
  readonly inFlight: number;
  readonly workers: readonly {
    readonly name: string;
    readonly state: string;
    readonly partitions: readonly number[];
  }[];
  readonly partitions: readonly { readonly partition: number; readonly committed: number; readonly high: number }[];
  readonly lagHistory: readonly number[];
}

const number = new Intl.NumberFormat("en-US");

/** The board as lines that fit `columns`; at 100, 80, 60 and 44 it shows less and less. */
export function drawBoard(state: BoardState, look: BoardLook): string[] {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    look.color ? styleText(format, text, { validateStream: false }) : text;
  const arrow = look.ascii ? "->" : "→";
  const head = `drill 1 ingest  t ${clockOf(state.elapsedMs)}  seed ${state.seed}`;
  const share = `${number.format(state.written)} of ${number.format(state.total)} in the table`;
  const flow = `lag ${number.format(state.lag)} ${arrow} in flight ${number.format(state.inFlight)} ${arrow} ${number.format(state.rate)}/s`;
  const lines = look.columns >= 80 ? [`${head}  ${share}`] : [head, share];
  lines.push(
    look.columns >= 60
      ? `${flow}  ${spark(state.lagHistory, look)}`
      : `lag ${number.format(state.lag)}  ${number.format(state.rate)}/s`,
  );
  for (const worker of state.workers) {
    const glyph = glyphOf(worker.state, look.ascii);
    const owned = worker.partitions.length === 0 ? "no partitions" : `partitions ${worker.partitions.join(" ")}`;
    const line = `${glyph} ${worker.name.padEnd(10)} ${worker.state.padEnd(8)}${look.columns >= 60 ? ` ${owned}` : ""}`;
    lines.push(worker.state === "killed" ? paint("red", line) : line);
  }
  if (look.columns >= 60) {
    const width = Math.max(...state.partitions.map(({ high }) => number.format(high).length), 3);
    const cell = ({ partition, committed, high }: BoardState["partitions"][number]): string =>
      `${partition}: ${number.format(committed).padStart(width)}/${number.format(high).padEnd(width)}`;
    lines.push(...wrap("committed ", state.partitions.map(cell), look.columns));
  }
  return lines.map((line) => (line.includes("\u001b") ? line : cut(line, look)));
}

/** The same in one line, for where there is no terminal. */
export function boardLine({ elapsedMs, published, written, total, rate, lag, inFlight }: BoardState): string {
  const seconds = (elapsedMs / 1000).toFixed(0);
  return `${seconds} s: ${published} of ${total} published, ${written} in the table, ${rate}/s, lag ${lag}, in flight ${inFlight}`;
}

function clockOf(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}

function glyphOf(state: string, ascii: boolean): string {
  const glyphs: Record<string, [string, string]> = {
    starting: ["…", "."],
    running: ["▶", ">"],
    killed: ["✗", "x"],
    ended: ["✓", "v"],
  };
  const [fine, plain] = glyphs[state] ?? ["?", "?"];
  return ascii ? plain : fine;
}

function spark(values: readonly number[], { columns, ascii }: BoardLook): string {
  const room = columns >= 100 ? 30 : 12;
  const shown = values.slice(-room);
  const top = Math.max(1, ...shown);
  const steps = ascii ? ["_", ".", "-", "=", "#"] : ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
  return shown.map((value) => steps[Math.round((value / top) * (steps.length - 1))]).join("");
}

function wrap(title: string, cells: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = title;
  for (const cell of cells) {
    if (line.length + cell.length + 2 > columns && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = " ".repeat(title.length);
    }
    line += `${cell}  `;
  }
  return [...lines, line.trimEnd()];
}

function cut(line: string, { columns, ascii }: BoardLook): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1)}${ascii ? "~" : "…"}`;
}
