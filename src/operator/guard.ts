import { isIPv6 } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import type { Logger } from "pino";
import { RECEIPT_HEADER, REQUEST_HEADER } from "../core/wire.ts";
import type { Limiter } from "./limiter.ts";
import type { Metrics, NodeStatus } from "./metrics.ts";
import { Refusal } from "./refusals.ts";
import { REFUSAL_HEADER, refuse } from "./responses.ts";
import type { Handler } from "./server.ts";

/** What stands around a node's interface. */
export interface GuardOptions {
  readonly limiter: Limiter;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Milliseconds that never go back. */
  readonly clock: () => number;
  /** Why the node should be sent no requests now; empty where it should. */
  readonly reasons: () => Promise<readonly string[]>;
  /** Undefined where the chain cannot be read. */
  readonly status: () => Promise<NodeStatus | undefined>;
  /** Whether the node stands behind a proxy of its owner's, which says in X-Forwarded-For whom it speaks for. */
  readonly isProxied: boolean;
}

/** Headers that a browser lets its page read. */
const EXPOSED = [REQUEST_HEADER, RECEIPT_HEADER, REFUSAL_HEADER, "payment-required", "payment-response", "retry-after"];

/**
 * Puts limits, numbers and a log around a node's interface, and answers those who watch over it: GET /ready and
 * GET /metrics, which no limit keeps out.
 */
export function guarded(app: Hono, options: GuardOptions): Handler {
  const { metrics, reasons, status } = options;
  const outer = new Hono<{ Bindings: Partial<HttpBindings> }>();
  outer.get("/health", (context) => app.fetch(context.req.raw));
  outer.get("/ready", async (context) => {
    const found = await reasons();
    return context.json({ ready: found.length === 0, reasons: found }, found.length === 0 ? 200 : 503);
  });
  outer.get("/metrics", async (context) => {
    return context.text(await metrics.text(await status()), 200, { "content-type": metrics.registry.contentType });
  });
  outer.use(cors({ origin: "*", exposeHeaders: EXPOSED, maxAge: 3_600 }));
  outer.all("*", async (context) => admit(app, { ...options, request: context.req.raw, connection: context.env }));
  return (request, connection) => outer.fetch(request, connection);
}

/** One request, and what it came by. */
interface Visit extends GuardOptions {
  readonly request: Request;
  readonly connection: Partial<HttpBindings> | undefined;
}

async function admit(app: Hono, visit: Visit): Promise<Response> {
  const { request, connection, limiter, metrics, clock } = visit;
  const client = clientOf(visit);
  const began = clock();
  metrics.began();
  let leave = (): void => undefined;
  let response: Response;
  try {
    leave = limiter.enter(client);
    response = await app.fetch(request, connection);
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    response = refuse(cause);
  }
  const outcome = response.headers.get(REFUSAL_HEADER) ?? "ok";
  whenSent(connection, () => {
    leave();
    note(visit, { app, client, outcome, status: response.status, milliseconds: clock() - began });
  });
  return response;
}

/** Does it once the last byte is sent, or the client is gone. */
function whenSent(connection: Partial<HttpBindings> | undefined, done: () => void): void {
  if (connection?.outgoing === undefined || connection.outgoing.closed) done();
  else connection.outgoing.once("close", done);
}

/** How a visit ended. */
interface Outcome {
  readonly app: Hono;
  readonly client: string;
  readonly outcome: string;
  readonly status: number;
  readonly milliseconds: number;
}

function note({ request, metrics, log }: Visit, { app, client, outcome, status, milliseconds }: Outcome): void {
  const { pathname } = new URL(request.url);
  const route = routeOf(app, pathname);
  metrics.ended({ route, outcome, seconds: milliseconds / 1_000 });
  const level = status >= 500 ? "warn" : "info";
  log[level](
    { method: request.method, path: pathname.slice(0, 200), status, outcome, client, milliseconds },
    "request",
  );
}

/** The route's pattern: a metric has a row for each, and strangers must not make rows. */
function routeOf(app: Hono, path: string): string {
  const isIt = (pattern: string) => new RegExp(`^${pattern.replace(/:[a-z]+/g, "[^/]+")}$`).test(path);
  return app.routes.find((route) => route.method !== "ALL" && isIt(route.path))?.path ?? "other";
}

/** By what a client is told from others: its address, or the network of it where one client has as many as it likes. */
function clientOf({ request, connection, isProxied }: Visit): string {
  // What the last proxy adds stands last; what is before it the client can write itself.
  const forwarded = isProxied ? request.headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() : undefined;
  const address = forwarded ?? connection?.incoming?.socket.remoteAddress ?? "unknown";
  const plain = address.replace(/^::ffff:(?=\d+\.)/, "");
  if (!isIPv6(plain)) return plain.slice(0, 45);
  const [head = "", tail] = plain.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - groups.length - after.length }, () => "0");
  return `${[...groups, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
