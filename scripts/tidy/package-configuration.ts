import type { Finding, PackageFolder, Repository, Rule } from "./repository.ts";

const oneLine = '{ "extends": "../../tsconfig.base.json" }\n';

export const packageConfiguration: Rule = {
  promise: "no configuration is copied: one line of tsconfig per package, versions only in the catalog",
  check: (repository) =>
    repository.packages.flatMap((owner) => [...freeVersions(owner), ...ownSettings(repository, owner)]),
};

function freeVersions({ folder, manifest }: PackageFolder): Finding[] {
  const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  return versions
    .filter(([, version]) => version !== "catalog:" && !version.startsWith("workspace:"))
    .map(([name, version]) => ({
      path: folder === "" ? "package.json" : `${folder}/package.json`,
      line: 1,
      sentence: `${name} ${version}: write the version into the catalog of pnpm-workspace.yaml, and "catalog:" here`,
    }));
}

function ownSettings(repository: Repository, { folder, kind }: PackageFolder): Finding[] {
  const path = `${folder}/tsconfig.json`;
  if (kind === "root" || repository.text(path) === oneLine) return [];
  return [{ path, line: 1, sentence: `must be ${oneLine.trim()} and nothing else` }];
}
