import { WeirError } from "@weir/core";
import { type Command, CommanderError } from "commander";

/**
 * Parses the arguments and runs the command: a mistyped flag or command is an error with a suggestion, and every error
 * that the packages foresee is its sentence on stderr. Exit codes: 2 for both, 130 after Ctrl-C.
 */
export async function runCommand(command: Command): Promise<void> {
  const strict = (one: Command): void => {
    one.showSuggestionAfterError().exitOverride().allowExcessArguments(false);
    for (const inner of one.commands) strict(inner);
  };
  strict(command);
  try {
    await command.parseAsync();
  } catch (error) {
    if (error instanceof WeirError) process.stderr.write(`${error.message}\n`);
    else if (!(error instanceof CommanderError)) throw error;
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: WeirError | CommanderError): number {
  if (error instanceof WeirError) return error.code === "interrupted" ? 130 : 2;
  return error.exitCode === 0 ? 0 : 2;
}

/** Aborted by the first Ctrl-C; the second one ends the process at once. */
export function abortOnInterrupt(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller.signal;
}
