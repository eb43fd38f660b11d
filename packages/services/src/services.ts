// Where Postgres and Kafka come from, and how they end.
export { withoutPassword } from "./external.ts";
export {
  type KafkaService,
  openServices,
  type OpenServicesOptions,
  type PostgresService,
  type Services,
} from "./open-services.ts";
export { type Resident, servicesDown, servicesStatus, type ServicesStatus, servicesUp } from "./resident.ts";
export type { Reach } from "./run-record.ts";
export type { ServerControl } from "./server.ts";
export type { ServiceName, Tier } from "./tier.ts";
