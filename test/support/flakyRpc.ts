/** A JSON-RPC endpoint in front of a chain in this process that does what public ones do: every wrong there is. */
import { rpcHandler, type Provider } from "../../src/demo/rpc.ts";
import type { Handler } from "../../src/operator/server.ts";

/** What can go wrong with a request. */
export type Trouble =
  | "refused"
  | "lost"
  | "late"
  | "twice"
  | "throttled"
  | "throttledInWords"
  | "tooMuch"
  | "broken"
  | "garbage"
  | "empty"
  | "mute";

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** A receipt or a transaction of a block, or a block. */
interface Dated {
  readonly blockNumber?: string | null;
  readonly number?: string;
}

export interface FlakyOptions {
  readonly seed: number;
  /** How many of a hundred requests go wrong in each way. */
  readonly odds?: Readonly<Partial<Record<Trouble, number>>>;
}

/** An endpoint whose troubles follow from a seed. Its fields can be set at any time. */
export class FlakyRpc {
  odds: Readonly<Partial<Record<Trouble, number>>>;
  /** The method that alone goes wrong; any where undefined. */
  only: string | undefined;
  /** By how many blocks it lags behind. */
  lag = 0;
  /** For which chain it answers; the chain's own where undefined. */
  chainId: bigint | undefined;
  /** The most blocks that it searches for logs. */
  maxSpan = Infinity;
  /** Called before each request that arrives, whatever becomes of it. */
  onRequest: () => Promise<void> = async () => undefined;
  /** What arrived, by method. */
  readonly asked: string[] = [];
  readonly #answer: (call: Call) => Promise<object>;
  readonly #random: () => number;

  constructor(chain: Provider, options: FlakyOptions) {
    const handler = rpcHandler(chain);
    this.odds = options.odds ?? {};
    this.#random = mulberry32(options.seed);
    this.#answer = async (call) => {
      const request = new Request("http://127.0.0.1/", { method: "POST", body: JSON.stringify(call) });
      return (await (await handler(request)).json()) as object;
    };
  }

  readonly handler: Handler = async (request) => {
    const call = (await request.json()) as Call;
    await this.onRequest();
    this.asked.push(call.method);
    switch (this.only === undefined || this.only === call.method ? this.#draw() : undefined) {
      case undefined:
        return Response.json(await this.#ask(call));
      case "refused":
        return cut();
      case "lost":
        await this.#ask(call);
        return cut();
      case "late":
        await new Promise((resolve) => setTimeout(resolve, this.#random() * 20));
        return Response.json(await this.#ask(call));
      case "twice":
        await this.#ask(call);
        return Response.json(await this.#ask(call));
      case "throttled":
        return new Response("slow down", { status: 429, headers: { "retry-after": "60" } });
      case "throttledInWords":
        return Response.json({ jsonrpc: "2.0", id: call.id, error: { code: -32_005, message: "rate limit exceeded" } });
      case "tooMuch":
        return new Response("too large", { status: 413 });
      case "broken":
        return new Response("<html>Bad Gateway</html>", { status: 502 });
      case "garbage":
        return new Response('{"jsonrpc":"2.0","id":1,"resu', { headers: { "content-type": "application/json" } });
      case "empty":
        return Response.json({ jsonrpc: "2.0", id: call.id });
      case "mute":
        return new Promise<Response>(() => undefined);
    }
  };

  #draw(): Trouble | undefined {
    let left = this.#random() * 100;
    for (const [trouble, odds] of Object.entries(this.odds)) {
      left -= odds;
      if (left < 0) return trouble as Trouble;
    }
    return undefined;
  }

  async #ask(call: Call): Promise<object> {
    if (call.method === "eth_chainId" && this.chainId !== undefined) {
      return { jsonrpc: "2.0", id: call.id, result: `0x${this.chainId.toString(16)}` };
    }
    if (call.method === "eth_getLogs") {
      const [{ fromBlock, toBlock }] = call.params as [{ readonly fromBlock: string; readonly toBlock: string }];
      const message = `ranges over ${this.maxSpan} blocks are not supported`;
      if (Number(toBlock) - Number(fromBlock) >= this.maxSpan) {
        return { jsonrpc: "2.0", id: call.id, error: { code: -32_602, message } };
      }
    }
    return this.lag === 0 ? this.#answer(call) : this.#answerLate(call);
  }

  /** What the chain would have said some blocks ago. */
  async #answerLate(call: Call): Promise<object> {
    const { result } = (await this.#answer({ id: 0, method: "eth_blockNumber", params: [] })) as { result: string };
    const head = Math.max(Number(result) - this.lag, 0);
    const tag = `0x${head.toString(16)}`;
    if (call.method === "eth_blockNumber") return { jsonrpc: "2.0", id: call.id, result: tag };
    const known = { ...call, params: call.params.map((value) => (value === "latest" ? tag : value)) };
    const answer = (await this.#answer(known)) as { readonly result?: Dated | null };
    const number = answer.result?.blockNumber ?? answer.result?.number ?? "0x0";
    return Number(number) > head ? { jsonrpc: "2.0", id: call.id, result: null } : answer;
  }
}

/** An answer that breaks off, with its connection. */
function cut(): Response {
  const headers = { "content-type": "application/json", "content-length": "100", connection: "close" };
  return new Response('{"json', { headers });
}

/** Numbers in [0, 1) that follow from a seed. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
