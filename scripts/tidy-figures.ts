// `pnpm figures` writes the marked figures of each drill's README as its spec.ts has them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readRepository } from "./tidy/repository.ts";
import { loadSpec, renderFigures } from "./tidy/spec-figures.ts";

const repository = readRepository(fileURLToPath(new URL("..", import.meta.url)));

for (const { folder, kind } of repository.packages) {
  const readme = `${folder}/README.md`;
  const text = kind === "drill" ? repository.text(readme) : undefined;
  if (text === undefined || !repository.has(`${folder}/spec.ts`)) continue;
  const rendered = renderFigures(text, await loadSpec(join(repository.root, folder, "spec.ts")));
  if (rendered === text) continue;
  writeFileSync(join(repository.root, readme), rendered);
  console.log(`${readme}: figures written`);
}
