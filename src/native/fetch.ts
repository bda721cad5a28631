/** Asking strangers' servers: no redirects, and no addresses inside the network that this machine is in. */
import { lookup as resolveName, type LookupAddress, type LookupOptions } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { Readable } from "node:stream";
import type { ReadableStream as WebStream } from "node:stream/web";
import { SuretyError } from "../core/errors.ts";

/** An address that nothing is asked of. */
export class PrivateAddressError extends SuretyError {
  override readonly name = "PrivateAddressError";
}

const inside = new BlockList();
for (const [net, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 3],
] as const) {
  inside.addSubnet(net, prefix, "ipv4");
}
for (const [net, prefix] of [
  ["::", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  inside.addSubnet(net, prefix, "ipv6");
}

/** Whether an address is one of this machine, of its network, or of none; those that only wrap another count as such. */
export function isPrivate(address: string): boolean {
  return inside.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** The connection goes to what was looked at: a name that is resolved twice can say something else the second time. */
const publicLookup: LookupFunction = (hostname, options: LookupOptions, callback) => {
  resolveName(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    // With an error there are none.
    const found = error === null ? addresses : [];
    const [first] = found;
    if (error !== null) callback(error, "", 0);
    else if (found.some(({ address }) => isPrivate(address))) callback(refusal(hostname), "", 0);
    else if (options.all === true) callback(null, found);
    else callback(null, first?.address ?? "", first?.family ?? 0);
  });
};

/** How connections are kept for the next question: as Node does, five seconds. */
const KEPT = { keepAlive: true, timeout: 5_000 } as const;

/** A machine's names for itself. */
const LOOPBACK = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** Whether an address is of this machine by its own word: what a chain there names may be here too. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(URL.parse(url)?.hostname ?? "");
}

/**
 * A `fetch` for addresses that strangers name: GET without headers of the caller's; a redirect is not followed.
 * @param allowsPrivate whether they may be private: on a chain of this machine's own
 */
export function guardedFetch(allowsPrivate: boolean): typeof globalThis.fetch {
  // Its own: a connection that somebody else keeps open, to an RPC endpoint in this network say, is not looked up again.
  const plain = new http.Agent(KEPT);
  const secure = new https.Agent(KEPT);
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    // An address is not looked up.
    if (!allowsPrivate && isIP(host) !== 0 && isPrivate(host)) throw refusal(host);
    const options: http.RequestOptions = {
      method: "GET",
      agent: url.protocol === "https:" ? secure : plain,
      headers: { accept: "application/json" },
      ...(init?.signal ? { signal: init.signal } : {}),
      ...(allowsPrivate ? {} : { lookup: publicLookup }),
    };
    return new Promise((done, fail) => {
      const { request } = url.protocol === "https:" ? https : http;
      const outgoing = request(url, options, (incoming) => {
        // A redirect is an answer like any other: one that says nothing.
        const said = incoming.statusCode ?? 0;
        // A server may say any three digits; a response takes no others than these.
        const status = 200 <= said && said <= 599 ? said : 502;
        const isReadable = status !== 204 && status !== 205 && status !== 304;
        if (!isReadable) incoming.resume();
        const body = isReadable ? (Readable.toWeb(incoming) as WebStream<Uint8Array>) : null;
        done(new Response(body, { status }));
      });
      outgoing.once("error", fail);
      // What switches to another protocol is closed without an error.
      outgoing.once("close", () => fail(new TypeError(`${host} closed the connection without an answer`)));
      outgoing.end();
    });
  };
}

function refusal(host: string): PrivateAddressError {
  return new PrivateAddressError(`${host} is at a private address`);
}
