import { asWeirError } from "@weir/core";
import { findEngine } from "./containers/find-engine.ts";
import { type ContainerServers, type ContainersOptions, openContainers } from "./containers/open-containers.ts";
import { sweepSets } from "./containers/sweep-sets.ts";
import { type EmbeddedServers, openEmbedded } from "./embedded.ts";
import { openExternal } from "./external.ts";
import { type ImageSeen, imageText } from "./images.ts";
import { residentReach } from "./resident.ts";
import { sweepRuns } from "./run-record.ts";
import type { ServerControl } from "./server.ts";
import { servicesErrors } from "./services-errors.ts";
import { stateFolder } from "./state-folder.ts";
import { chooseTier, type ServiceName, type Tier, weakestTier } from "./tier.ts";

/** Only a server that this set started for itself can be stopped, killed or paused: those methods are absent elsewhere. */
export interface PostgresService extends Partial<ServerControl> {
  readonly tier: Tier;
  /** With the password in it: never for a log. */
  readonly url: string;
  readonly version: string;
  /** Present on the containers tier: what ran, exactly. */
  readonly image?: ImageSeen;
}

export interface KafkaService extends Partial<ServerControl> {
  readonly tier: Tier;
  /** `host:port`, PLAINTEXT. */
  readonly brokers: readonly string[];
  readonly version: string;
  /** Present on the containers tier: what ran, exactly. */
  readonly image?: ImageSeen;
}

export interface Services {
  /** The weakest tier of what was taken. */
  readonly tier: Tier;
  /** One line that says what was taken. */
  readonly summary: string;
  /** Present if it was wanted. */
  readonly postgres?: PostgresService;
  /** Present if it was wanted. */
  readonly kafka?: KafkaService;
  /** Ends what was started for this set, and only that. Resolves when no process and no folder is left; safe to repeat. */
  close(): Promise<void>;
}

export interface OpenServicesOptions {
  readonly want: readonly ServiceName[];
  /** SERVICES, DATABASE_URL, KAFKA_BROKERS, PATH, JAVA_HOME, WEIR_CACHE, WEIR_STATE. Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** Takes lines about what is going on. Default: nobody hears them. */
  readonly report?: (line: string) => void;
  /** Aborted: whatever has started ends, and the promise rejects with `interrupted`. */
  readonly signal?: AbortSignal;
  /** Never take the servers of `services up`: this set will be hurt, or must be empty. Default false. */
  readonly own?: boolean;
  /** How long an external service may take to answer, in ms. Default 10,000: lower refuses a slow one, higher delays the sentence. */
  readonly connectDeadlineMs?: number;
}

/**
 * Real servers, ready: external ones under SERVICES=external, else those of `services up`, else containers where an engine
 * has the images or can pull them, else embedded ones. Whatever was started ends with `close()`, with this process, or
 * when it is killed.
 *
 * @throws WeirError `unknown-tier`, `absent-tier`, `missing-address`, `access-refused`, `no-answer`, `missing-tools`, `download-failed`,
 * `no-image`, `engine-refused`, `start-failed`, `locked`, `interrupted`: exit code 2 (130 for the last)
 */
export async function openServices(options: OpenServicesOptions): Promise<Services> {
  const { want, environment = process.env, report = () => undefined, signal } = options;
  const { tier, advice } = chooseTier(want, environment);
  for (const line of advice) report(line);
  if (tier === "external") {
    const taken = await openExternal(want, environment, options);
    return told({ ...taken, tier, close: notOurs });
  }
  sweepRuns(stateFolder(environment));
  await sweepSets(stateFolder(environment));
  const set = { want, environment, report, signal };
  if (tier !== "containers") {
    const resident = options.own === true ? undefined : await residentReach(environment);
    if (resident !== undefined) {
      const taken = Object.fromEntries(want.map((name) => [name, resident[name]]));
      return told({ ...taken, tier: "embedded", asked: tier, whose: " of `services up`", close: notOurs });
    }
  }
  const contained = tier === "containers" || tier === "best" ? await tryContainers(set, tier) : undefined;
  if (contained !== undefined) return told({ ...contained, tier: "containers", close: onceOnly(contained.end) });
  const servers: EmbeddedServers = await openEmbedded(set);
  return told({ ...servers, tier: "embedded", asked: tier, close: onceOnly(() => servers.keeper.end()) });
}

type SetOptions = Omit<ContainersOptions, "engine">;

/** Undefined where there are none and nobody insists. A server that should have started and did not is an error for all. */
async function tryContainers(set: SetOptions, tier: "containers" | "best"): Promise<ContainerServers | undefined> {
  const engine = await findEngine(set.environment);
  if ("absent" in engine) {
    if (tier === "containers") throw servicesErrors.absentTier(tier, engine.absent);
    return undefined;
  }
  try {
    return await openContainers({ ...set, engine });
  } catch (cause) {
    if (tier === "containers" || asWeirError(cause).code !== "no-image") throw cause;
    set.report(`no containers: ${asWeirError(cause).message}`);
    return undefined;
  }
}

interface Taken {
  /** On what these servers run. */
  readonly tier: Exclude<Tier, "memory">;
  /** SERVICES=memory takes a real Postgres, and claims no more than its own weakest part. */
  readonly asked?: Tier | "best";
  readonly postgres?: Omit<PostgresService, "tier">;
  readonly kafka?: Omit<KafkaService, "tier">;
  /** Follows the tier in the summary. */
  readonly whose?: string;
  readonly close: () => Promise<void>;
}

function told({ tier, asked, postgres, kafka, whose = "", close }: Taken): Services {
  const on = ({ image }: { readonly image?: ImageSeen }): string =>
    image === undefined ? `(${tier}${whose})` : `(${tier}: ${imageText(image)})`;
  const parts = [
    ...(postgres === undefined ? [] : [`Postgres ${postgres.version} ${on(postgres)}`]),
    ...(kafka === undefined ? [] : [`Kafka ${kafka.version} ${on(kafka)}`]),
  ];
  return {
    tier: asked === "memory" ? "memory" : weakestTier([tier]),
    summary: parts.join(" · "),
    ...(postgres === undefined ? {} : { postgres: { ...postgres, tier } }),
    ...(kafka === undefined ? {} : { kafka: { ...kafka, tier } }),
    close,
  };
}

const notOurs = (): Promise<void> => Promise.resolve();

function onceOnly(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
