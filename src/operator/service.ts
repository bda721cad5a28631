import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { Contracts } from "../chain/contracts.ts";
import { type Deployment, domainsOf } from "../chain/deployment.ts";
import { ChainError } from "../chain/errors.ts";
import { tokenDomain } from "../chain/funding.ts";
import type { NamedDomain } from "../core/eip712.ts";
import { Background, type Chore } from "./background.ts";
import { CombinedEngine, type Engine } from "./engine.ts";
import { guarded } from "./guard.ts";
import { DEFAULT_LIMITS, Limiter, type Limits } from "./limiter.ts";
import { Metrics, type NodeStatus } from "./metrics.ts";
import { type NodeOptions, OperatorNode } from "./node.ts";
import { Refusal } from "./refusals.ts";
import { refuse } from "./responses.ts";
import { api, type Handler, listen, type ListenOptions } from "./server.ts";

/** Where a node listens, and what it takes on. */
export interface HttpConfig extends ListenOptions {
  /** Where clients reach it, without a slash at the end; where it listens, if left out. Published batches are found under it. */
  readonly endpoint?: string;
  /** Whether a proxy of the owner's stands before it and says in X-Forwarded-For whom it speaks for. */
  readonly isProxied?: boolean;
  readonly limits?: Limits;
}

/** How often a node does what it does by itself, in seconds. */
export interface Intervals {
  readonly commit: number;
  readonly settle: number;
  /** An answer is due a day after the demand: some minutes are well. */
  readonly answer: number;
}

/** What a node's process is made of: `surety operator serve` reads it from files and the environment. */
export interface ServiceConfig extends Pick<
  NodeOptions,
  "operator" | "secret" | "tariff" | "tariffs" | "journal" | "settlement" | "countsDelegatedCover" | "clock"
> {
  readonly deployment: Deployment;
  /** Behind a signer that may commit and settle for the operator, and numbers its transactions itself. */
  readonly contracts: Contracts;
  /** What more than one of them offers is the first one's. */
  readonly engines: readonly Engine[];
  readonly http: HttpConfig;
  readonly intervals: Intervals;
  /**
   * Whether answers are sold by x402 too: true where the token says itself in which domain it is signed for (ERC-5267), else
   * the domain's name and version.
   */
  readonly x402?: boolean | Pick<NamedDomain, "name" | "version">;
  /** See `makeLog`: it must tell no secrets. */
  readonly log: Logger;
  readonly registry: Registry;
  /** Milliseconds that never go back, as `performance.now`. */
  readonly monotonic: () => number;
}

/** A node that runs. */
export interface Service {
  readonly url: string;
  readonly node: OperatorNode;
  /**
   * Ends it well: takes no new requests, answers those under way, finishes the work begun. The journal is whoever opened
   * it to close.
   * @param patience how long requests under way may take, in milliseconds; half a minute where left out
   */
  stop(patience?: number): Promise<void>;
}

const PATIENCE = 30_000;

/**
 * Starts a node: listens, says on the chain where it publishes, commits, settles and answers demands at intervals, and
 * survives what fails of that.
 * @throws PortInUseError, JournalMismatchError before anything has begun
 * @throws ChainError where answers are sold by x402, and the chain cannot be read
 */
export async function startNode(config: ServiceConfig): Promise<Service> {
  const { x402: _, ...options } = config;
  const { deployment, engines, http, log, registry, monotonic } = options;
  const metrics = new Metrics(registry);
  const limiter = new Limiter(http.limits ?? DEFAULT_LIMITS, monotonic);
  const state: { handler?: Handler; isStopping: boolean } = { isStopping: false };
  // A node names its own address, which is known once it listens.
  const server = await listen((request, connection) => {
    if (state.isStopping) return refuse(new Refusal("Stopping", "the node takes no new requests"));
    return state.handler?.(request, connection) ?? refuse(new Refusal("Stopping", "the node is about to start"));
  }, http);
  try {
    const token = await payableToken(config);
    const node = await OperatorNode.open({
      ...options,
      ...(token === undefined ? {} : { x402: token }),
      engine: new CombinedEngine(engines),
      domains: domainsOf(deployment),
      endpoint: http.endpoint ?? server.url,
    });
    const app = api(node, (error, path) => {
      if (error instanceof ChainError) metrics.chainFailed("serve", error.reason);
      else metrics.failed();
      log.error({ path, err: error }, error instanceof ChainError ? "the chain cannot be asked" : "unexpected");
    });
    const isProxied = http.isProxied ?? false;
    const reasons = () => node.unready();
    const status = () => readStatus(node, metrics);
    state.handler = guarded(app, { limiter, metrics, log, clock: monotonic, reasons, status, isProxied });
    const background = new Background({ chores: choresOf(node, config), metrics, log, clock: monotonic });
    log.info({ url: server.url, operator: config.operator }, "serving");
    return {
      url: server.url,
      node,
      stop: async (patience = PATIENCE) => {
        state.isStopping = true;
        await Promise.all([server.stop(patience), background.stop()]);
        // Whoever left before the end has ordered all the same.
        await node.idle();
        log.info("stopped");
      },
    };
  } catch (cause) {
    await server.close();
    throw cause;
  }
}

function choresOf(node: OperatorNode, { intervals, deployment }: ServiceConfig): Chore[] {
  const every = (seconds: number) => seconds * 1_000;
  let fromBlock = deployment.block;
  return [
    { name: "commit", every: every(intervals.commit), run: () => node.commit() },
    { name: "settle", every: every(intervals.settle), run: () => node.settle() },
    {
      name: "answer",
      every: every(intervals.answer),
      run: async () => {
        const answering = await node.answerDemands(fromBlock);
        fromBlock = answering.resumeAt;
        return answering.answered.length + answering.unanswered.length === 0 ? undefined : answering;
      },
    },
  ];
}

/** The domain that x402 payments are signed in; undefined where none are taken. @throws ChainError */
async function payableToken({ x402, contracts, deployment }: ServiceConfig): Promise<NamedDomain | undefined> {
  if (x402 === undefined || x402 === false) return undefined;
  if (x402 === true) return tokenDomain(contracts, deployment);
  return { ...x402, chainId: deployment.chainId, contract: deployment.contracts.token };
}

async function readStatus(node: OperatorNode, metrics: Metrics): Promise<NodeStatus | undefined> {
  try {
    return await node.status();
  } catch (cause) {
    if (!(cause instanceof ChainError)) throw cause;
    metrics.chainFailed("status", cause.reason);
    return undefined;
  }
}
