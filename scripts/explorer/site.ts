/** Serves the explorer on one address: its files, what it is told, and the ways to the chain and to the index. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, extname, join, resolve } from "node:path";
import { JsonRpcProvider } from "ethers";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { proxy } from "hono/proxy";
import { connect } from "../../src/chain/contracts.ts";
import { type Deployment, parseDeployment, serialiseDeployment } from "../../src/chain/deployment.ts";
import { query } from "../../src/chain/transactions.ts";
import { weightsRoot } from "../../src/core/model/commitment.ts";
import { parse } from "../../src/core/model/file.ts";
import { bundleSchema, readText, RecordError } from "../../src/core/records.ts";

const models = resolve(import.meta.dirname, "../../models");

export interface SiteOptions {
  /** The explorer's files, as `buildExplorer` writes them. */
  readonly files: string;
  readonly rpc: string;
  /** Where the index answers. */
  readonly indexer: string;
  /** The deployment's record; bundles beside it are served, too. */
  readonly deployment: string;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/**
 * Nothing runs in the page but its own files. It reads operators' nodes, wherever they are; WebAssembly makes its hashes
 * faster.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self' http: https:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A site for one deployment. @throws DeploymentError, ChainError */
export async function explorerSite({ files, rpc, indexer, deployment: path }: SiteOptions): Promise<Hono> {
  const deployment = parseDeployment(readFileSync(path, "utf8"));
  const bundles = bundlesIn(resolve(path, ".."));
  const served = new Map([...filesIn(files), ...filesIn(models, "/models"), ...bundles]);
  const config = JSON.stringify({
    rpc: "/rpc",
    indexer: "/index",
    deployment: JSON.parse(serialiseDeployment(deployment)) as unknown,
    token: await tokenOf(deployment, rpc),
    models: modelFiles(),
    bundles: [...bundles.keys()].map((url) => ({ name: basename(url, ".json"), url })),
  });
  const app = new Hono();
  app.use(compress());
  app.use(async (context, next) => {
    await next();
    context.header("content-security-policy", POLICY);
    context.header("x-content-type-options", "nosniff");
    context.header("referrer-policy", "no-referrer");
  });
  app.post("/rpc", async ({ req, text }) => {
    // Another site's page can send everything but this without asking first, and would send transactions.
    if (!/^application\/json\b/.test(req.header("content-type") ?? "")) return text("JSON expected\n", 415);
    return proxy(rpc, { method: "POST", headers: jsonOnly, body: await req.text() });
  });
  app.post("/index/graphql", async ({ req }) =>
    proxy(`${indexer}/graphql`, { method: "POST", headers: jsonOnly, body: await req.text() }),
  );
  app.get("/index/*", async ({ req }) =>
    proxy(`${indexer}${req.path.slice("/index".length)}${new URL(req.url).search}`),
  );
  app.get("/config.json", (context) => context.body(config, 200, { "content-type": "application/json" }));
  app.get("*", ({ req, body }) => {
    const file = served.get(req.path);
    if (file !== undefined) return body(file, 200, headersFor(req.path));
    if (extname(req.path) !== "") return body("not here\n", 404);
    // Every other address is a page's own: the page reads it.
    return body(served.get("/index.html") ?? "", 200, headersFor("/index.html"));
  });
  return app;
}

const jsonOnly = { "content-type": "application/json", accept: "application/json" };

/** What is built is named by what is in it, and can be kept for ever; everything else is asked for again. */
function headersFor(path: string): Record<string, string> {
  return {
    "content-type": types[extname(path)] ?? "application/octet-stream",
    "cache-control": path.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache",
  };
}

function filesIn(folder: string, at = ""): Map<string, Uint8Array<ArrayBuffer>> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [`${at}${file.slice(folder.length).replaceAll("\\", "/")}`, new Uint8Array(readFileSync(file))];
    }),
  );
}

/** The bundles that a main job wrote beside its deployment. */
function bundlesIn(folder: string): Map<string, Uint8Array<ArrayBuffer>> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(
    names.sort().flatMap((name) => {
      const bytes = new Uint8Array(readFileSync(join(folder, name)));
      return isBundle(new TextDecoder().decode(bytes)) ? [[`/records/${name}`, bytes]] : [];
    }),
  );
}

function isBundle(text: string): boolean {
  try {
    readText(bundleSchema, text);
    return true;
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause;
    return false;
  }
}

/** The project's model files, by the commitments to their weights. */
function modelFiles(): Record<string, string> {
  const names = readdirSync(models).filter((name) => name.startsWith("digits-"));
  return Object.fromEntries(
    names.map((name) => [weightsRoot(parse(readFileSync(join(models, name), "utf8")).model), `/models/${name}`]),
  );
}

async function tokenOf(deployment: Deployment, rpc: string): Promise<{ symbol: string; decimals: number }> {
  const provider = new JsonRpcProvider(rpc, deployment.chainId, { staticNetwork: true });
  try {
    const { token } = connect(deployment, provider);
    const [symbol, decimals] = await query(async () => Promise.all([token.symbol(), token.decimals()]));
    return { symbol, decimals: Number(decimals) };
  } finally {
    provider.destroy();
  }
}
