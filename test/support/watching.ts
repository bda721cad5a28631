/** Watchers that run, and can be stopped anywhere: what reaches their chain goes through a line that can be cut. */
import { BrowserProvider, JsonRpcSigner, type Signer } from "ethers";
import type { Fetch } from "../../src/chain/http.ts";
import type { Report } from "../../src/watcher/report.ts";
import { WatchService, type WatchTerms } from "../../src/watcher/service.ts";
import { actors, close, provider, published, secretNamed, type Stage } from "./stage.ts";

/** What reaches the chain: a method and its parameters. */
export interface Call {
  readonly method: string;
  readonly params: readonly unknown[];
}

/** Lets a watcher reach the chain through `pass`, which may do what it likes with each call. */
export function lineThrough(
  { deployment }: Stage,
  who: "wendy" | "will",
  pass: (call: Call, forward: () => Promise<unknown>) => Promise<unknown>,
): Signer {
  const request = async ({
    method,
    params = [],
  }: {
    method: string;
    params?: unknown[] | object;
  }): Promise<unknown> => {
    const call = { method, params: params as unknown[] };
    return pass(call, async () => provider.request(call));
  };
  const line = new BrowserProvider({ request }, deployment.chainId, { cacheTimeout: -1, staticNetwork: true });
  line.pollingInterval = 10;
  close({ close: () => line.destroy() });
  return new JsonRpcSigner(line, actors[who].address);
}

/** What a test wants of a service. */
export interface Wishes {
  readonly who?: "wendy" | "will";
  readonly reporter?: Signer;
  readonly store?: string;
  readonly fetch?: Fetch;
  readonly fromBlock?: number;
  readonly models?: readonly [];
  readonly terms?: Partial<WatchTerms>;
}

/** A watcher with what it reported. */
export interface Watching {
  readonly service: WatchService;
  readonly lines: Report[];
}

let salts = 0;

/** Opens a watcher; it ends with the test. */
export async function openWatch({ deployment }: Stage, wishes: Wishes = {}): Promise<Watching> {
  const { who = "wendy", reporter = actors[who], store = ":memory:", models = [published] } = wishes;
  const lines: Report[] = [];
  const service = await WatchService.open({
    reporter,
    deployment,
    models,
    store,
    salt: () => secretNamed(`service ${salts++}`),
    fetch: wishes.fetch ?? globalThis.fetch,
    report: (line) => lines.push(line),
    ...(wishes.fromBlock === undefined ? {} : { fromBlock: wishes.fromBlock }),
    ...(wishes.terms === undefined ? {} : { terms: wishes.terms }),
  });
  return { service: close(service), lines };
}

/** The lines of one kind. */
export function linesOf<W extends Report["what"]>(lines: readonly Report[], what: W): Extract<Report, { what: W }>[] {
  return lines.filter((line): line is Extract<Report, { what: W }> => line.what === what);
}
