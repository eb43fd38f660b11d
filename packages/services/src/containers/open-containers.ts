import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { freePort, isFree } from "../free-port.ts";
import { imageName, type ImageSeen } from "../images.ts";
import { KAFKA_VERSION } from "../kafka-config.ts";
import { probeKafka, probePostgres } from "../probe.ts";
import { runsFolder } from "../run-record.ts";
import type { ServerControl } from "../server.ts";
import { servicesErrors } from "../services-errors.ts";
import { stateFolder } from "../state-folder.ts";
import type { ServiceName } from "../tier.ts";
import { type ContainerKeeper, openContainerKeeper } from "./container-keeper-client.ts";
import { createContainerServer } from "./container-server.ts";
import { type Engine, look } from "./engine-api.ts";
import { needImage } from "./pull-image.ts";

const PORT_TRIES = 3;
const USER = "weir";

export interface ContainersOptions {
  readonly engine: Engine;
  readonly want: readonly ServiceName[];
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

export interface ContainerPostgres extends ServerControl {
  readonly url: string;
  readonly version: string;
  readonly image: ImageSeen;
}

export interface ContainerKafka extends ServerControl {
  readonly brokers: readonly string[];
  readonly version: string;
  readonly image: ImageSeen;
}

export interface ContainerServers {
  readonly postgres?: ContainerPostgres;
  readonly kafka?: ContainerKafka;
  readonly end: () => Promise<void>;
}

interface Images {
  readonly postgres?: ImageSeen;
  readonly kafka?: ImageSeen;
}

/**
 * Starts what is wanted, side by side, with Testcontainers. All or nothing.
 *
 * @throws WeirError `no-image` before anything starts; `start-failed`, `engine-refused`, `interrupted`
 */
export async function openContainers(options: ContainersOptions): Promise<ContainerServers> {
  const found: Images = Object.fromEntries(
    await Promise.all(options.want.map(async (service) => [service, await imageOf(service, options)] as const)),
  );
  for (let tries = 1; ; tries += 1) {
    refuseIfAborted(options.signal);
    const ports = { postgres: await freePort(), kafka: await freePort() };
    try {
      return await openOn(ports, found, options);
    } catch (cause) {
      // A port that was free can be taken before the engine has it: then others.
      const free = await Promise.all(Object.values(ports).map(isFree));
      if (tries === PORT_TRIES || !free.includes(false)) throw cause;
    }
  }
}

const imageOf = (service: ServiceName, { engine, environment, report }: ContainersOptions): Promise<ImageSeen> =>
  needImage(engine, imageName(service, environment), report);

interface Ports {
  readonly postgres: number;
  readonly kafka: number;
}

async function openOn(ports: Ports, found: Images, options: ContainersOptions): Promise<ContainerServers> {
  const { engine, environment, signal } = options;
  const set = randomUUID();
  const password = randomBytes(18).toString("base64url");
  const plan = {
    set,
    socketPath: engine.socketPath,
    folder: join(runsFolder(stateFolder(environment)), set),
    ...(found.postgres && { postgres: { image: found.postgres.name, port: ports.postgres, user: USER, password } }),
    ...(found.kafka && { kafka: { image: found.kafka.name, port: ports.kafka } }),
  };
  const keeper = await openContainerKeeper(plan, environment);
  try {
    const url = `postgres://${USER}:${password}@127.0.0.1:${ports.postgres}/postgres`;
    const [postgres, kafka] = await Promise.all([
      found.postgres && readyPostgres({ engine, keeper, signal, url, image: found.postgres }),
      found.kafka && readyKafka({ engine, keeper, signal, port: ports.kafka, image: found.kafka }),
    ]);
    refuseIfAborted(signal);
    return { ...(postgres && { postgres }), ...(kafka && { kafka }), end: () => keeper.end() };
  } catch (cause) {
    await keeper.end();
    throw cause;
  }
}

interface Opened {
  readonly engine: Engine;
  readonly keeper: ContainerKeeper;
  readonly signal: AbortSignal | undefined;
  readonly image: ImageSeen;
}

async function readyPostgres(opened: Opened & { readonly url: string }): Promise<ContainerPostgres> {
  const { engine, keeper, signal, image, url } = opened;
  const id = keeper.opened.postgres ?? "";
  await refuseIfPublic(engine, id);
  const probe = (): Promise<string> => probePostgres(url);
  const { untilReady, ...control } = createContainerServer({ label: "Postgres", engine, id, signal, probe });
  await untilReady();
  return { ...control, url, image, version: await probePostgres(url) };
}

async function readyKafka(opened: Opened & { readonly port: number }): Promise<ContainerKafka> {
  const { engine, keeper, signal, image, port } = opened;
  const id = keeper.opened.kafka ?? "";
  await refuseIfPublic(engine, id);
  const brokers = [`127.0.0.1:${port}`];
  const probe = (): Promise<void> => probeKafka(brokers);
  const { untilReady, ...control } = createContainerServer({ label: "Kafka", engine, id, signal, probe });
  await untilReady();
  return { ...control, brokers, image, version: kafkaVersion(image) };
}

/** A broker does not tell its version to clients: an image of another name may hold any. */
const kafkaVersion = ({ name }: ImageSeen): string => (name.includes(KAFKA_VERSION) ? KAFKA_VERSION : "of its image");

interface Published {
  readonly HostIp: string;
}

/** Not every engine follows the network's option: what would be open to others is not used. */
async function refuseIfPublic(engine: Engine, id: string): Promise<void> {
  const seen = await look<{ NetworkSettings: { Ports: Readonly<Record<string, readonly Published[] | null>> } }>(
    engine,
    `/containers/${id}/json`,
  );
  const addresses = Object.values(seen?.NetworkSettings.Ports ?? {}).flatMap((published) => published ?? []);
  const open = addresses.find(({ HostIp }) => HostIp !== "127.0.0.1" && HostIp !== "::1");
  if (open !== undefined)
    throw servicesErrors.engineRefused(`it publishes on ${open.HostIp} what was asked for 127.0.0.1`);
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw servicesErrors.interrupted();
}
