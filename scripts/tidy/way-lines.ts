import { posix } from "node:path";
import type { Finding, PackageFolder, Repository, Rule } from "./repository.ts";

export const wayLines: Rule = {
  promise: 'each package\'s README has one line "A message\'s way: …" or "The way: …", and the files it names exist',
  check: (repository) =>
    repository.packages.filter(({ kind }) => kind === "package").flatMap((owner) => faultsOf(repository, owner)),
};

function faultsOf(repository: Repository, { folder }: PackageFolder): Finding[] {
  const path = `${folder}/README.md`;
  const lines = (repository.text(path) ?? "").split("\n");
  const ways = lines.filter((line) => /^(?:A message['’]s way|The way): /.test(line));
  const [way] = ways;
  if (way === undefined || ways.length > 1) {
    return [
      { path, line: 1, sentence: `has ${ways.length} lines that begin "A message's way: " or "The way: ", not one` },
    ];
  }
  const files = [...way.matchAll(/`([^`]+\.ts)`/g)].map((match) => match[1] ?? "");
  const line = lines.indexOf(way) + 1;
  if (files.length < 2) return [{ path, line, sentence: "the way names fewer than two files: `a.ts` → `b.ts`" }];
  return files
    .filter((file) => !["", "src"].some((base) => repository.has(posix.join(folder, base, file))))
    .map((file) => ({ path, line, sentence: `the way leads through ${file}, which does not exist` }));
}
