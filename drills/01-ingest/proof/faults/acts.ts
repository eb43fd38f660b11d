import type { FaultName } from "../facts.ts";
import type { Act, Hands } from "./act.ts";
import { createKill } from "./kill.ts";
import { createNone } from "./none.ts";
import { createPause } from "./pause.ts";
import { createRestart } from "./restart.ts";
import { createSplit } from "./split.ts";
import { createStorm } from "./storm.ts";

export const acts: Readonly<Record<FaultName, (hands: Hands) => Act>> = {
  kill: createKill,
  none: createNone,
  split: createSplit,
  pause: createPause,
  restart: createRestart,
  storm: createStorm,
};
