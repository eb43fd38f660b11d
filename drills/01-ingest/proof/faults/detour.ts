import { proxyKafka, proxyPostgres, type Faults, type Routes } from "@weir/services/faults";

export interface DetourOptions {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
}

/** One worker's way to its servers, through proxies that can be cut. */
export interface Detour extends DetourOptions {
  /** Where to connect for each address that a broker advertises. */
  readonly routes: Routes;
  readonly kafka: Faults;
  readonly postgres: Faults;
  close(): Promise<void>;
}

export async function openDetour(options: DetourOptions): Promise<Detour> {
  const kafka = await proxyKafka({ brokers: options.brokers });
  const postgres = await proxyPostgres({ url: options.databaseUrl });
  return {
    brokers: kafka.brokers,
    databaseUrl: postgres.url,
    routes: kafka.routes,
    kafka,
    postgres,
    close: async () => {
      await Promise.all([kafka.close(), postgres.close()]);
    },
  };
}
