import type { AddressInfo } from "node:net";
import { type HttpBindings, serve, type ServerType } from "@hono/node-server";
import { Hono } from "hono";
import type { Hex } from "../core/bytes.ts";
import { askSchema, questionSchema, readText } from "../core/records.ts";
import type { OperatorNode } from "./node.ts";
import { openaiApi } from "./openaiApi.ts";
import { Refusal } from "./refusals.ts";
import { json, limitBody, PAYMENT_HEADER, readBytes, refusalFor, refuse, sold } from "./responses.ts";

/** The greatest body of a request, in bytes: the widest input in hexadecimal, with room for the rest. */
const MAX_BODY = 64 * 1024;

/** The port is taken by another process. */
export class PortInUseError extends Error {
  override readonly name = "PortInUseError";

  constructor(port: number) {
    super(`port ${port} is in use: choose another, or 0 for any free one`);
  }
}

/** A listening server. */
export interface Listening {
  readonly url: string;
  /** Ends at once, whatever is under way. */
  close(): Promise<void>;
  /** Takes nothing new, lets what is under way come to its end for at most so many milliseconds, and ends. */
  stop(patience: number): Promise<void>;
}

/** A node's HTTP interface. @param onError told of what is no refusal, with the request's path */
export function api(node: OperatorNode, onError: (error: Error, path: string) => void): Hono {
  const app = new Hono();
  app.get("/health", () => json({ status: "ok" }));
  app.get("/v1/offer", () => json(node.offer()));
  app.post("/v1/inference", limitBody(MAX_BODY), async (context) => {
    const text = new TextDecoder().decode(await readBytes(context.req.raw));
    if (isAsk(text)) return json(await node.serve(readText(askSchema, text)));
    const question = readText(questionSchema, text);
    const payment = context.req.header(PAYMENT_HEADER);
    const sale = await node.sell({ question, payment, path: context.req.path });
    return sold(json(sale.answer), sale);
  });
  app.get("/v1/batches/:root", async (context) => json(await node.batch(context.req.param("root") as Hex)));
  app.get("/v1/records/:leaf", async (context) => json(await node.record(context.req.param("leaf") as Hex)));
  app.route("/", openaiApi(node, onError));
  app.notFound((context) => refuse(new Refusal("RouteUnknown", `no ${context.req.method} ${context.req.path} here`)));
  app.onError((error, context) => {
    const tell = (unexpected: Error): void => onError(unexpected, context.req.path);
    return refuse(refusalFor(error, tell));
  });
  return app;
}

/** What answers HTTP requests: `api(node).fetch`. What it is told of the connection is left out where there is none. */
export type Handler = (request: Request, connection?: Partial<HttpBindings>) => Response | Promise<Response>;

/** Where a server listens, and how long it waits for clients. */
export interface ListenOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** Loopback where left out. */
  readonly hostname?: string;
  /** How long a client may take to send the head of a request, and all of it, in milliseconds. */
  readonly patience?: { readonly head: number; readonly whole: number };
}

/** A request's headers may hold an order whose context is as long as contexts may be, in base64url. */
const MAX_HEADERS = 64 * 1024;

/** How long a connection is kept that nothing is asked on, in milliseconds. */
const KEEP_ALIVE = 5_000;

const PATIENCE = { head: 10_000, whole: 30_000 };

/** Serves, on loopback unless it says otherwise. @param at a port, or more @throws PortInUseError */
export async function listen(handler: Handler, at: number | ListenOptions): Promise<Listening> {
  const { port, hostname = "127.0.0.1", patience = PATIENCE } = typeof at === "number" ? { port: at } : at;
  const serverOptions = {
    headersTimeout: patience.head,
    requestTimeout: patience.whole,
    connectionsCheckingInterval: Math.min(1_000, patience.head),
    keepAliveTimeout: KEEP_ALIVE,
    maxHeaderSize: MAX_HEADERS,
  };
  return new Promise((resolve, reject) => {
    const fetch = (request: Request, connection: unknown) => handler(request, connection as HttpBindings);
    const server = serve({ fetch, hostname, port, serverOptions }, ({ address, family, port: found }: AddressInfo) => {
      const host = family === "IPv6" ? `[${address}]` : address;
      resolve({ url: `http://${host}:${found}`, close: () => end(server, 0), stop: (limit) => end(server, limit) });
    });
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortInUseError(port) : error);
    });
  });
}

/** Whether a body holds a signed request; where it is no JSON either, reading it says so. */
function isAsk(text: string): boolean {
  return /"request"\s*:/.test(text);
}

/** Ends a server: connections on which nothing is under way at once, the others as they come to rest. */
async function end(server: ServerType, patience: number): Promise<void> {
  if (!("closeAllConnections" in server)) throw new TypeError("an HTTP/1.1 server expected");
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  server.on("request", (_, response) => {
    response.setHeader("connection", "close");
  });
  const resting = setInterval(() => {
    server.closeIdleConnections();
  }, 50);
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, patience);
  if (patience === 0) server.closeAllConnections();
  await closed;
  clearInterval(resting);
  clearTimeout(late);
}
