import { createRunDirectory, pointLatest, withControls, type Controls, type RunDirectory } from "@weir/proof";
import { writeReport } from "@weir/proof/report";
import type { Drill, RunEnd, RunRequest } from "../drill.ts";

export interface OnceOptions extends Omit<RunRequest, "directory"> {
  /** Folder in which `<drill>/<run>/` is made. */
  readonly proofs: string;
  /** Of the checks, as they were shown for this commit; absent: not run. */
  readonly controls?: Controls | undefined;
}

export interface OnceEnd extends RunEnd {
  /** Of the evidence and the report. */
  readonly directory: RunDirectory;
}

/** One run with its report: no screen, no signals, no exit code. */
export async function runOnce(drill: Drill, options: OnceOptions): Promise<OnceEnd> {
  const { proofs, controls, ...request } = options;
  const directory = await createRunDirectory(proofs, drill.id, new Date());
  const end = await drill.run({ ...request, directory });
  const result = controls === undefined ? end.result : withControls(end.result, controls);
  await writeReport(directory.path, result);
  await pointLatest(directory);
  return { ...end, result, directory };
}
