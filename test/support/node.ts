// Olive's node in a process of its own, so that it can be killed: node.ts <rpc> <deployment file> <journal's place>. It
// begins when it is sent a line: until then it is loaded and touches nothing. Its first line on stdout is where it listens.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { JsonRpcProvider } from "ethers";
import { connect } from "../../src/chain/contracts.ts";
import { domainsOf, parseDeployment } from "../../src/chain/deployment.ts";
import { chainTime } from "../../src/chain/facts.ts";
import { parse } from "../../src/core/model/file.ts";
import { IntegerEngine } from "../../src/operator/engine.ts";
import { OperatorNode } from "../../src/operator/node.ts";
import { openJournal } from "../../src/operator/openJournal.ts";
import { api, type Handler, listen } from "../../src/operator/server.ts";
import { operatorAddress, publisherAddress, secrets, tariff } from "./constants.ts";

const [rpc = "", deploymentFile = "", place = ""] = process.argv.slice(2);
const deployment = parseDeployment(readFileSync(deploymentFile, "utf8"));
const { model } = parse(readFileSync("models/digits-8x8.json", "utf8"));
await once(process.stdin, "data");
process.stdin.destroy();

const report = (error: Error): boolean => process.stderr.write(`${String(error.stack)}\n`);
const provider = new JsonRpcProvider(rpc, deployment.chainId, { staticNetwork: true });
const contracts = connect(deployment, provider);
const now = await chainTime(contracts);
let handler: Handler = () => new Response(null, { status: 503 });
const { url } = await listen((request) => handler(request), 0);
const node = await OperatorNode.open({
  operator: operatorAddress,
  secret: secrets.olive,
  engine: new IntegerEngine([{ publisher: publisherAddress, model }]),
  tariff,
  journal: await openJournal(place, report),
  contracts,
  domains: domainsOf(deployment),
  endpoint: url,
  clock: () => now,
  settlement: { period: 3_600n, unitsPerCoin: 0n },
});
handler = api(node, report).fetch;
process.stdout.write(`${url}\n`);
