import { expect } from "chai";
import { makeLog } from "../../src/operator/log.ts";
import { secretNamed } from "../support/constants.ts";

describe("a node's log", () => {
  const key = secretNamed("a key");
  const token = "sk-upstream-123";

  function logged(write: (log: ReturnType<typeof makeLog>) => void): string {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    write(makeLog({ level: "info", secrets: [key, token, ""], destination }));
    for (const line of lines) expect(() => JSON.parse(line) as unknown, line).to.not.throw();
    return lines.join("");
  }

  it("is JSON, a line each, with what is harmless", () => {
    const hash = `0x${"ab".repeat(32)}`;
    const line = JSON.parse(logged((log) => log.info({ status: 200, root: hash }, "request"))) as Record<
      string,
      unknown
    >;
    expect(line).to.include({ level: 30, status: 200, root: hash, msg: "request" });
    expect(line["time"]).to.be.a("number");
  });

  it("never has a key in it, wherever it stands, with 0x or without", () => {
    const text = logged((log) => {
      log.info({ operator: { deep: { place: key } }, list: [key.slice(2)] }, `started with ${key}`);
      log.error({ err: new Error(`401 for Bearer ${token}`, { cause: new Error(key) }) }, "failed");
    });
    expect(text).to.not.include(key.slice(2)).and.not.include(token);
    expect(text).to.include("[secret]");
  });

  it("never has signatures, prompts or authorization headers in it", () => {
    const signature = `0x${"5a".repeat(65)}`;
    const ask = { clientSignature: signature, input: "0x5ec1", context: "private words", client: "0x01" };
    const text = logged((log) => {
      log.info(ask, "an ask");
      log.info({ ask, headers: { authorization: "Bearer abc" }, body: "my prompt" }, "a request");
      log.info({ request: { ask, headers: { authorization: "Bearer abc" }, body: "my prompt" } }, "deeper");
      log.warn({ err: new Error(`invalid signature (value="${signature}")`) }, "failed");
    });
    for (const word of ["5a5a", "5ec1", "private words", "abc", "my prompt"]) expect(text).to.not.include(word);
    expect(text).to.include('"client":"0x01"');
  });

  it("never has what is in an address beside its host", () => {
    const text = logged((log) => {
      log.error({ err: new Error("server error: https://mainnet.example/v3/apikey123?x=1 and more") }, "failed");
      log.info({ database: "postgres://surety:hunter2@db.example:5432/surety" }, "opened");
    });
    for (const word of ["apikey123", "hunter2", "x=1"]) expect(text).to.not.include(word);
    expect(text)
      .to.include("https://mainnet.example")
      .and.include("postgres://db.example:5432")
      .and.include("and more");
  });
});
