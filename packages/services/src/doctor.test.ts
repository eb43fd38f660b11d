import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diagnose, diagnosisText } from "./doctor.ts";
import { fakeProgram, javaSaying } from "./testing/fake-program.ts";
import { type ScratchState, scratchState } from "./testing/scratch-state.ts";

let state: ScratchState;
let environment: NodeJS.ProcessEnv;
beforeEach(() => {
  state = scratchState();
  const path = join(state.folder, "bin");
  const noEngine = { DOCKER_HOST: `unix://${join(state.folder, "no-engine")}` };
  environment = { PATH: path, WEIR_STATE: state.folder, WEIR_CACHE: join(state.folder, "cache"), ...noEngine };
});
afterEach(() => state.remove());

describe("doctor", () => {
  it("says what is missing, and on the next line what mends it", async () => {
    const diagnosis = await diagnose(environment);
    expect(diagnosis).toMatchObject({ format: "weir.doctor/1", ready: false, tier: "none" });
    const lines = diagnosisText(diagnosis).split("\n");
    for (const name of ["Java", "Maven"]) {
      const at = lines.findIndex((line) => line.startsWith(`✗ ${name}`));
      expect(lines[at]).toContain("wanted");
      expect(lines[at + 1]).toMatch(/→ .*install/);
    }
  });

  it("is content with Java, Maven and what npm brings, whatever else is noted", async () => {
    fakeProgram(join(state.folder, "bin"), "java", javaSaying("21.0.2"));
    fakeProgram(join(state.folder, "bin"), "mvn", "exit 0");
    const diagnosis = await diagnose(environment);
    expect(diagnosis).toMatchObject({ ready: true, tier: "embedded" });
    expect(diagnosis.checks.filter(({ verdict }) => verdict === "missing")).toEqual([]);
  });

  it("is not content with a Java that is too old, nor with a mistyped tier", async () => {
    fakeProgram(join(state.folder, "bin"), "mvn", "exit 0");
    fakeProgram(join(state.folder, "bin"), "java", javaSaying("1.8.0_402"));
    const old = await diagnose(environment);
    expect(old.checks).toContainEqual(
      expect.objectContaining({ name: "Java", verdict: "missing", seen: expect.stringContaining("1.8.0") }),
    );
    const mistyped = await diagnose({ ...environment, SERVICES: "extern" });
    expect(mistyped.checks.at(-1)).toMatchObject({
      name: "Tier",
      verdict: "missing",
      seen: expect.stringContaining("extern"),
    });
  });
});
