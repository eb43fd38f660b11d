import type { Engine } from "./engine-api.ts";
import { look, order } from "./engine-api.ts";

/** On every container and network of a set. */
export const setLabel = "weir.set";

interface Listed {
  readonly Id: string;
  readonly State?: string;
}

/** What the engine still has of a set. */
export async function membersOfSet(
  engine: Engine,
  set: string,
): Promise<{ readonly containers: readonly Listed[]; readonly networks: readonly Listed[] }> {
  const filters = encodeURIComponent(JSON.stringify({ label: [`${setLabel}=${set}`] }));
  const containers = (await look<Listed[]>(engine, `/containers/json?all=1&filters=${filters}`)) ?? [];
  const networks = (await look<Listed[]>(engine, `/networks?filters=${filters}`)) ?? [];
  return { containers, networks };
}

/** Kills and removes a set's containers with their volumes, then its network. Nothing happens where they are gone. */
export async function removeSet(engine: Engine, set: string): Promise<void> {
  const { containers, networks } = await membersOfSet(engine, set);
  await Promise.all(containers.map((container) => removeContainer(engine, container)));
  for (const { Id } of networks) await order(engine, `/networks/${Id}`, { method: "DELETE", allow: [404] });
}

/** 404: gone; 409: its removal is under way already. */
export async function removeContainer(engine: Engine, { Id, State }: Listed): Promise<void> {
  // Older engines refuse to kill what is paused.
  if (State === "paused") await order(engine, `/containers/${Id}/unpause`, { allow: [404, 409, 500] });
  await order(engine, `/containers/${Id}?force=1&v=1`, { method: "DELETE", allow: [404, 409] });
}
