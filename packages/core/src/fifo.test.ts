import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Fifo } from "./fifo.ts";

it("gives back what it was given, in that order, while it grows and wraps around", () => {
  const steps = fc.array(fc.oneof(fc.nat({ max: 40 }), fc.constant("shift" as const)), { maxLength: 200 });
  fc.assert(
    fc.property(steps, (commands) => {
      const fifo = new Fifo<{ n: number }>();
      const model: { n: number }[] = [];
      for (const command of commands) {
        if (command === "shift") {
          expect(fifo.shift()).toBe(model.shift());
        } else {
          for (let n = 0; n < command; n += 1) {
            const item = { n };
            fifo.push(item);
            model.push(item);
          }
        }
        expect(fifo.size).toBe(model.length);
        expect(fifo.peek()).toBe(model[0]);
      }
    }),
  );
});
