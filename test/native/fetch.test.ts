import { once } from "node:events";
import { get, globalAgent, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { expect } from "chai";
import { guardedFetch, isLoopback } from "../../src/native/fetch.ts";
import { close, closeOpened, open, rejection } from "../support/stage.ts";

describe("asking strangers' servers", () => {
  afterEach(closeOpened);

  it("reaches nothing at private addresses, however they are named", async () => {
    const { url } = await open(() => new Response("here"));
    const { port } = new URL(url);
    const guarded = guardedFetch(false);
    const hosts = [
      "127.0.0.1",
      "localhost",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "0x7f.1",
      "2130706433",
      "0.0.0.0",
      "10.0.0.1",
    ];
    for (const host of [...hosts, "169.254.169.254", "192.168.1.1", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]"]) {
      const error = await rejection(guarded(`http://${host}:${port}/`));
      expect(error.name, host).to.equal("PrivateAddressError");
    }
    expect(await (await guardedFetch(true)(`http://localhost:${port}/`)).text()).to.equal("here");
  });

  it("goes nowhere else than it was sent", async () => {
    const inner = await open(() => new Response("secret"));
    const outer = await open(() => Response.redirect(inner.url));
    const response = await guardedFetch(true)(outer.url);
    expect([response.ok, response.status, await response.text()]).to.deep.equal([false, 302, ""]);
  });

  it("takes no connection that others of this process have open to a private address", async () => {
    const { url } = await open(() => new Response("here"));
    const { port } = new URL(url);
    const agent = globalAgent as typeof globalAgent & { readonly freeSockets: NodeJS.ReadOnlyDict<unknown> };
    const asked = get(`http://localhost:${port}/`);
    const [answer] = (await once(asked, "response")) as [IncomingMessage];
    expect(await text(answer)).to.equal("here");
    await setImmediate();
    expect(Object.keys(agent.freeSockets).some((name) => name.includes(port))).to.be.true;
    const error = await rejection(guardedFetch(false)(`http://localhost:${port}/`));
    expect(error.name).to.equal("PrivateAddressError");
  });

  it("knows this machine's own addresses from those that only look so", () => {
    for (const url of ["http://127.0.0.1:8545", "https://localhost", "http://[::1]:8545/"])
      expect(isLoopback(url), url).to.be.true;
    const others = ["http://localhost.example.org", "http://127.0.0.1.example.org", "http://10.0.0.1", "sepolia", ""];
    for (const url of others) expect(isLoopback(url), url).to.be.false;
  });

  it("comes to an end whatever they say", async () => {
    const says = async (head: string): Promise<string> => {
      const server = createServer((socket) => socket.once("data", () => socket.end(`${head}\r\n\r\n`)));
      await once(server.listen(0, "127.0.0.1"), "listening");
      close({ close: async () => once(server.close(), "close") });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    };
    const strange = await guardedFetch(true)(await says("HTTP/1.1 700 Strange"));
    expect([strange.ok, strange.status]).to.deep.equal([false, 502]);
    const switched = await says("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other");
    const error = await rejection(guardedFetch(true)(switched, { signal: AbortSignal.timeout(10_000) }));
    expect(error.message).to.include("without an answer");
  });
});
