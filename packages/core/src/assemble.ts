import { Batcher } from "./batcher.ts";
import type { Context } from "./context.ts";
import { publish } from "./events.ts";
import { Intake } from "./intake.ts";
import type { Envelope, Message } from "./message.ts";
import { trackOf, type OriginTrack } from "./origin-track.ts";
import { done } from "./outcome.ts";
import type { PipelineOptions, Settings } from "./pipeline-options.ts";
import { Processors } from "./processors.ts";
import { Settler } from "./settler.ts";
import type { Sink } from "./sink.ts";
import { Splitter } from "./splitter.ts";
import { Writer } from "./writer.ts";

/** The stages of one pipeline, each wired to the next. */
export interface Stages {
  readonly intake: Intake;
  readonly processors: Processors;
  readonly batcher: Batcher | null;
  readonly settler: Settler;
}

interface Parts {
  readonly context: Context;
  readonly options: PipelineOptions<never, never>;
  readonly settings: Settings;
}

/** Makes the stages from the last one to the first, since each hands on to the one behind it. */
export function assembleStages(parts: Parts): Stages {
  const { context, options, settings } = parts;
  const onFenced = (track: OriginTrack): void => fence(context, intake, track);
  const settler = new Settler(context, {
    sources: settings.sources,
    deadLetters: options.deadLetters,
    onSettled: (track) => intake.settled(track),
    onLost: (track) => intake.lose(track),
    onFenced,
  });
  const batcher = options.sink === undefined ? null : createBatcher(parts, options.sink, { settler, onFenced });
  const processors = createProcessors(parts, settler, batcher);
  if (batcher !== null) batcher.onRoom = () => processors.handOver();
  const { sources, demandMin, insideMax, windowMax, stallAlarmMs } = settings;
  const intake = new Intake(context, {
    sources,
    processors,
    demandMin,
    pullMax: insideMax,
    windowMax,
    stallAlarmMs,
    finish: settler.finish.bind(settler),
    onLost: (track) => {
      settler.forget(track);
      processors.abort(track);
      context.moved();
    },
  });
  // Nothing comes before the window has room, and it has none before these are written: to wait for more would be in vain.
  processors.onEmpty = () => {
    if (batcher !== null && batcher.open > 0 && intake.isHeldUp) batcher.flush("pressure");
  };
  return { intake, processors, batcher, settler };
}

interface Ends {
  readonly settler: Settler;
  onFenced(track: OriginTrack): void;
}

function createBatcher({ context, options, settings }: Parts, sink: Sink<never>, ends: Ends): Batcher {
  const writer = new Writer(context, {
    sink,
    finish: ends.settler.finish.bind(ends.settler),
    fenced: (message) => ends.onFenced(trackOf(message)),
  });
  const { concurrency } = settings.batch;
  const keyOf = options.batch?.keyOf as ((message: Message) => string) | undefined;
  const split = options.batch?.split;
  const shards = Array.from({ length: concurrency }, (_, i) => String(i));
  return new Batcher(context, {
    ...settings.batch,
    bytesOf: options.batch?.bytesOf as ((message: unknown) => number) | undefined,
    splitter: split && new Splitter(split),
    keyOf: (message: Envelope): string => {
      if (keyOf !== undefined) return keyOf(message);
      const shard = message.lane === -1 ? message.sequence : message.lane;
      return shards[shard % concurrency] as string;
    },
    write: (batch) => writer.write(batch),
  });
}

function createProcessors(
  { context, options, settings }: Parts,
  settler: Settler,
  batcher: Batcher | null,
): Processors {
  const finish = settler.finish.bind(settler);
  const next = (message: Envelope): boolean => {
    if (batcher !== null) return batcher.offer(message);
    finish(message, done());
    return true;
  };
  const { handle, onFailed } = options.process;
  const { concurrency, insideMax, deadlineMs } = settings;
  return new Processors(context, {
    concurrency,
    insideMax,
    deadlineMs,
    handle: handle as never,
    onFailed,
    next,
    finish,
  });
}

/** Somebody else has claimed the origin: the tenure is over, and its source learns why. */
function fence(context: Context, intake: Intake, track: OriginTrack): void {
  if (context.account.closed || track.lost) return;
  const { origin, inFlight, source } = track;
  context.account.fence(inFlight);
  const { id, epoch, fence: token = 0 } = origin;
  publish("fenced", { pipeline: context.pipeline, origin: id, epoch, fence: token, count: inFlight });
  intake.lose(track);
  source.fenced?.(origin);
}
