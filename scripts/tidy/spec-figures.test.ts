import { describe, expect, it } from "vitest";
import { compareFigures, renderFigures } from "./spec-figures.ts";

const spec = {
  spec: { messages: 50_000, killAtShare: 0.25, drainDeadlineMs: 1500, tier: "embedded" },
  other: { a: 1 },
};
const compare = (text: string): string[] => compareFigures("README.md", text, spec).map(({ sentence }) => sentence);

describe("figures of a drill", () => {
  it("are accepted as spec.ts has them", () => {
    const text =
      "Publishes <!-- spec:messages -->50,000<!-- /spec --> messages, kills at <!-- spec:killAtShare % -->25 %<!-- /spec -->, " +
      "waits <!-- spec:spec.drainDeadlineMs s -->1.5 s<!-- /spec --> on <!-- spec:tier -->embedded<!-- /spec -->, " +
      "<!-- spec:other.a -->1<!-- /spec -->";
    expect(compare(text)).toEqual([]);
  });

  it("are found where they differ, with both figures", () => {
    expect(compare("<!-- spec:messages -->40,000<!-- /spec -->")).toEqual([
      "messages is 50,000, the README says 40,000 (pnpm figures)",
    ]);
  });

  it("are found where spec.ts has no such name or no such way of writing it", () => {
    expect(compare("<!-- spec:gone.far -->1<!-- /spec --> <!-- spec:messages furlong -->1<!-- /spec -->")).toEqual([
      "spec.ts has no figure gone.far (pnpm figures)",
      "spec.ts has no figure messages (pnpm figures)",
    ]);
  });

  it("are found where a mark is left open", () => {
    expect(compare("<!-- spec:messages -->50,000")).toEqual(["a spec mark is not closed"]);
  });

  it("are written so that they compare equal", () => {
    const text = "<!-- spec:messages -->?<!-- /spec --> and <!-- spec:killAtShare % --><!-- /spec -->, $& stays";
    const rendered = renderFigures(text, spec);
    expect(rendered).toBe(
      "<!-- spec:messages -->50,000<!-- /spec --> and <!-- spec:killAtShare % -->25 %<!-- /spec -->, $& stays",
    );
    expect(compare(rendered)).toEqual([]);
  });
});
