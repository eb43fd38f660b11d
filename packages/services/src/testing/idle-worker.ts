// For tests of signals: a process that answers each message with the same message.
process.on("message", (message) => void process.send?.(message));
process.send?.("ready");
