import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { drawBoard, type BoardState } from "./board.ts";

const state: BoardState = {
  elapsedMs: 83_000,
  seed: 2_147_483_647,
  total: 1_000_000,
  published: 900_000,
  written: 812_345,
  rate: 12_345,
  lag: 87_654,
  inFlight: 11_999,
  workers: [
    { name: "worker-1", state: "killed", partitions: [] },
    { name: "worker-2", state: "running", partitions: Array.from({ length: 32 }, (_, i) => i) },
    { name: "worker-3", state: "starting", partitions: [] },
  ],
  partitions: Array.from({ length: 6 }, (_, partition) => ({ partition, committed: 135_000, high: 150_000 })),
  lagHistory: Array.from({ length: 60 }, (_, i) => i * 100),
};

it.each([100, 80, 60, 44])(
  "fits a terminal of %i columns, in colour and without, with glyphs and in ASCII",
  (columns) => {
    for (const ascii of [false, true]) {
      const lines = drawBoard(state, { columns, color: false, ascii });
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(columns);
      if (ascii) expect(lines.join("")).toMatch(/^[\x20-\x7e]*$/);
      const painted = drawBoard(state, { columns, color: true, ascii }).map(stripVTControlCharacters);
      expect(painted).toEqual(lines);
    }
  },
);

it("says lag, rate and who was killed at every width", () => {
  for (const columns of [100, 80, 60, 44]) {
    const text = drawBoard(state, { columns, color: false, ascii: false }).join("\n");
    expect(text).toContain("87,654");
    expect(text).toContain("12,345/s");
    expect(text).toMatch(/✗ worker-1 +killed/);
  }
});

it("a terminal without partitions yet draws what there is", () => {
  const empty = { ...state, partitions: [], workers: [], lagHistory: [] };
  expect(drawBoard(empty, { columns: 80, color: false, ascii: false }).length).toBeGreaterThan(1);
});
