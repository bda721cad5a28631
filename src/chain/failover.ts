import {
  FetchRequest,
  isError,
  JsonRpcApiProvider,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  Network,
} from "ethers";
import { z } from "zod";
import { ChainError } from "./errors.ts";
import { pause } from "./pause.ts";

/** How a provider treats its endpoints. */
export interface FailoverOptions {
  /** How long an endpoint may take for an answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** For how long an endpoint that failed is left alone while another answers, in milliseconds. */
  readonly quarantineMs?: number;
  /** For how long nobody is asked where all have failed, in milliseconds. */
  readonly retryMs?: number;
  /** How often endpoints are asked for their chain and their latest block, in milliseconds. */
  readonly surveyMs?: number;
  /** How many blocks an endpoint may be behind the best one. */
  readonly maxLag?: number;
  /** How often whoever listens for blocks and events asks for them, in milliseconds. */
  readonly pollMs?: number;
  /** The time, in milliseconds. */
  readonly clock?: () => number;
}

/** An endpoint, and what is known of it. */
interface Endpoint {
  readonly url: string;
  /** Until when it is left alone, in milliseconds. */
  shunnedUntil: number;
  /** When it was last seen to be of the right chain, in milliseconds. */
  surveyedAt: number;
  /** Its latest block then. */
  head: number;
  /** What it did wrong last. */
  problem: string;
  /** Whether it answered for another chain. */
  isForeign: boolean;
  /** Being asked for its chain and latest block. */
  visit?: Promise<boolean> | undefined;
}

type Answer = JsonRpcResult | JsonRpcError;

const resultSchema = z.object({ id: z.number(), result: z.unknown() });
const failureSchema = z.object({
  error: z.object({ code: z.number(), message: z.string().default(""), data: z.unknown() }).partial({ data: true }),
});

const defaults = {
  timeoutMs: 15_000,
  quarantineMs: 30_000,
  retryMs: 250,
  surveyMs: 15_000,
  maxLag: 5,
  pollMs: 4_000,
  clock: () => Date.now(),
};

/** What HTTP says of a request that is wrong, or asks for too much, whoever is asked. */
const REFUSALS = [400, 413, 422];

/** How often all are asked before that is given up. */
const ROUNDS = 3;

/** What endpoints say who have no more for this caller now, whatever was asked. */
const overloaded = /rate.?limit|too many requests|request limit|capacity|quota|throttl|temporarily|try again later/i;

/**
 * Reads one chain through several endpoints: each request goes to the first that is well, and on to the next where that
 * one does not answer, is overloaded, or answers garbage. One that failed is left alone for a while; so is one that lags
 * behind the others, or answers for another chain. Transactions are sent to all at once: to send one twice does no harm.
 *
 * ethers' FallbackProvider is for agreement between endpoints instead: with a quorum of one it takes the first answer even
 * where that is a failure, it cannot start while one endpoint is of another chain, and it passes on no method of its own.
 */
export class FailoverProvider extends JsonRpcApiProvider {
  readonly #endpoints: readonly Endpoint[];
  readonly #chainId: bigint;
  readonly #options: Required<FailoverOptions>;

