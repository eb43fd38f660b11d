import { PassThrough } from "node:stream";
import { expect, it, vi } from "vitest";
import type { Frame } from "../drill.ts";
import { createScreen } from "./screen.ts";

/** A terminal as far as a board needs one: rows of text, a cursor, and the three things that are asked of it. */
class Terminal extends PassThrough {
  readonly isTTY = true;
  readonly columns = 60;
  readonly rows: string[] = [""];
  #row = 0;
  #column = 0;

  hasColors(): boolean {
    return false;
  }

  override write(chunk: unknown): boolean {
    let rest = String(chunk);
    while (rest !== "") {
      // oxlint-disable-next-line no-control-regex
      const control = /^\u001b\[(\d*)([A-Z])/.exec(rest);
      const taken = control?.[0] ?? rest[0] ?? "";
      rest = rest.slice(taken.length);
      if (control === null) this.#put(taken);
      else this.#obey(Number(control[1] || 1), control[2] ?? "");
    }
    return true;
  }

  #put(character: string): void {
    if (character === "\n") {
      this.#row += 1;
      this.#column = 0;
      this.rows[this.#row] ??= "";
      return;
    }
    const row = (this.rows[this.#row] ?? "").padEnd(this.#column);
    this.rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column += 1;
  }

  #obey(count: number, command: string): void {
    if (command === "G") this.#column = count - 1;
    if (command === "A") this.#row = Math.max(0, this.#row - count);
    if (command !== "J") return;
    this.rows[this.#row] = (this.rows[this.#row] ?? "").slice(0, this.#column);
    this.rows.length = this.#row + 1;
  }
}

const asStream = (terminal: PassThrough): NodeJS.WriteStream => terminal as unknown as NodeJS.WriteStream;
const frame = (text: string): Frame => ({ board: () => [`board ${text}`, "second line"], line: `line ${text}` });

function onTerminal(): { terminal: Terminal; screen: ReturnType<typeof createScreen> } {
  const terminal = new Terminal();
  return { terminal, screen: createScreen(asStream(terminal), { LANG: "C.UTF-8", TERM: "xterm" }) };
}

it("what is said stays, and the board stands below it once", () => {
  const { terminal, screen } = onTerminal();
  screen.say("first");
  screen.show(frame("1"));
  screen.say("second");
  screen.end();
  expect(terminal.rows).toEqual(["first", "second", "board 1", "second line", ""]);
});

it("a ^C that the terminal echoes leaves no trace and no second board", () => {
  const { terminal, screen } = onTerminal();
  screen.show(frame("1"));
  terminal.write("^C");
  screen.say("stopping");
  terminal.write("^C");
  screen.end();
  expect(terminal.rows).toEqual(["stopping", "board 1", "second line", ""]);
});

it("a board is drawn anew at most four times a second, and its last state stays", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const { terminal, screen } = onTerminal();
    for (let at = 0; at < 10; at += 1) {
      screen.show(frame(`${at}`));
      vi.advanceTimersByTime(30);
    }
    expect(terminal.rows[0]).toBe("board 9");
    screen.show(frame("last"));
    expect(terminal.rows[0]).toBe("board 9");
    screen.end();
    expect(terminal.rows).toEqual(["board last", "second line", ""]);
  } finally {
    vi.useRealTimers();
  }
});

it("elsewhere there are plain lines, one every few seconds, without a control character", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  try {
    const stream = new PassThrough();
    const screen = createScreen(asStream(stream), {});
    screen.say("said");
    for (let second = 0; second < 12; second += 1) {
      screen.show(frame(`${second}`));
      vi.advanceTimersByTime(1_000);
    }
    screen.end();
    expect(String(stream.read())).toBe("said\nline 5\nline 10\n");
  } finally {
    vi.useRealTimers();
  }
});
