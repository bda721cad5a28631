// A watcher in a process of its own, so that it can be killed: watch.ts <rpc> <deployment file> <store> <library>.
// It makes one round; each line on stdout is a report.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { JsonRpcProvider, JsonRpcSigner } from "ethers";
import { parseDeployment } from "../../src/chain/deployment.ts";
import { toHex } from "../../src/core/bytes.ts";
import { parse } from "../../src/core/model/file.ts";
import { write } from "../../src/core/records.ts";
import { runWatch } from "../../src/watcher/run.ts";
import { publisherAddress, reporterAddress } from "./constants.ts";

const [rpc = "", deploymentFile = "", store = "", library = ""] = process.argv.slice(2);
const deployment = parseDeployment(readFileSync(deploymentFile, "utf8"));
const { model } = parse(readFileSync(new URL("../../models/digits-8x8.json", import.meta.url), "utf8"));
const provider = new JsonRpcProvider(rpc, deployment.chainId, { staticNetwork: true, cacheTimeout: -1 });
provider.pollingInterval = 20;
await runWatch({
  reporter: new JsonRpcSigner(provider, reporterAddress),
  deployment,
  models: [{ publisher: publisherAddress, model }],
  store,
  salt: () => toHex(randomBytes(32)),
  fetch: async (input, init) =>
    fetch(`${library}${new URL(input instanceof Request ? input.url : input).pathname}`, init),
  report: (line) => process.stdout.write(`${write(line)}\n`),
  terms: { patience: 0n },
  once: true,
});
provider.destroy();