  /** @param urls where the chain is read; the first that is well is asked */
  constructor(urls: readonly string[], chainId: bigint, options: FailoverOptions = {}) {
    // Remembered answers would hide what a transaction has just changed; many endpoints refuse or bound batches.
    super(chainId, {
      staticNetwork: Network.from(chainId),
      cacheTimeout: -1,
      batchMaxCount: 1,
      polling: true,
      pollingInterval: options.pollMs ?? defaults.pollMs,
    });
    this.#endpoints = urls.map((url) => ({
      url,
      shunnedUntil: 0,
      surveyedAt: -Infinity,
      head: 0,
      problem: "was not asked",
      isForeign: false,
    }));
    this.#chainId = chainId;
    this.#options = { ...defaults, ...options };
    this._start();
  }

  /** How its endpoints are: the next request goes to the first that is well. */
  get endpoints(): readonly { readonly url: string; readonly isWell: boolean; readonly problem: string }[] {
    const now = this.#options.clock();
    return this.#endpoints.map((endpoint) => {
      const isWell = isWellAt(endpoint, now);
      return { url: endpoint.url, isWell, problem: isWell ? "" : endpoint.problem };
    });
  }

  /** @throws ChainError where no endpoint answers for the chain */
  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<Answer[]> {
    if (Array.isArray(payload)) return (await Promise.all(payload.map(async (one) => this._send(one)))).flat();
    await this.#lookAround();
    return [await (payload.method === "eth_sendRawTransaction" ? this.#sendToAll(payload) : this.#ask(payload))];
  }

  /** Asks one after the other, and after a pause all again: what is asked may be asked twice. */
  async #ask(payload: JsonRpcPayload): Promise<Answer> {
    for (let round = 0; round < ROUNDS; round++) {
      if (round > 0) await pause(this.#options.retryMs * round);
      for (const endpoint of this.#inOrder()) {
        const answer = await this.#askOne(endpoint, payload);
        if (answer !== undefined && !isOverloaded(answer)) return answer;
      }
    }
    throw this.#nobody();
  }

  /** What an endpoint answers; undefined where that is nothing. Whoever was not well is visited before it is asked again. */
  async #askOne(endpoint: Endpoint, payload: JsonRpcPayload): Promise<Answer | undefined> {
    if (!isTrusted(endpoint) && !(await this.#visit(endpoint))) return undefined;
    try {
      const answer = await post(endpoint.url, payload, this.#options.timeoutMs);
      if (isOverloaded(answer)) this.#shun(endpoint, "is overloaded");
      return answer;
    } catch (thrown) {
      this.#shun(endpoint, describe(thrown));
      return undefined;
    }
  }

  /** The first endpoint that takes a transaction is enough; what others say counts where none does. */
  async #sendToAll(payload: JsonRpcPayload): Promise<Answer> {
    const asked = this.#inOrder().map(async (endpoint) => this.#askOne(endpoint, payload));
    const taken = asked.map(async (one) => {
      const answer = await one;
      if (answer === undefined || "error" in answer) throw new ChainError("Refused", "it did not take it");
      return answer;
    });
    try {
      return await Promise.any(taken);
    } catch {
      // Who is overloaded says nothing of the transaction, and who did not answer may have taken it.
      const refused = (await Promise.all(asked)).find((answer) => answer !== undefined && !isOverloaded(answer));
      if (refused === undefined) throw this.#nobody();
      return refused;
    }
  }

  /** The endpoints to ask, the well ones first. @throws ChainError where all are of another chain */
  #inOrder(): readonly Endpoint[] {
    const now = this.#options.clock();
    const ours = this.#endpoints.filter(({ isForeign }) => !isForeign);
    if (ours.length === 0) throw this.#nobody();
    return ours.toSorted((a, b) => Number(isWellAt(b, now)) - Number(isWellAt(a, now)));
  }

  /**
   * Asks endpoints of which nothing new is known for their chain and latest block, and shuns those that are amiss. Nobody
   * waits for those that come back, as long as there are others.
   */
  async #lookAround(): Promise<void> {
    const now = this.#options.clock();
    const due = this.#endpoints.filter(
      ({ surveyedAt, shunnedUntil }) => shunnedUntil <= now && now - surveyedAt >= this.#options.surveyMs,
    );
    const returning = this.#look(due.filter((endpoint) => !isTrusted(endpoint)));
    await this.#look(due.filter(isTrusted));
    if (!this.#endpoints.some((endpoint) => isWellAt(endpoint, now))) await returning;
  }

  async #look(due: readonly Endpoint[]): Promise<void> {
    const found = await Promise.all(due.map(async (endpoint) => ((await this.#visit(endpoint)) ? [endpoint] : [])));
    const best = Math.max(...this.#endpoints.filter(isTrusted).map(({ head }) => head));
    for (const endpoint of found.flat()) {
      const lag = best - endpoint.head;
      if (lag > this.#options.maxLag) this.#shun(endpoint, `is ${lag} blocks behind`);
    }
  }

  /** Whether an endpoint says where it is, and that is where it should be. One visit at a time is enough. */
  async #visit(endpoint: Endpoint): Promise<boolean> {
    endpoint.visit ??= this.#askAround(endpoint).finally(() => (endpoint.visit = undefined));
    return endpoint.visit;
  }

  async #askAround(endpoint: Endpoint): Promise<boolean> {
    const { clock, timeoutMs } = this.#options;
    try {
      const [chainId, head] = await Promise.all([
        askNumber(endpoint.url, "eth_chainId", timeoutMs),
        askNumber(endpoint.url, "eth_blockNumber", timeoutMs),
      ]);
      endpoint.isForeign = chainId !== this.#chainId;
      if (endpoint.isForeign) throw new ChainError("WrongChain", `is of chain ${chainId}`);
      endpoint.head = Number(head);
      endpoint.surveyedAt = clock();
      return true;
    } catch (thrown) {
      this.#shun(endpoint, describe(thrown));
      return false;
    }
  }

  #shun(endpoint: Endpoint, problem: string): void {
    endpoint.problem = problem;
    endpoint.shunnedUntil = this.#options.clock() + this.#options.quarantineMs;
    endpoint.surveyedAt = -Infinity;
  }

  #nobody(): ChainError {
    const foreign = this.#endpoints.filter(({ isForeign }) => isForeign);
    const found = this.#endpoints.map(({ url, problem }) => `${hostOf(url)} ${problem}`).join("; ");
    return foreign.length === this.#endpoints.length
      ? new ChainError("WrongChain", `no endpoint is of chain ${this.#chainId} (${found}): name one that is`)
      : new ChainError("Unreachable", `no RPC endpoint of chain ${this.#chainId} answers (${found}): name another`);
  }
}

/** Whether an endpoint was seen to be of the right chain, and has done nothing wrong since. */
function isTrusted({ surveyedAt }: Endpoint): boolean {
  return surveyedAt > -Infinity;
}

function isWellAt(endpoint: Endpoint, now: number): boolean {
  return isTrusted(endpoint) && endpoint.shunnedUntil <= now;
}

/** Which chain an endpoint is of. @throws ChainError where it does not say */
export async function chainIdAt(url: string, timeoutMs = defaults.timeoutMs): Promise<bigint> {
  try {
    return await askNumber(url, "eth_chainId", timeoutMs);
  } catch (cause) {
    throw new ChainError("Unreachable", `${hostOf(url)} ${describe(cause)}: check its address and that it runs`, {
      cause,
    });
  }
}

async function askNumber(url: string, method: string, timeoutMs: number): Promise<bigint> {
  const answer = await post(url, { id: 1, jsonrpc: "2.0", method, params: [] }, timeoutMs);
  if ("error" in answer || !/^0x[0-9a-f]+$/i.test(String(answer.result))) {
    throw new ChainError("Garbage", `does not answer ${method} with a number`);
  }
  return BigInt(answer.result as string);
}

/** Asks an endpoint once. Whoever is asked too often is not asked again, but the next one. */
async function post(url: string, payload: JsonRpcPayload, timeoutMs: number): Promise<Answer> {
  const request = new FetchRequest(url);
  request.timeout = timeoutMs;
  request.setThrottleParams({ maxAttempts: 1 });
  request.body = JSON.stringify(payload);
  request.setHeader("content-type", "application/json");
  const response = await request.send();
  const answer = parseAnswer(payload, response.hasBody() ? response.bodyText : "");
  // Some refuse what they were asked in words of JSON-RPC and of HTTP alike, some in those of HTTP: that is an answer.
  if (answer === undefined && REFUSALS.includes(response.statusCode)) {
    return { id: payload.id, error: { code: -32_600, message: `refused with ${response.statusCode}` } };
  }
  if (response.statusCode === 429 || answer === undefined) response.assertOk();
  if (answer === undefined) throw new ChainError("Garbage", "answers what is no JSON-RPC");
  return answer;
}

/** Where a URL leads, without what may be a secret in it. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "what is no address";
}

/** The answer to a request; undefined where it is none. */
function parseAnswer({ id }: JsonRpcPayload, body: string): Answer | undefined {
  try {
    const answer = z.union([failureSchema, resultSchema]).parse(JSON.parse(body));
    if ("error" in answer) return { id, error: answer.error };
    return answer.id === id ? { id, result: answer.result } : undefined;
  } catch {
    return undefined;
  }
}

function isOverloaded(answer: Answer): boolean {
  if (!("error" in answer)) return false;
  const { code, message } = answer.error;
  // What a contract reverts with may use the same words.
  const isRevert = code === 3 || typeof (answer.error.data as unknown) === "string";
  return code === 429 || (!isRevert && overloaded.test(message ?? ""));
}

function describe(thrown: unknown): string {
  if (thrown instanceof ChainError) return thrown.message;
  if (isError(thrown, "TIMEOUT")) return "does not answer in time";
  if (isError(thrown, "SERVER_ERROR") && thrown.response !== undefined) return `answers ${thrown.response.statusCode}`;
  return "does not answer";
}
