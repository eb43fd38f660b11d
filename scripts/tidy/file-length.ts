import type { Rule } from "./repository.ts";

const linesMax = 250;
const testLinesMax = 400;

export const fileLength: Rule = {
  promise: `files end within ${linesMax} lines, tests within ${testLinesMax}`,
  check: (repository) =>
    repository.sources.flatMap((source) => {
      const limit = source.isTest ? testLinesMax : linesMax;
      if (source.lineCount <= limit) return [];
      const sentence = `${source.lineCount} lines, at most ${limit}: one idea per file`;
      return [{ path: source.path, line: limit + 1, sentence }];
    }),
};
