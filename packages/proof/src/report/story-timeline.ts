import type { Result, Story, StoryEvent } from "../result.ts";
import { html, nothing, type Html } from "./html.ts";
import { formatNumber, formatSeconds } from "./wording.ts";

/** A pause as long as this is told as one, so that the eye does not take it for the next step. */
const pauseMs = 1_000;

/** The way of single messages, step under step, with what passed between two of them. */
export function storyTimelines({ stories = [] }: Result): Html {
  if (stories.length === 0) return nothing;
  return html`<section>
    <h2>${stories.length === 1 ? "The way of one message" : "The ways of single messages"}</h2>
    ${stories.map(timeline)}
  </section>`;
}

function timeline({ title, events }: Story): Html {
  return html`<h3>${title}</h3>
    <ol class="story">
      ${events.map((event, index) => step(event, events[index - 1]))}
    </ol>`;
}

function step({ atMs, who, what }: StoryEvent, before: StoryEvent | undefined): Html {
  const sinceMs = before === undefined ? 0 : atMs - before.atMs;
  const isLater = sinceMs >= pauseMs;
  return html`${isLater ? html`<li class="pause">${formatSeconds(sinceMs / 1000)} later</li>` : nothing}
    <li>
      <span class="number at">${(atMs / 1000).toFixed(3)} s</span>
      <span class="number since">${before === undefined || isLater ? "" : `+${formatNumber(sinceMs)} ms`}</span>
      <strong>${who}</strong>
      <span class="what">${what}</span>
    </li> `;
}
