import { describe, expect, it } from "vitest";
import { connectError, statementError } from "./postgres-errors.ts";

const foreign = (code: string, message = "as the server says it"): Error => Object.assign(new Error(message), { code });
const sent = { brokenBy: undefined, undoneIfLost: false };

describe("errors of a statement", () => {
  it.each([
    ["23505", "unique-violation", "row"],
    ["23502", "not-null-violation", "row"],
    ["23999", "constraint-violation", "row"],
    ["22001", "value-too-long", "row"],
    ["22P02", "invalid-text", "row"],
    ["22012", "invalid-data", "row"],
    ["54000", "value-too-large", "row"],
    ["40001", "serialization-failure", "dependency"],
    ["40P01", "deadlock", "dependency"],
    ["53300", "too-many-connections", "dependency"],
    ["53200", "out-of-resources", "dependency"],
    ["55P03", "lock-not-available", "dependency"],
    ["57014", "statement-timeout", "dependency"],
    ["57P03", "starting-up", "dependency"],
    ["25006", "read-only", "dependency"],
    ["58030", "server-trouble", "dependency"],
    ["28P01", "wrong-credentials", "programming"],
    ["28000", "wrong-credentials", "programming"],
    ["3D000", "missing-database", "programming"],
    ["42P01", "missing-table", "programming"],
    ["42601", "invalid-statement", "programming"],
    ["25P02", "transaction-failed", "programming"],
    ["XX000", "unexpected-sqlstate", "programming"],
    ["ECONNREFUSED", "connection-refused", "dependency"],
    ["ENOTFOUND", "host-unknown", "dependency"],
  ])("%s is %s: %s", (state, code, kind) => {
    const cause = foreign(state);
    const error = statementError(cause, sent);
    expect(error).toMatchObject({ code, kind, definite: true, cause });
    expect(error.message).toContain(`(${state}: as the server says it)`);
  });

  it.each(["08006", "57P01", "57P02", "25P03", "40003", "ECONNRESET", "EPIPE", "ETIMEDOUT"])(
    "%s ends the connection: the statement may have been done, unless its transaction undoes it",
    (state) => {
      expect(statementError(foreign(state), sent)).toMatchObject({ kind: "dependency", definite: false });
      const undone = { brokenBy: undefined, undoneIfLost: true };
      expect(statementError(foreign(state), undone)).toMatchObject({ kind: "dependency", definite: true });
    },
  );

  it("are read from what the connection died of when pg itself gives no code", () => {
    const cause = new Error("Client has encountered a connection error and is not queryable");
    const died = { brokenBy: foreign("57P01"), undoneIfLost: false };
    expect(statementError(cause, died)).toMatchObject({ code: "shutting-down", definite: false });
    const ended = { brokenBy: new Error("Connection terminated unexpectedly"), undoneIfLost: true };
    expect(statementError(cause, ended)).toMatchObject({ code: "connection-lost", kind: "dependency", definite: true });
  });

  it("are programming errors when the statement never left", () => {
    const error = statementError(new TypeError("circular structure"), sent);
    expect(error).toMatchObject({ code: "unsendable-statement", kind: "programming", definite: true });
  });
});

describe("errors while connecting", () => {
  it("are definite: nothing was sent", () => {
    for (const state of ["ECONNRESET", "57P03", "08006", "ECONNREFUSED"]) {
      expect(connectError(foreign(state))).toMatchObject({ kind: "dependency", definite: true });
    }
    expect(connectError(new Error("timeout expired"))).toMatchObject({ code: "connection-lost", definite: true });
  });

  it("tell a missing password and refused certificates from an absent server", () => {
    const sasl = new Error("SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string");
    expect(connectError(sasl)).toMatchObject({ code: "wrong-credentials", kind: "programming" });
    const certificate = foreign("DEPTH_ZERO_SELF_SIGNED_CERT");
    expect(connectError(certificate)).toMatchObject({ code: "tls-refused", kind: "programming" });
  });
});
