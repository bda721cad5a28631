import { resolve } from "node:path";
import { expect } from "chai";
import { build } from "esbuild";
import { HDNodeWallet, Mnemonic } from "ethers";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { Registry } from "prom-client";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { toHex } from "../../src/core/bytes.ts";
import { run } from "../../src/core/model/run.ts";
import { write } from "../../src/core/records.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { guarded } from "../../src/operator/guard.ts";
import { DEFAULT_LIMITS, Limiter } from "../../src/operator/limiter.ts";
import { makeLog } from "../../src/operator/log.ts";
import { Metrics } from "../../src/operator/metrics.ts";
import { api } from "../../src/operator/server.ts";
import { launchChromium, needsChromium } from "../support/chromium.ts";
import { makeBundle } from "../vectors/bundles.ts";
import {
  clock,
  endpointOf,
  FUNDS,
  type House,
  inputNumbered,
  open,
  openHouse,
  PRICE,
  provider,
  published,
  smallId,
  useStage,
} from "../support/stage.ts";

const source = resolve(import.meta.dirname, "../../src/index.ts");

/** The package in one script for browsers, as `surety`, with what of ethers a page needs. */
async function bundlePackage(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from ${JSON.stringify(source)}; export { JsonRpcProvider, Wallet } from "ethers";`,
      resolveDir: resolve(import.meta.dirname, "../.."),
    },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "surety",
    logLevel: "silent",
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error("esbuild wrote nothing");
  return script.text;
}

/** A wallet asks a node from a page, keeps the record in the page's storage, and finds it there again. */
const ASKING = `(async () => {
  const provider = new surety.JsonRpcProvider(given.rpc);
  provider.pollingInterval = 50;
  const options = {
    runner: new surety.Wallet(given.key, provider),
    deployment: surety.parseDeployment(given.deployment),
    autoFund: BigInt(given.funds),
    clock: () => BigInt(given.now),
    fetch: (url, init) => fetch(String(url).replace(given.said, given.node), init),
    store: new surety.WebStore(localStorage),
  };
  const client = await surety.Surety.connect(options);
  const { output, record } = await client.ask({ model: given.model, input: Uint8Array.from(given.input) });
  const later = await surety.Surety.connect(options);
  const { isValid } = await later.verify(await later.bundle(later.records[0]));
  const stranger = await surety.Surety.connect({ ...options, runner: provider });
  const { links } = await stranger.verify(given.bundle);
  provider.destroy();
  return { output: [...output], price: String(record.receipt.price), kept: later.records.length, isValid,
    links: links.map(({ name, status }) => name + ' ' + status).join() };
})()`;

describe("the client in a browser", () => {
  const stage = useStage();

  /** Where the house is reached from other origins, as a node is that runs by itself. */
  async function openGuarded({ node }: House): Promise<string> {
    const handler = guarded(
      api(node, (error) => {
        throw error;
      }),
      {
        limiter: new Limiter(DEFAULT_LIMITS, () => performance.now()),
        metrics: new Metrics(new Registry()),
        log: makeLog({ level: "silent", secrets: [], destination: { write: () => undefined } }),
        clock: () => performance.now(),
        reasons: async () => [],
        status: async () => undefined,
        isProxied: false,
      },
    );
    return (await open(handler)).url;
  }

  it("asks a node from another origin, pays from a wallet, verifies, keeps, and checks what others show", async function () {
    needsChromium(this);
    const chainApi = new Hono();
    chainApi.use(cors());
    chainApi.all("*", async (context) => rpcHandler(provider)(context.req.raw));
    const phrase = Mnemonic.fromPhrase("test test test test test test test test test test test junk");
    const given = {
      rpc: (await open(chainApi.fetch)).url,
      node: await openGuarded(await openHouse(stage)),
      said: endpointOf("olive"),
      key: HDNodeWallet.fromMnemonic(phrase, "m/44'/60'/0'/0/4").privateKey,
      deployment: serialiseDeployment(stage.deployment),
      funds: String(FUNDS),
      now: String(clock.now),
      model: smallId,
      input: [...inputNumbered(0)],
      bundle: write(makeBundle()),
    };
    const site = await open(() => new Response("<!doctype html>", { headers: { "content-type": "text/html" } }));
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(site.url);
      await page.addScriptTag({ content: await bundlePackage() });
      await page.addScriptTag({ content: `var given = ${JSON.stringify(given)};` });
      const told = await page.evaluate<Record<string, unknown>>(ASKING);
      expect(toHex(Uint8Array.from(told["output"] as number[]))).to.equal(
        toHex(run(published.model, inputNumbered(0)).output),
      );
      expect(told).to.include({ price: String(PRICE), kept: 1, isValid: true });
      // The bundle is another deployment's: what it says of itself holds, and the chain knows nothing of it.
      expect(told["links"])
        .to.match(/^model holds,execution holds,input holds/)
        .and.include("contracts fails");
    } finally {
      await browser.close();
    }
  });
});
