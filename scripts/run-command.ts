import { WeirError } from "@weir/core";
import { ProofError } from "@weir/proof";
import { type Command, CommanderError } from "commander";

/**
 * Parses the arguments and runs the command: a mistyped flag or command is an error with a suggestion, and every error
 * that the packages foresee is its sentence on stderr. Exit codes: 2 for both, 130 after Ctrl-C. `prepare` may add to the
 * command what only the arguments tell, and fail as the command would.
 */
export async function runCommand(command: Command, prepare?: () => Promise<void>): Promise<void> {
  const strict = (one: Command): void => {
    one.showSuggestionAfterError().exitOverride().allowExcessArguments(false);
    for (const inner of one.commands) strict(inner);
  };
  // Whoever pipes into `head` has seen enough: no error, and no stack.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  try {
    await prepare?.();
    strict(command);
    await command.parseAsync();
  } catch (error) {
    if (error instanceof WeirError || error instanceof ProofError) process.stderr.write(`${error.message}\n`);
    else if (!(error instanceof CommanderError)) throw error;
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: WeirError | ProofError | CommanderError): number {
  if (!(error instanceof CommanderError)) return error.code === "interrupted" ? 130 : 2;
  return error.exitCode === 0 ? 0 : 2;
}

/** Aborted by the first Ctrl-C; the second one ends the process at once. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller.signal;
}
