import { expect, it } from "vitest";
import { firstWord, numberAsTyped } from "./drill-options.ts";

it.each<[readonly string[], string | undefined]>([
  [["1", "--seed", "7"], "1"],
  [["--seed", "7", "ingest"], "ingest"],
  [["--json", "1"], "1"],
  [["--seed=7", "1"], "1"],
  [["check", "1"], "check"],
  [["--seed", "7"], undefined],
  [[], undefined],
])("the first word of %j, which is no option's value, is %s", (argv, word) => {
  expect(firstWord(argv)).toBe(word);
});

it("what is no number is handed on as it was typed, so that it can be refused by name", () => {
  expect(["5", "1e3", "abc", "", " ", "5k"].map(numberAsTyped)).toEqual([5, 1000, "abc", "", " ", "5k"]);
});
