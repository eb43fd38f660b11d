import type { Worker } from "@weir/drill";
import { spec } from "../../spec.ts";
import { allBut, shareOf, type Act, type Hands } from "./act.ts";

/** Workers join and leave, three at a time, all through the stream: at least as many joins and leaves as the spec says. */
export function createStorm(hands: Hands): Act {
  const { crew, say, record } = hands;
  let guests: readonly Worker[] = [];
  let events = 0;
  const tell = (event: "joined" | "left", worker: Worker): void => {
    events += 1;
    record({ kind: "fault", fault: "storm", event, worker: worker.name });
  };
  return {
    name: "storm",
    get publishShareMax() {
      return allBut(!this.isOver);
    },
    get isOver() {
      return events >= spec.stormEvents && guests.length === 0;
    },
    async step(sample) {
      if (shareOf(sample, hands) <= 0) return;
      const inGroup = (worker: Worker): boolean => sample.members.some((member) => member.worker === worker.name);
      if (guests.length === 0 && events < spec.stormEvents) {
        guests = Array.from({ length: spec.stormGuests }, () => crew.start());
        say(`${guests.map(({ name }) => name).join(", ")} join (${events} of ${spec.stormEvents})`);
      } else if (guests.length > 0 && guests.every(inGroup)) {
        for (const worker of guests) tell("joined", worker);
        const leaving = guests;
        await Promise.all(leaving.map((worker) => crew.leave(worker)));
        for (const worker of leaving) tell("left", worker);
        guests = [];
      }
    },
    heal: () => Promise.resolve(),
  };
}
