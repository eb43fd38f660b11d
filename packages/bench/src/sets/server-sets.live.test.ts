import { describeLive } from "@weir/services/testing";
import { expect, it } from "vitest";
import { runBench } from "../run-bench.ts";

describeLive("the sets on real servers", () => {
  it("open servers of their own, and check that pipeline and loops wrote and committed everything", async () => {
    const { cases } = await runBench({ sets: ["kafka-postgres", "resume"], size: "tiny" });
    expect(cases.map(({ set, name }) => `${set} ${name}`)).toEqual([
      "kafka-postgres batches of 500",
      "kafka-postgres batches of 2000",
      "resume one partition",
    ]);
    const [first] = cases;
    const ours = ["pipeline", "pipeline by COPY"];
    const all = [...ours, ...[1, 3, 6].map((atOnce) => `eachBatch, ${atOnce} at once`)];
    expect(first?.figures.map(({ name }) => name)).toEqual([
      ...ours.flatMap((name) => [
        expect.stringMatching(new RegExp(String.raw`^${name} ÷ best loop \(eachBatch, \d at once\)$`)),
        `${name} ÷ best loop, by this process's CPU time`,
      ]),
      ...all,
      ...all.map((name) => expect.stringMatching(new RegExp(`^${name}: CPU for a record$`))),
    ]);
  }, 180_000);
});
