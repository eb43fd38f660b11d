import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { look } from "../containers/engine-api.ts";
import { membersOfSet } from "../containers/container-set.ts";
import { membersOf, type ScratchState, stillRunning } from "./scratch-state.ts";

const GONE_DEADLINE_MS = 20_000;
const POLL_MS = 50;

/** For tests: what a set consists of outside this process. */
export interface Traces {
  readonly count: number;
  /** Waits until nothing of it is there; answers with what still is after a deadline. */
  left(): Promise<readonly unknown[]>;
}

export type TierTraces = (state: ScratchState) => Promise<Traces>;

/** Processes and folders of the first set on record. */
export const embeddedTraces: TierTraces = (state) => {
  const [record] = state.records();
  if (record === undefined) throw new Error("no set is on record");
  const members = membersOf(record);
  const left = async (): Promise<readonly unknown[]> => [
    ...(await stillRunning(members)),
    ...record.folders.filter(existsSync),
  ];
  return Promise.resolve({ count: members.length, left });
};

interface Mounts {
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string }[];
}

/** Containers, their volumes, the network, the keeper and its folder. */
export const containerTraces: TierTraces = async (state) => {
  const [record] = state.records();
  const found = record?.containers;
  if (record === undefined || found === undefined) throw new Error("no set of containers is on record");
  const { containers, networks } = await membersOfSet(found, found.set);
  const inspected = await Promise.all(containers.map(({ Id }) => look<Mounts>(found, `/containers/${Id}/json`)));
  const volumes = inspected
    .flatMap((one) => one?.Mounts ?? [])
    .flatMap(({ Name }) => (Name === undefined ? [] : [Name]));
  const there = async (): Promise<readonly unknown[]> => {
    const now = await membersOfSet(found, found.set);
    const kept = await Promise.all(volumes.map((name) => look(found, `/volumes/${name}`)));
    return [...now.containers, ...now.networks, ...kept.filter((volume) => volume !== undefined)];
  };
  const left = async (): Promise<readonly unknown[]> => {
    const deadline = Date.now() + GONE_DEADLINE_MS;
    while ((await there()).length > 0 && Date.now() < deadline) await delay(POLL_MS);
    const others = [...(await stillRunning([record.keeper])), ...record.folders.filter(existsSync)];
    return [...(await there()), ...others];
  };
  return { count: containers.length + networks.length + volumes.length, left };
};
