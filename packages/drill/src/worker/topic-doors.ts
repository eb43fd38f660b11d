import type { Source } from "@weir/core";
import { openTopicReader } from "../topic/topic-reader.ts";
import type { SourceOptions, TopicAccess, TopicRecord } from "../topic/topic.ts";

/** A worker's two ways to the topic, out of the one that there is. */
export const topicDoors = (openSource: (options?: SourceOptions) => Source<TopicRecord>): TopicAccess => ({
  openSource,
  openReader: () => openTopicReader(openSource()),
});
