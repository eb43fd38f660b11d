import type { FromMember, ToMember } from "../topic/member-messages.ts";
import { RemoteSource } from "../topic/remote-source.ts";
import type { SourceOptions, TopicAccess } from "../topic/topic.ts";
import { topicDoors } from "./topic-doors.ts";

/** The topic in the judge's process; it sees itself what it hands out. */
export function memoryAccess(send: (message: FromMember) => void): {
  readonly access: TopicAccess;
  readonly hear: (message: ToMember) => void;
} {
  const members: RemoteSource[] = [];
  const open = ({ ownership }: SourceOptions = {}): RemoteSource => {
    const source = new RemoteSource({ member: members.length, send, ownership });
    members.push(source);
    return source;
  };
  return { access: topicDoors(open), hear: (message) => members[message.member]?.hear(message) };
}
