import { connect } from "node:net";
import { networkInterfaces } from "node:os";

const ANSWER_MS = 2_000;

/** For tests: `address:port` wherever this machine accepts connections at these ports on an address that others can reach. */
export async function reachableFromOutside(ports: readonly number[]): Promise<readonly string[]> {
  const interfaces = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  const hosts = interfaces
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
  const tried = hosts.flatMap((host) =>
    ports.map(async (port) => ((await accepts(host, port)) ? [`${host}:${port}`] : [])),
  );
  return (await Promise.all(tried)).flat();
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ANSWER_MS });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
