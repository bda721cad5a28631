/** What this page was told by whoever serves it: which chain, which contracts, which index. */
import { any, count, list, object, type Read, table, text } from "./shape.ts";

const configShape = object({
  /** Where the chain is read; the reader may choose another place. */
  rpc: text,
  /** Where the index answers. */
  indexer: text,
  /** The contracts that are trusted, as `deployment.json` names them. */
  deployment: any,
  token: object({ symbol: text, decimals: count }),
  /** Model files that are served beside the page, by the model's commitment. */
  models: table(text),
  /** Bundles that are served beside the page. */
  bundles: list(object({ name: text, url: text })),
});

export type Config = Read<typeof configShape>;

let reading: Promise<Config> | undefined;

/** Reads `config.json`, once: it is the same promise always. @throws ShapeError, TypeError where it cannot be read */
export function config(): Promise<Config> {
  reading ??= read();
  return reading;
}

async function read(): Promise<Config> {
  const response = await fetch("/config.json");
  return configShape((await response.json()) as unknown, "config.json");
}

const RPC = "surety-rpc";

/**
 * Where this reader has the chain read. It is never taken from an address that somebody shared: whoever chooses the chain
 * chooses what holds.
 */
export async function rpcAddress(): Promise<string> {
  return localStorage.getItem(RPC) ?? new URL((await config()).rpc, location.href).href;
}

/** Has the chain read from another place from now on; from the page's own where it is empty. */
export function chooseRpc(address: string): void {
  if (address === "") localStorage.removeItem(RPC);
  else localStorage.setItem(RPC, address);
}
