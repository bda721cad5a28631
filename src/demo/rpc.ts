import { z } from "zod";
import type { Handler } from "../operator/server.ts";

/** A chain in this process: Hardhat's provider, or any other of EIP-1193. */
export interface Provider {
  request(call: { readonly method: string; readonly params: readonly unknown[] }): Promise<unknown>;
}

const callSchema = z.object({
  id: z.union([z.number(), z.string(), z.null()]).default(null),
  method: z.string(),
  params: z.array(z.unknown()).default([]),
});

const errorSchema = z.object({ code: z.number().catch(-32_603), message: z.string(), data: z.unknown().optional() });

/**
 * Lets a chain in this process be reached by JSON-RPC over HTTP, so that nodes, clients and watchers use it as any other.
 * Hardhat's own server would be a second chain: it keeps its provider, which Ignition needs, to itself.
 */
export function rpcHandler(provider: Provider): Handler {
  return async (request) => {
    if (request.method !== "POST") return new Response("POST JSON-RPC requests here\n", { status: 405 });
    const body: unknown = await request.json().catch(() => undefined);
    const answers = Array.isArray(body) ? body.map((call) => answer(provider, call)) : [answer(provider, body)];
    const results = await Promise.all(answers);
    return Response.json(Array.isArray(body) ? results : results[0]);
  };
}

async function answer(provider: Provider, body: unknown): Promise<object> {
  const call = callSchema.safeParse(body);
  if (!call.success) return { jsonrpc: "2.0", id: null, error: { code: -32_600, message: "not a JSON-RPC request" } };
  const { id, method } = call.data;
  const params = call.data.params.map(nameOnce);
  try {
    return { jsonrpc: "2.0", id, result: (await provider.request({ method, params })) ?? null };
  } catch (thrown) {
    const error = errorSchema.safeParse(thrown);
    return { jsonrpc: "2.0", id, error: error.success ? error.data : { code: -32_603, message: String(thrown) } };
  }
}

/** Tools such as cast name a call's data twice, as "data" and "input", for servers that know only one; Hardhat takes either. */
function nameOnce(parameter: unknown): unknown {
  const named = z.looseObject({ data: z.string(), input: z.string() }).safeParse(parameter);
  if (!named.success || named.data.data !== named.data.input) return parameter;
  const { input: _, ...rest } = named.data;
  return rest;
}
