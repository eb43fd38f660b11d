import { createReadStream } from "node:fs";
import { request } from "node:http";
import type { Readable } from "node:stream";
import { servicesErrors } from "../services-errors.ts";

const ANSWER_MS = 30_000;

/** A container engine's socket on this machine. */
export interface Engine {
  readonly socketPath: string;
}

export interface CallOptions {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Sent as JSON. */
  readonly body?: unknown;
  /** A tar that is sent instead. */
  readonly file?: string;
  /** How long the engine may be silent. Default 30,000; a stop or a pull needs more. */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * One call of the engine's API, by its socket. The versions that we need (1.24 and later) answer alike.
 *
 * @throws Node's error where nobody listens, or where the engine is silent for too long
 */
export function call({ socketPath }: Engine, path: string, options: CallOptions = {}): Promise<Answer> {
  const { method = "GET", body, file, timeoutMs = ANSWER_MS } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const content = file === undefined ? "application/json" : "application/x-tar";
  const headers = { host: "engine", ...(body === undefined && file === undefined ? {} : { "content-type": content }) };
  const asked = request({ socketPath, path, method, headers, timeout: timeoutMs }, (response) => {
    textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
  });
  asked.once("timeout", () => asked.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })));
  asked.once("error", reject);
  if (file === undefined) asked.end(body === undefined ? undefined : JSON.stringify(body));
  else createReadStream(file).once("error", reject).pipe(asked);
  return promise;
}

/** The same for calls that must succeed. `allow` lists further codes that mean it is so already. */
export async function order(
  engine: Engine,
  path: string,
  options: CallOptions & { readonly allow?: readonly number[] } = {},
): Promise<string> {
  const { status, text } = await call(engine, path, { method: "POST", ...options });
  if (status < 300 || options.allow?.includes(status) === true) return text;
  throw servicesErrors.engineRefused(`${options.method ?? "POST"} ${path.split("?")[0] ?? ""}: ${sentenceOf(text)}`);
}

/** The engine's JSON answer; undefined where it knows no such thing. */
export async function look<T>(engine: Engine, path: string): Promise<T | undefined> {
  const { status, text } = await call(engine, path);
  if (status === 404) return undefined;
  if (status >= 300) throw servicesErrors.engineRefused(`GET ${path.split("?")[0] ?? ""}: ${sentenceOf(text)}`);
  return JSON.parse(text) as T;
}

async function textOf(stream: Readable): Promise<string> {
  stream.setEncoding("utf8");
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Refusals are `{ "message": … }`. */
export function sentenceOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.trim();
  }
}
