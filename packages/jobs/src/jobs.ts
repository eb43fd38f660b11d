export type JobState = "available" | "executing" | "done" | "dead" | "cancelled";
