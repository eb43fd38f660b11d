import { aptInstall, canInstall, type InstallOptions } from "./apt-install.ts";
import { servicesErrors } from "./services-errors.ts";
import { installJava } from "./tools.ts";

/**
 * Installs Java and Maven, and the browser that opens reports in tests, from Debian's packages. Only as root on Debian and
 * its kin: elsewhere the command is told.
 *
 * @throws WeirError `install-failed`, `interrupted`
 */
export async function installTools(options: InstallOptions): Promise<void> {
  if (!canInstall()) {
    throw servicesErrors.installFailed(`--install works as root on Debian and its kin only. By hand: ${installJava}`);
  }
  await aptInstall(["default-jre-headless", "maven", "chromium"], options);
}
