// A node that is measured, and beside it what it would be without Surety: the same server and engine, bodies of the same
// size. nodeServer.ts <rpc> <deployment file> <journal's place> <operator> <publisher>; the first line is its URL.
import { readFileSync } from "node:fs";
import { JsonRpcProvider } from "ethers";
import { Hono } from "hono";
import { connect } from "../src/chain/contracts.ts";
import { domainsOf, parseDeployment } from "../src/chain/deployment.ts";
import { chainTime } from "../src/chain/facts.ts";
import { fromHex, type Hex, toHex } from "../src/core/bytes.ts";
import { parse } from "../src/core/model/file.ts";
import type { Ask } from "../src/core/records.ts";
import { IntegerEngine } from "../src/operator/engine.ts";
import { OperatorNode } from "../src/operator/node.ts";
import { openJournal } from "../src/operator/openJournal.ts";
import { api, listen } from "../src/operator/server.ts";
import { nodeSecret, tariff } from "./tariff.ts";

const [rpc = "", deploymentFile = "", place = "", operator = "", publisher = ""] = process.argv.slice(2);
const report = (error: Error): boolean => process.stderr.write(`${String(error.stack)}\n`);
const deployment = parseDeployment(readFileSync(deploymentFile, "utf8"));
const { model } = parse(readFileSync(new URL("../models/digits-8x8.json", import.meta.url), "utf8"));
const provider = new JsonRpcProvider(rpc, deployment.chainId, { staticNetwork: true });
const contracts = connect(deployment, provider);
const now = await chainTime(contracts);
const engine = new IntegerEngine([{ publisher: publisher as Hex, model }]);
const node = await OperatorNode.open({
  operator: operator as Hex,
  secret: nodeSecret,
  engine,
  tariff,
  journal: await openJournal(place, report),
  contracts,
  domains: domainsOf(deployment),
  endpoint: "http://127.0.0.1",
  clock: () => now,
  settlement: { period: 3_600n, unitsPerCoin: 0n },
});

/** As long as a receipt and its signature are in an answer. */
const FILLING = "0".repeat(900);

const app = new Hono();
app.post("/plain", async (context) => {
  const { request, input } = JSON.parse(await context.req.text()) as Ask;
  const { modelId, mode } = request.order;
  const { output, hidden } = await engine.run({ modelId, mode: mode as 3, input: fromHex(input) });
  return context.json({ receipt: FILLING, output: toHex(output), hidden: hidden.map(toHex), proof: "0x" });
});
app.get("/cpu", (context) => {
  const { user, system } = process.cpuUsage();
  return context.json(user + system);
});
app.route("/", api(node, report));
const { url } = await listen(app.fetch, 0);
process.stdout.write(`${url}\n`);
