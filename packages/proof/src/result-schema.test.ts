import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import {
  close,
  controlsOfSample,
  falsified,
  holds,
  sampleClaim,
  sampleResult,
  sampleStory,
  unknown,
} from "./sample-result.ts";

type Schema = Readonly<Record<string, unknown>>;

const root = JSON.parse(await readFile(new URL("../result.schema.json", import.meta.url), "utf8")) as Schema;

/** As much of JSON Schema as the file uses: where a value does not fit, and why. */
function faults(value: unknown, schema: Schema, at = "result"): string[] {
  if (typeof schema["$ref"] === "string") return faults(value, definition(schema["$ref"]), at);
  if ("const" in schema) return value === schema["const"] ? [] : [`${at} is not ${String(schema["const"])}`];
  if (Array.isArray(schema["enum"])) return schema["enum"].includes(value) ? [] : [`${at} is none of its values`];
  if (Array.isArray(schema["oneOf"])) {
    const fitting = (schema["oneOf"] as Schema[]).filter((each) => faults(value, each, at).length === 0);
    return fitting.length === 1 ? [] : [`${at} fits ${fitting.length} of its shapes`];
  }
  const wanted = [schema["type"]].flat();
  if (!typesOf(value).some((type) => wanted.includes(type))) return [`${at} is ${typesOf(value).join(", ")}`];
  if (Array.isArray(value)) return itemFaults(value, schema, at);
  if (typeof value === "object" && value !== null) return propertyFaults(value as Schema, schema, at);
  const isShaped = typeof value !== "string" || new RegExp((schema["pattern"] ?? "") as string).test(value);
  const isEnough = typeof value !== "number" || value >= Number(schema["minimum"] ?? -Infinity);
  return isShaped && isEnough ? [] : [`${at} is out of its bounds`];
}

function definition(reference: string): Schema {
  const found = (root["$defs"] as Record<string, Schema>)[reference.replace("#/$defs/", "")];
  if (found === undefined) throw new Error(`the schema has no ${reference}`);
  return found;
}

function typesOf(value: unknown): string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  return Number.isInteger(value) ? ["integer", "number"] : [typeof value];
}

function itemFaults(value: readonly unknown[], schema: Schema, at: string): string[] {
  const first = (schema["prefixItems"] ?? []) as Schema[];
  return value.flatMap((each, index) => {
    const item = first[index] ?? (schema["items"] as Schema | undefined);
    return item === undefined ? [] : faults(each, item, `${at}[${index}]`);
  });
}

function propertyFaults(value: Schema, schema: Schema, at: string): string[] {
  const properties = (schema["properties"] ?? {}) as Record<string, Schema>;
  const others = schema["additionalProperties"];
  const missing = ((schema["required"] ?? []) as string[]).filter((name) => !(name in value));
  return [
    ...missing.map((name) => `${at} has no ${name}`),
    ...Object.entries(value).flatMap(([name, each]) => {
      const property = properties[name] ?? (typeof others === "object" ? (others as Schema) : undefined);
      return property === undefined ? [`${at} has an unknown ${name}`] : faults(each, property, `${at}.${name}`);
    }),
  ];
}

const result = sampleResult([
  sampleClaim("I1", holds),
  sampleClaim("Q1", close),
  sampleClaim("I2", falsified),
  { ...sampleClaim("I3", unknown), guards: [{ id: "died", sentence: "a worker died", min: 1, reached: null }] },
]);
const optional = { controls: controlsOfSample, stories: [sampleStory] };
const written = JSON.parse(JSON.stringify(result)) as Record<string, unknown>;

describe("the published schema", () => {
  it("fits every shape that a result takes", () => {
    expect(faults(written, root)).toEqual([]);
    const bare = sampleResult([], { figures: [], series: [], marks: [], notShown: [], parameters: {} });
    expect(faults(JSON.parse(JSON.stringify(bare)), root)).toEqual([]);
  });

  it("has a place for each field, and asks for each that is always there", () => {
    for (const name of Object.keys(written)) {
      const { [name]: _, ...others } = written;
      expect(faults(others, root)).toEqual([`result has no ${name}`]);
    }
    expect(faults({ ...written, ...optional }, root)).toEqual([]);
    expect(faults({ ...written, note: "x" }, root)).toEqual(["result has an unknown note"]);
  });

  it.each([
    ["verdict", "MAYBE"],
    ["schema", 2],
    ["startedAt", "24 Nov 2026"],
    ["wallMs", -1],
    ["claims", [{ ...result.claims[0], verdict: { kind: "HOLDS", cause: "x" } }]],
    ["series", [{ id: "lag", title: "Lag", unit: "", points: [["0", 1]] }]],
    ["controls", { ...controlsOfSample, ranAt: "today" }],
    ["controls", { ...controlsOfSample, controls: [{ ...controlsOfSample.controls[0], verdict: "MAYBE" }] }],
    ["stories", [{ ...sampleStory, events: [{ atMs: 1, who: "worker-1" }] }]],
    ["environment", { ...result.environment, cores: 0 }],
  ])("refuses a wrong %s", (name, value) => {
    expect(faults({ ...written, [name]: value }, root)).toHaveLength(1);
  });
});
