import { clearScreenDown, cursorTo, moveCursor } from "node:readline";
import type { WriteStream } from "node:tty";
import type { BoardLook, Frame } from "../drill.ts";

const redrawMs = 250;
const plainLineMs = 5_000;

/** Where a run is shown: a board that redraws itself on a terminal, plain lines elsewhere. */
export interface Screen {
  /** Something happened: one line that stays. */
  say(line: string): void;
  show(frame: Frame): void;
  /** Leaves the last frame where it is. */
  end(): void;
}

export function createScreen(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  return stream.isTTY ? createBoard(stream, environment) : createLines(stream);
}

function createLines(stream: NodeJS.WriteStream): Screen {
  let lastMs = performance.now();
  return {
    say: (line) => void stream.write(`${line}\n`),
    show: ({ line }) => {
      if (performance.now() - lastMs < plainLineMs) return;
      lastMs = performance.now();
      stream.write(`${line}\n`);
    },
    end: () => {},
  };
}

function createBoard(stream: WriteStream, environment: NodeJS.ProcessEnv): Screen {
  let drawn = 0;
  let lastMs = -redrawMs;
  let last: Frame | undefined;
  const erase = (): void => {
    // A terminal echoes ^C where the cursor is: what is erased begins at the first column.
    cursorTo(stream, 0);
    if (drawn > 0) moveCursor(stream, 0, -drawn);
    clearScreenDown(stream);
    drawn = 0;
  };
  const draw = (frame: Frame): void => {
    const lines = frame.board(lookOf(stream, environment));
    erase();
    stream.write(`${lines.join("\n")}\n`);
    drawn = lines.length;
  };
  return {
    say: (line) => {
      erase();
      stream.write(`${line}\n`);
      if (last !== undefined) draw(last);
    },
    show: (frame) => {
      last = frame;
      if (performance.now() - lastMs < redrawMs) return;
      lastMs = performance.now();
      draw(frame);
    },
    end: () => {
      if (last !== undefined) draw(last);
      last = undefined;
      drawn = 0;
    },
  };
}

function lookOf(stream: WriteStream, environment: NodeJS.ProcessEnv): BoardLook {
  const locale = environment["LC_ALL"] ?? environment["LC_CTYPE"] ?? environment["LANG"] ?? "";
  const ascii = environment["TERM"] === "dumb" || !/utf-?8/i.test(locale);
  const color = environment["NO_COLOR"] === undefined && environment["TERM"] !== "dumb" && stream.hasColors();
  return { columns: stream.columns || 80, color, ascii };
}
