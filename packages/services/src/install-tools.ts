import { aptInstall, canInstall, type InstallOptions } from "./apt-install.ts";
import { servicesErrors } from "./services-errors.ts";
import { findJava, findMaven, findProgram, installJava, JAVA_MAJOR_MIN } from "./tools.ts";

/**
 * Installs what is missing of Java, Maven, and the browser that opens reports in tests, from Debian's packages. Only as
 * root on Debian and its kin: elsewhere the command is told.
 *
 * @throws WeirError `install-failed`, `interrupted`
 */
export async function installTools(options: InstallOptions, environment = process.env): Promise<void> {
  if (!canInstall()) {
    throw servicesErrors.installFailed(`--install works as root on Debian and its kin only. By hand: ${installJava}`);
  }
  const java = await findJava(environment);
  const missing = [
    ...(java === undefined || java.major < JAVA_MAJOR_MIN ? ["default-jre-headless"] : []),
    ...(findMaven(environment) === undefined ? ["maven"] : []),
    ...(findProgram("chromium", environment) === undefined ? ["chromium"] : []),
  ];
  if (missing.length === 0) options.report("Java, Maven and Chromium are here: nothing to install");
  else await aptInstall(missing, options);
}
