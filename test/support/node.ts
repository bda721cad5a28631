// Olive's node in a process of its own, so that it can be killed: node.ts <rpc> <deployment file> <journal file>.
// Its first line on stdout is where it listens.
import { readFileSync } from "node:fs";
import { JsonRpcProvider } from "ethers";
import { connect } from "../../src/chain/contracts.ts";
import { domainsOf, parseDeployment } from "../../src/chain/deployment.ts";
import { chainTime } from "../../src/chain/facts.ts";
import { parse } from "../../src/core/model/file.ts";
import { IntegerEngine } from "../../src/operator/engine.ts";
import { OperatorNode } from "../../src/operator/node.ts";
import { openSqlite } from "../../src/operator/sqlite.ts";
import { SqlJournal } from "../../src/operator/sqlJournal.ts";
import { api, type Handler, listen } from "../../src/operator/server.ts";
import { operatorAddress, publisherAddress, secrets, tariff } from "./constants.ts";

const [rpc = "", deploymentFile = "", journalFile = ""] = process.argv.slice(2);
const deployment = parseDeployment(readFileSync(deploymentFile, "utf8"));
const { model } = parse(readFileSync(new URL("../../models/digits-8x8.json", import.meta.url), "utf8"));
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
  journal: new SqlJournal(await openSqlite(journalFile)),
  contracts,
  domains: domainsOf(deployment),
  endpoint: url,
  clock: () => now,
  settlement: { period: 3_600n, unitsPerCoin: 0n },
});
handler = api(node, (error) => process.stderr.write(`${String(error.stack)}\n`)).fetch;
process.stdout.write(`${url}\n`);
