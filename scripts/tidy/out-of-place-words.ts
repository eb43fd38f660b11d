import type { Finding, Rule } from "./repository.ts";

interface OutOfPlace {
  readonly pattern: RegExp;
  readonly sentence: string;
}

const always: readonly OutOfPlace[] = [
  {
    pattern: /(?<![\w.@*})\]-])\/(?:Users|home|root|work|workspace)\/\w[^\s"'`)]*/g,
    sentence: "a path that only one machine has",
  },
  {
    pattern: /https?:\/\/(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+/g,
    sentence: "an address in somebody's private network",
  },
  {
    pattern: /https?:\/\/[\w.-]+\.(?:corp|internal|intranet|lan|local)\b/g,
    sentence: "a host in somebody's private network",
  },
  { pattern: /\b_auth(?:Token)?\s*=|-----BEGIN [A-Z ]*PRIVATE KEY-----/g, sentence: "a credential" },
];

export const outOfPlaceWords: Rule = {
  promise: "no file tells of the machine it was written on",
  check: (repository) => {
    const words = [...always, ...thisMachine(repository.root, process.env)];
    return repository.paths.flatMap((path) => findWords(path, repository.text(path) ?? "", words));
  },
};

/** What would give this machine away: where the checkout lies, and its registry and its proxy. */
export function thisMachine(root: string, environment: NodeJS.ProcessEnv): OutOfPlace[] {
  const urls = ["npm_config_registry", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];
  const hosts = urls
    .map((name) => environment[name] ?? "")
    .filter((url) => URL.canParse(url))
    .map((url) => new URL(url).hostname)
    .filter((host) => !["", "localhost", "127.0.0.1"].includes(host));
  const named = new Set([root, ...hosts]);
  return [...named].map((word) => ({
    pattern: new RegExp(word.replaceAll(/\W/g, "\\$&"), "g"),
    sentence: "a name that only this machine knows",
  }));
}

function findWords(path: string, text: string, words: readonly OutOfPlace[]): Finding[] {
  return words.flatMap(({ pattern, sentence }) =>
    [...text.matchAll(pattern)].map((match) => ({
      path,
      line: text.slice(0, match.index).split("\n").length,
      sentence: `${match[0]}: ${sentence}`,
    })),
  );
}
