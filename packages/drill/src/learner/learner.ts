// The learner's own code: their files, what failed in their last run, and the next hint.
export { failureStory } from "./failure-story.ts";
export { nextHint } from "./hint.ts";
export { readLastRun, rememberRun } from "./last-run.ts";
export type { LearnerState } from "./last-run.ts";
export { folderOf, openMine, resetMine, restoreMine } from "./mine.ts";
export type { Mine, OpenedMine } from "./mine.ts";
