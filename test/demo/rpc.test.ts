import { expect } from "chai";
import { rpcHandler } from "../../src/demo/rpc.ts";

describe("the chain by JSON-RPC", () => {
  const handler = rpcHandler({
    async request({ method, params }) {
      if (method === "fail") throw Object.assign(new Error("no"), { code: 3, data: "0x12" });
      if (method === "explode") return Promise.reject(new TypeError("boom"));
      if (method === "nothing") return undefined;
      return [method, ...params];
    },
  });

  async function call(body: string, method = "POST"): Promise<unknown> {
    const request = new Request("http://127.0.0.1/", method === "POST" ? { method, body } : { method });
    const response = await handler(request);
    return response.ok ? response.json() : response.status;
  }

  it("answers one call, and several in order", async () => {
    const [one, two] = [
      { jsonrpc: "2.0", id: 1, method: "a", params: [1] },
      { jsonrpc: "2.0", id: "x", method: "nothing" },
    ];
    expect(await call(JSON.stringify(one))).to.deep.equal({ jsonrpc: "2.0", id: 1, result: ["a", 1] });
    expect(await call(JSON.stringify([two, one]))).to.deep.equal([
      { jsonrpc: "2.0", id: "x", result: null },
      { jsonrpc: "2.0", id: 1, result: ["a", 1] },
    ]);
  });

  it("passes on what the chain refuses", async () => {
    const refused = { jsonrpc: "2.0", id: 1, error: { code: 3, message: "no", data: "0x12" } };
    expect(await call(JSON.stringify({ id: 1, method: "fail" }))).to.deep.equal(refused);
    const exploded = { jsonrpc: "2.0", id: 1, error: { code: -32_603, message: "boom" } };
    expect(await call(JSON.stringify({ id: 1, method: "explode" }))).to.deep.equal(exploded);
  });

  it("names a call's data once where a tool names it twice, and leaves a contradiction to the chain", async () => {
    const twice = { to: "0x1", data: "0x12", input: "0x12" };
    const other = { ...twice, input: "0x13" };
    const answer = await call(JSON.stringify({ id: 1, method: "eth_call", params: [twice, other, "latest"] }));
    const result = ["eth_call", { to: "0x1", data: "0x12" }, other, "latest"];
    expect(answer).to.deep.equal({ jsonrpc: "2.0", id: 1, result });
  });

  it("refuses what is no call", async () => {
    const refused = { jsonrpc: "2.0", id: null, error: { code: -32_600, message: "not a JSON-RPC request" } };
    for (const body of ["", "{", "7", "null", '{"id":1}', '{"method":7}'])
      expect(await call(body)).to.deep.equal(refused);
    expect(await call("", "GET")).to.equal(405);
  });
});
