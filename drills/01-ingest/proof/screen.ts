import { clearScreenDown, moveCursor } from "node:readline";
import type { WriteStream } from "node:tty";
import { drawBoard, type BoardLook, type BoardState } from "./board.ts";

const redrawMs = 250;
const plainLineMs = 5_000;

/** Where the run is shown: a board that redraws itself on a terminal, plain lines elsewhere. Always on stderr. */
export interface Screen {
  /** Something happened: one line that stays. */
  say(line: string): void;
  show(state: BoardState): void;
  /** Leaves the last frame where it is. */
  end(): void;
}

export function createScreen(stream: NodeJS.WriteStream, environment: NodeJS.ProcessEnv): Screen {
  return stream.isTTY ? createBoard(stream, environment) : createLines(stream);
}

function createLines(stream: NodeJS.WriteStream): Screen {
  let lastMs = 0;
  return {
    say: (line) => void stream.write(`${line}\n`),
    show: (state) => {
      if (state.elapsedMs - lastMs < plainLineMs) return;
      lastMs = state.elapsedMs;
      const { published, written, total, rate, lag, inFlight } = state;
      const seconds = (state.elapsedMs / 1000).toFixed(0);
      stream.write(
        `${seconds} s: ${published} of ${total} published, ${written} in the table, ${rate}/s, lag ${lag}, in flight ${inFlight}\n`,
      );
    },
    end: () => {},
  };
}

function createBoard(stream: WriteStream, environment: NodeJS.ProcessEnv): Screen {
  let drawn = 0;
  let lastMs = -redrawMs;
  let last: BoardState | undefined;
  const erase = (): void => {
    if (drawn > 0) moveCursor(stream, 0, -drawn);
    clearScreenDown(stream);
    drawn = 0;
  };
  const draw = (state: BoardState): void => {
    const lines = drawBoard(state, lookOf(stream, environment));
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
    show: (state) => {
      last = state;
      if (state.elapsedMs - lastMs < redrawMs) return;
      lastMs = state.elapsedMs;
      draw(state);
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
