import { expect, it } from "vitest";
import { benchText } from "./bench-text.ts";
import { judge, runBench } from "./run-bench.ts";

const inMemory = ["pipeline", "order", "timer-lag", "heap"];

it("measures each case in a process of its own and answers with one document", async () => {
  const document = await runBench({ sets: inMemory, size: "tiny" });
  expect(document.format).toBe("weir.bench/1");
  expect(new Set(document.cases.map(({ set }) => set))).toEqual(new Set(inMemory));
  const compared = document.cases.filter(({ set }) => set === "pipeline");
  expect(compared.map(({ name }) => name)).toEqual([1, 8].flatMap((c) => [1, 10, 100, 1000].map((d) => `${c} × ${d}`)));
  for (const { figures } of document.cases) {
    expect(figures.length).toBeGreaterThan(0);
    for (const { values, min, median, max } of figures) {
      expect(values.length).toBeGreaterThan(0);
      expect(values.every((value) => Number.isFinite(value))).toBe(true);
      expect(min).toBeLessThanOrEqual(median);
      expect(median).toBeLessThanOrEqual(max);
    }
  }
  expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  const text = benchText(document);
  for (const { set, name, figures } of document.cases) {
    for (const figure of figures) expect(text).toContain(`| ${figure.name} `);
    expect(text).toMatch(new RegExp(`\\| ${set} +\\| ${name} +\\|`));
  }
}, 60_000);

it("says which sets there are when it is asked for another", async () => {
  await expect(runBench({ sets: ["pipelines"] })).rejects.toMatchObject({
    code: "invalid-options",
    message: expect.stringContaining("there are: pipeline, order, timer-lag, heap, kafka-postgres, resume"),
  });
  await expect(runBench({ messages: 0.5 })).rejects.toMatchObject({ code: "invalid-options" });
});

it("ends a case that takes longer than its deadline", async () => {
  const options = { sets: ["heap"], size: "full", caseDeadlineMs: 1 } as const;
  await expect(runBench(options)).rejects.toMatchObject({ code: "overdue" });
});

it("ends the case at work when it is interrupted", async () => {
  const controller = new AbortController();
  const options = {
    sets: ["heap"],
    size: "full",
    signal: controller.signal,
    report: () => setImmediate(() => controller.abort()),
  } as const;
  await expect(runBench(options)).rejects.toMatchObject({ code: "interrupted" });
});

it("holds the median against the target, or the worst value where that counts", () => {
  const figure = { name: "speed", unit: "", values: [1, 2, 3] };
  expect(judge({ ...figure, target: { atLeast: 2 } }).isMet).toBe(true);
  expect(judge({ ...figure, target: { atLeast: 2.5 } }).isMet).toBe(false);
  expect(judge({ ...figure, target: { atMost: 2 } }).isMet).toBe(true);
  expect(judge({ ...figure, counts: "worst", target: { atMost: 2 } }).isMet).toBe(false);
  expect(judge({ ...figure, counts: "worst", target: { atLeast: 2 } }).isMet).toBe(false);
  expect(judge(figure)).not.toHaveProperty("isMet");
});
