import { onEvent, type PipelineEventName, type PipelineEvents } from "../events.ts";

/** Gathers the events of one name and one pipeline; stop it at the end of the test. */
export function eventLog<N extends PipelineEventName>(
  name: N,
  pipeline: string,
): { readonly events: PipelineEvents[N][]; readonly stop: () => void } {
  const events: PipelineEvents[N][] = [];
  const stop = onEvent(name, (event) => {
    if (event.pipeline === pipeline) events.push(event);
  });
  return { events, stop };
}
