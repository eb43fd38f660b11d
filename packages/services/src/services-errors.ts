import { WeirError } from "@weir/core";

const asked = (code: string, sentence: string, cause?: unknown): WeirError =>
  new WeirError(code, sentence, { kind: "programming", cause });
const failed = (code: string, sentence: string, cause?: unknown): WeirError =>
  new WeirError(code, sentence, { kind: "dependency", cause });

/** Errors of this package: code, when. Whoever runs a command ends with exit code 2 on each of them. */
export const servicesErrors = {
  /** SERVICES names no tier. */
  unknownTier: (sentence: string) => asked("unknown-tier", sentence),
  /** SERVICES names a tier that cannot be had here. */
  absentTier: (tier: string, why: string) =>
    asked(
      "absent-tier",
      `SERVICES=${tier} cannot be had: ${why}. SERVICES=embedded needs no container engine; SERVICES=external takes DATABASE_URL and KAFKA_BROKERS.`,
    ),
  /** The container engine has no such image, and could not pull it. */
  noImage: (name: string, why: string) =>
    failed("no-image", `${name} is not on this machine and cannot be pulled (${why}). By hand: docker pull ${name}`),
  /** A container engine or an image could not be made here, though it was tried. */
  buildFailed: (sentence: string, cause?: unknown) => failed("build-failed", sentence, cause),
  /** The container engine answered, and would not. */
  engineRefused: (sentence: string) => failed("engine-refused", `the container engine refuses: ${sentence}`),
  /** SERVICES=external without the address of a wanted service, or with one that cannot be read. */
  missingAddress: (sentence: string) => asked("missing-address", sentence),
  /** What embedded servers need is not on this machine. Found before anything is started. */
  missingTools: (lines: readonly string[]) =>
    asked("missing-tools", `embedded servers cannot start here:\n${lines.map((line) => `  - ${line}`).join("\n")}`),
  /** An external service did not answer before its deadline. */
  noAnswer: (what: string, cause: unknown) =>
    failed("no-answer", `${what} does not answer (${causeOf(cause)}). Is it running, and is the address right?`, cause),
  /** An external service answered and will not let us in: trying again would change nothing. */
  accessRefused: (what: string, cause: unknown) =>
    asked(
      "access-refused",
      `${what} refuses these credentials or this database (${causeOf(cause)}). Look at user, password and database in the address.`,
      cause,
    ),
  /** Maven could not fetch Kafka. */
  downloadFailed: (sentence: string, cause?: unknown) => failed("download-failed", sentence, cause),
  /** `doctor --install` could not install what is missing. */
  installFailed: (sentence: string, cause?: unknown) => failed("install-failed", sentence, cause),
  /** A server ended, or was not ready before its deadline. Its last lines are part of the sentence. */
  startFailed: (sentence: string, cause?: unknown) => failed("start-failed", sentence, cause),
  /** The process that keeps the servers is gone. */
  keeperLost: (what: string) => failed("keeper-lost", `the process that keeps the servers is gone: ${what}`),
  /** Another process holds the same lock for too long. */
  locked: (sentence: string) => failed("locked", sentence),
  /** The caller's signal was aborted. */
  interrupted: () => failed("interrupted", "interrupted before the servers were ready"),
} as const;

/** The code of a foreign error where it has one, else its text: never an address with a password in it. */
function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  return code ?? cause.message;
}
