import { type EmbeddedServers, openEmbedded } from "./embedded.ts";
import { openExternal } from "./external.ts";
import { residentReach } from "./resident.ts";
import { sweepRuns } from "./run-record.ts";
import type { ServerControl } from "./server.ts";
import { stateFolder } from "./state-folder.ts";
import { chooseTier, type ServiceName, type Tier, weakestTier } from "./tier.ts";

/** Only a server that this set started for itself can be stopped, killed or paused: those methods are absent elsewhere. */
export interface PostgresService extends Partial<ServerControl> {
  readonly tier: Tier;
  /** With the password in it: never for a log. */
  readonly url: string;
  readonly version: string;
}

export interface KafkaService extends Partial<ServerControl> {
  readonly tier: Tier;
  /** `host:port`, PLAINTEXT. */
  readonly brokers: readonly string[];
  readonly version: string;
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
 * Real servers, ready: external ones under SERVICES=external, else those of `services up`, else embedded ones that end
 * with `close()`, with this process, or when it is killed.
 *
 * @throws WeirError `unknown-tier`, `absent-tier`, `missing-address`, `access-refused`, `no-answer`, `missing-tools`, `download-failed`,
 * `start-failed`, `locked`, `interrupted`: exit code 2 (130 for the last)
 */
export async function openServices(options: OpenServicesOptions): Promise<Services> {
  const { want, environment = process.env, report = () => undefined, signal } = options;
  const { tier, advice } = chooseTier(want, environment);
  for (const line of advice) report(line);
  if (tier === "external") {
    const taken = await openExternal(want, environment, options);
    return told({ ...taken, tier, whose: "", close: () => Promise.resolve() });
  }
  sweepRuns(stateFolder(environment));
  const resident = options.own === true ? undefined : await residentReach(environment);
  if (resident !== undefined) {
    const taken = Object.fromEntries(want.map((name) => [name, resident[name]]));
    return told({ ...taken, tier, whose: " of `services up`", close: () => Promise.resolve() });
  }
  const servers: EmbeddedServers = await openEmbedded({ want, environment, report, signal });
  return told({ ...servers, tier, whose: "", close: onceOnly(() => servers.keeper.end()) });
}

interface Taken {
  readonly tier: Tier;
  readonly postgres?: Omit<PostgresService, "tier">;
  readonly kafka?: Omit<KafkaService, "tier">;
  /** Follows the tier in the summary. */
  readonly whose: string;
  readonly close: () => Promise<void>;
}

function told({ tier, postgres, kafka, whose, close }: Taken): Services {
  const parts = [
    ...(postgres === undefined ? [] : [`Postgres ${postgres.version} (${tier}${whose})`]),
    ...(kafka === undefined ? [] : [`Kafka ${kafka.version} (${tier}${whose})`]),
  ];
  return {
    tier: weakestTier([tier]),
    summary: parts.join(" · "),
    ...(postgres === undefined ? {} : { postgres: { ...postgres, tier } }),
    ...(kafka === undefined ? {} : { kafka: { ...kafka, tier } }),
    close,
  };
}

function onceOnly(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}
