import { chownSync, existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { KafkaLibrary } from "../kafka-library.ts";
import type { Java } from "../tools.ts";
import { trainScript } from "./class-archive.ts";
import { type Account, createRootfs, place, placeLibraries, placeScript } from "./rootfs.ts";

const account: Account = { name: "appuser", id: 1000 };
const data = "/var/lib/kafka/data";

/** As the official image has it: the same variables, port and place of the data. */
export const kafkaDockerfile = `FROM scratch
ADD rootfs.tar /
ENV PATH=/opt/java/bin:/bin JAVA_HOME=/opt/java
USER ${account.name}
VOLUME ${data}
EXPOSE 9092
CMD ["/etc/kafka/docker/run"]
`;

/** Apache Kafka's own class turns KAFKA_… variables into a configuration and formats the data folder, as in its image. */
const startScript = (classPath: string): string => `#!/bin/sh
set -eu
export CLUSTER_ID="\${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}"
flags="\${KAFKA_HEAP_OPTS:--Xmx1G -Xms1G} \${KAFKA_JVM_PERFORMANCE_OPTS:-} \${KAFKA_OPTS:-} -Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
classes=${classPath}
if [ -e /opt/kafka/classes.jsa ]; then
  flags="$flags -XX:SharedArchiveFile=/opt/kafka/classes.jsa -Xlog:disable -Xlog:all=error:stderr"
fi
# A container's variables never change: after a restart all of this is done.
if [ ! -e /opt/kafka/config/formatted ]; then
  result=$(java $flags -cp "$classes" kafka.docker.KafkaDockerWrapper setup --default-configs-dir /etc/kafka/docker \\
    --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config 2>&1) ||
    case "$result" in *"already formatted"*) ;; *) echo "$result" >&2; exit 1 ;; esac
  touch /opt/kafka/config/formatted
fi
exec java $flags -cp "$classes" kafka.Kafka /opt/kafka/config/server.properties
`;

/** What holds where the environment says nothing: one node, as the official image begins. */
const defaultProperties = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
advertised.listeners=PLAINTEXT://localhost:9092
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${data}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
`;

/** Kafka's class insists on one to change; our logger, slf4j-simple, never reads it. */
const logging = `Configuration:
  Appenders:
    Console:
      name: STDOUT
  Loggers:
    Root:
      level: WARN
      AppenderRef:
        - ref: STDOUT
    Logger:
      - name: kafka
        level: WARN
`;

/** The root folder of an image that runs Kafka's Maven artifacts on a copy of this machine's Java. */
export async function kafkaRootfs(root: string, library: KafkaLibrary, java: Java): Promise<void> {
  await createRootfs(root, account);
  const home = dirname(dirname(realpathSync(java.command)));
  const parts = ["bin/java", "conf", ...readdirSync(join(home, "lib")).map((name) => `lib/${name}`)];
  // Debian's package links to sources and fonts that are not installed.
  for (const name of parts.filter((part) => existsSync(join(home, part))))
    await place(root, join(home, name), `/opt/java/${name}`);
  const own = ["bin/java", "lib/libjava.so", "lib/libnet.so", "lib/libnio.so", "lib/libzip.so", "lib/server/libjvm.so"];
  await placeLibraries(
    root,
    own.map((name) => join(home, name)),
    home,
  );
  const jars = library.classPath.split(":");
  for (const jar of jars) await place(root, jar, `/opt/kafka/libs/${basename(jar)}`);
  placeScript(
    root,
    "/etc/kafka/docker/run",
    startScript(jars.map((jar) => `/opt/kafka/libs/${basename(jar)}`).join(":")),
  );
  placeScript(root, "/etc/kafka/docker/train", trainScript);
  placeScript(root, "/etc/kafka/docker/server.properties", defaultProperties);
  for (const name of ["log4j2.yaml", "tools-log4j2.yaml"]) placeScript(root, `/etc/kafka/docker/${name}`, logging);
  for (const folder of [data, "/opt/kafka/config", "/mnt/shared/config"]) {
    mkdirSync(join(root, folder), { recursive: true });
    chownSync(join(root, folder), account.id, account.id);
  }
}
