import { WeirError, type Claim } from "@weir/core";
import { expect, it } from "vitest";
import { Claimer } from "./claimer.ts";
import { ManualClock } from "./manual-clock.ts";
import { Tenure } from "./tenures.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency" });
const broken = new WeirError("missing-table", "no such table", { kind: "programming" });
const claim: Claim = { fence: 7, position: null, decided: 41 };

/** A claimer whose claims a test answers, one by one. */
function create() {
  const clock = new ManualClock();
  const asked: { readonly id: string; readonly answer: PromiseWithResolvers<Claim> }[] = [];
  const told: string[] = [];
  const claimer = new Claimer({
    clock,
    ownership: {
      claim: (id) => {
        const answer = Promise.withResolvers<Claim>();
        asked.push({ id, answer });
        return answer.promise;
      },
      lookUp: () => Promise.resolve(new Set()),
    },
    onOwned: ({ origin }, { fence }, tries) => told.push(`${origin.id} owned under ${fence} after ${tries}`),
    onDelay: ({ origin }, { code }) => told.push(`${origin.id} delayed: ${code}`),
    onFailure: ({ code }) => told.push(`failed: ${code}`),
  });
  const tenures = [0, 1, 2].map((partition) => new Tenure({ topic: "orders", partition }, 1, false));
  return { clock, asked, told, claimer, tenures };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it("claims each tenure once, two at a time, and gives it its fence before it is owned", async () => {
  const { asked, told, claimer, tenures } = create();
  claimer.claimAll(tenures);
  claimer.claimAll(tenures);
  expect(asked.map(({ id }) => id)).toEqual(["orders/0", "orders/1"]);
  asked[0]?.answer.resolve(claim);
  await turn();
  expect(asked.map(({ id }) => id)).toEqual(["orders/0", "orders/1", "orders/2"]);
  expect(told).toEqual(["orders/0 owned under 7 after 1"]);
  expect(tenures[0]?.origin).toEqual({ id: "orders/0", epoch: 1, fence: 7, decided: 41 });
  claimer.claimAll(tenures);
  expect(asked.length).toBe(3);
});

it("tries again while the place where claims are kept is away, and says so once", async () => {
  const { clock, asked, told, claimer, tenures } = create();
  claimer.claimAll(tenures.slice(0, 1));
  for (const tries of [0, 1]) {
    asked[tries]?.answer.reject(gone);
    await turn();
    expect(asked.length).toBe(tries + 1);
    clock.advance(2_000);
    await turn();
  }
  asked[2]?.answer.resolve(claim);
  await turn();
  expect(told).toEqual(["orders/0 delayed: connection-lost", "orders/0 owned under 7 after 3"]);
});

it("a claim that answers after its tenure has ended changes nothing, and one that failed is not tried again", async () => {
  const { clock, asked, told, claimer, tenures } = create();
  claimer.claimAll(tenures.slice(0, 2));
  for (const tenure of tenures) tenure.isLost = true;
  asked[0]?.answer.resolve(claim);
  asked[1]?.answer.reject(gone);
  await turn();
  clock.advance(2_000);
  await turn();
  expect(asked.length).toBe(2);
  expect(tenures[0]?.isOwned).toBe(false);
  expect(told.filter((line) => line.includes("owned"))).toEqual([]);
});

it("an error that no further try can mend is a failure, and a stopped claimer says nothing more", async () => {
  const { asked, told, claimer, tenures } = create();
  claimer.claimAll(tenures.slice(0, 2));
  asked[0]?.answer.reject(broken);
  await turn();
  expect(told).toEqual(["failed: missing-table"]);
  claimer.stop();
  asked[1]?.answer.resolve(claim);
  await turn();
  expect(told.length).toBe(1);
  expect(tenures[1]?.isOwned).toBe(false);
});
