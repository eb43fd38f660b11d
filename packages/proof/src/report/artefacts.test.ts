import { DOMParser } from "linkedom";
import { describe, expect, it } from "vitest";
import {
  controlsOfSample,
  falsified,
  holds,
  naiveControl,
  sampleClaim,
  sampleResult,
  unknown,
} from "../sample-result.ts";
import { renderJunit } from "./junit.ts";
import { renderSeriesCsv } from "./series-csv.ts";

interface Elements {
  readonly localName: string;
  readonly textContent: string;
  readonly children: Iterable<Elements>;
  querySelectorAll(selector: string): Iterable<Elements>;
  getAttribute(name: string): string | null;
}

describe("junit.xml", () => {
  const claims = [sampleClaim("I1", holds), sampleClaim("I2", falsified), sampleClaim("I3", unknown)];
  const survivor = {
    ...naiveControl,
    variant: "insert-only",
    falsifies: "I9",
    verdict: "HOLDS",
    caught: false,
  } as const;
  const controls = { ...controlsOfSample, controls: [...controlsOfSample.controls, survivor] };
  const text = renderJunit(sampleResult(claims, { controls }));
  const suites = [
    ...(new DOMParser().parseFromString(text, "text/xml") as unknown as Elements).querySelectorAll("testsuite"),
  ];
  const told = (suite: Elements | undefined): (string | null | undefined)[][] =>
    [...(suite?.querySelectorAll("testcase") ?? [])].map((each) => {
      const [child] = [...each.children];
      return [each.getAttribute("name"), child?.localName, child?.getAttribute("message")];
    });

  it("has a case for each claim: falsified is a failure, unknown an error, and none is skipped", () => {
    expect(told(suites[0])).toEqual([
      ["I1 Nothing is lost in I1", undefined, undefined],
      ["I2 Nothing is lost in I2", "failure", "FALSIFIED: expected = 0 messages, seen 2 messages"],
      ["I3 Nothing is lost in I3", "error", "UNKNOWN: not reached: a worker died (0, at least 1)"],
    ]);
    expect(["tests", "failures", "errors", "skipped"].map((name) => suites[0]?.getAttribute(name))).toEqual([
      "3",
      "1",
      "1",
      "0",
    ]);
    expect(suites[0]?.textContent).toContain("message 7 has no row\nso has 9");
  });

  it("has a case for each control, which fails if it survived", () => {
    expect(told(suites[1]).map(([name, kind]) => [name, kind])).toEqual([
      ["exercise: fails", undefined],
      ["solution: holds", undefined],
      ["commit-before-write: falsifies I1", undefined],
      ["insert-only: falsifies I1", "failure"],
    ]);
    expect(renderJunit(sampleResult(claims)).match(/<testsuite /g)).toHaveLength(1);
  });

  it("is XML whatever the texts hold", () => {
    const evil = `<x>&"'\u0000\uFFFF\uD800]]>`;
    const xml = renderJunit(sampleResult([{ ...sampleClaim("I1", falsified), sentence: evil }], { drill: evil }));
    expect(xml).not.toContain("<x>");
    for (const sign of ["\u0000", "\uFFFF"]) expect(xml).not.toContain(sign);
    expect(xml.isWellFormed()).toBe(true);
  });
});

describe("series.csv", () => {
  it("has every look, a missing one as an empty field, and quotes what needs it", () => {
    const points = [
      [0, 1.5],
      [0.25, null],
      [2, 0],
    ] as const;
    const series = [{ id: "lag", title: 'Lag, "all"', unit: "/s", points }];
    expect(renderSeriesCsv(series)).toBe(
      'series,title,unit,seconds,value\r\nlag,"Lag, ""all""",/s,0,1.5\r\nlag,"Lag, ""all""",/s,0.25,\r\nlag,"Lag, ""all""",/s,2,0\r\n',
    );
  });
});
