import { KAFKA_VERSION } from "./kafka-config.ts";
import type { ServiceName } from "./tier.ts";

export interface Image {
  /** The official image, version included: what compose.yaml and the containers tier run. */
  readonly official: string;
  /** Names another one that keeps the same promises: environment variables, port, place of the data. */
  readonly variable: string;
}

/** Every image that this project runs, in one place. */
export const images = {
  postgres: { official: "postgres:18", variable: "WEIR_POSTGRES_IMAGE" },
  kafka: { official: `apache/kafka:${KAFKA_VERSION}`, variable: "WEIR_KAFKA_IMAGE" },
} as const satisfies Record<ServiceName, Image>;

/** Those that only compose.yaml runs, each in a profile of its own. */
export const composeImages = {
  s3: "andrewgaul/s3proxy:4.1.0",
  prometheus: "prom/prometheus:v3.5.0",
  grafana: "grafana/grafana:12.4.0",
} as const;

/** The image that the environment asks for, else the official one. */
export function imageName(service: ServiceName, environment: NodeJS.ProcessEnv): string {
  const { official, variable } = images[service];
  const asked = environment[variable] ?? "";
  return asked === "" ? official : asked;
}

/** The label, on an image, of one that was built from the same binaries because the official one could not be had. */
export const builtHereLabel = "weir.built-here";

/** What ran, exactly. */
export interface ImageSeen {
  readonly name: string;
  /** The registry's digest where it came from one, else the image's own id: `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** Built on this machine: the official image was not tried. */
  readonly builtHere: boolean;
}

/** For the line that says on what something ran. */
export function imageText({ name, digest, builtHere }: ImageSeen): string {
  const short = digest.replace(/^(sha256:[0-9a-f]{12}).*$/, "$1");
  return `${name} ${short}${builtHere ? ", built here; the official image was not tried" : ""}`;
}
