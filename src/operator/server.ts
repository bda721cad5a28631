import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Hex } from "../core/bytes.ts";
import { askSchema, readText, RecordError, write } from "../core/records.ts";
import type { OperatorNode } from "./node.ts";
import { Refusal } from "./refusals.ts";

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
  close(): Promise<void>;
}

/** A node's HTTP interface. @param onError told of what is no refusal, with the request's path */
export function api(node: OperatorNode, onError: (error: Error, path: string) => void): Hono {
  const app = new Hono();
  app.get("/health", () => json({ status: "ok" }));
  app.get("/v1/offer", () => json(node.offer()));
  app.post("/v1/inference", bodyLimit({ maxSize: MAX_BODY, onError: tooLarge }), async (context) => {
    return json(await node.serve(readText(askSchema, await context.req.text())));
  });
  app.get("/v1/batches/:root", async (context) => json(await node.batch(context.req.param("root") as Hex)));
  app.get("/v1/records/:leaf", async (context) => json(await node.record(context.req.param("leaf") as Hex)));
  app.notFound((context) => refuse(new Refusal("RouteUnknown", `no ${context.req.method} ${context.req.path} here`)));
  app.onError((error, context) => {
    if (error instanceof Refusal) return refuse(error);
    if (error instanceof RecordError) return refuse(new Refusal("Malformed", error.message, { cause: error }));
    onError(error, context.req.path);
    return refuse(new Refusal("Internal", "the node could not do it", { cause: error }));
  });
  return app;
}

/** What answers HTTP requests: `api(node).fetch`. */
export type Handler = (request: Request) => Response | Promise<Response>;

/** Serves on loopback. @param port 0 for any free one @throws PortInUseError */
export async function listen(handler: Handler, port: number): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: handler, hostname: "127.0.0.1", port }, (info: AddressInfo) => {
      resolve({
        url: `http://127.0.0.1:${info.port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => {
              closed();
            });
            if ("closeAllConnections" in server) server.closeAllConnections();
          }),
      });
    });
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new PortInUseError(port) : error);
    });
  });
}

function tooLarge(): Response {
  return refuse(new Refusal("BodyTooLarge", `a request has at most ${MAX_BODY} bytes`));
}

function refuse(refusal: Refusal): Response {
  return json(refusal.body(), refusal.status);
}

function json(value: unknown, status = 200): Response {
  return new Response(write(value), { status, headers: { "content-type": "application/json" } });
}
