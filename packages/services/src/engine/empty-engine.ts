import { type Engine, look, order } from "../containers/engine-api.ts";
import { removeContainer } from "../containers/container-set.ts";

interface Listed {
  readonly Id: string;
  readonly Name?: string;
  readonly State?: string;
}

const builtIn = ["bridge", "host", "none"];

/** Removes every container, network and volume of an engine that is ours alone: they would outlive its process. */
export async function emptyEngine(engine: Engine): Promise<void> {
  const containers = (await look<Listed[]>(engine, "/containers/json?all=1")) ?? [];
  await Promise.all(containers.map((container) => removeContainer(engine, container)));
  const networks = (await look<Listed[]>(engine, "/networks")) ?? [];
  for (const { Id } of networks.filter(({ Name = "" }) => !builtIn.includes(Name))) {
    await order(engine, `/networks/${Id}`, { method: "DELETE", allow: [404] });
  }
  const { Volumes = [] } = (await look<{ Volumes?: Listed[] | null }>(engine, "/volumes")) ?? {};
  for (const { Name = "" } of Volumes ?? []) {
    await order(engine, `/volumes/${Name}?force=1`, { method: "DELETE", allow: [404] });
  }
}
