import { expect } from "chai";
import { ChainError } from "../../src/chain/errors.ts";
import { type Network, networkOf, networks, openProvider } from "../../src/chain/networks.ts";
import { FlakyRpc } from "../support/flakyRpc.ts";
import { chain, close, open, provider, rejectionOf, useStage } from "../support/stage.ts";

describe("networks", () => {
  useStage();

  async function serving(chainId?: bigint): Promise<string> {
    const rpc = new FlakyRpc(provider, { seed: 1 });
    rpc.chainId = chainId;
    return (await open(rpc.handler)).url;
  }

  async function nobody(): Promise<string> {
    const gone = await open(() => new Response());
    await gone.close();
    return gone.url;
  }

  describe("are named", () => {
    it("as everyone knows them", () => {
      for (const [name, network] of Object.entries(networks)) {
        expect(networkOf(name)).to.equal(network);
        expect(network.name).to.equal(name);
        for (const url of network.endpoints) expect(URL.canParse(url)).to.be.true;
      }
      expect(networks.sepolia.chainId).to.equal(11_155_111n);
      expect(networks["base-sepolia"].chainId).to.equal(84_532n);
    });

    it("with endpoints of one's own", () => {
      const found = networkOf("sepolia", "http://127.0.0.1:1, https://example.org/key");
      expect(found.endpoints).to.deep.equal(["http://127.0.0.1:1/", "https://example.org/key"]);
      expect(found.chainId).to.equal(11_155_111n);
    });

    it("by their endpoints alone", () => {
      expect(networkOf("http://127.0.0.1:1,http://127.0.0.1:2")).to.deep.include({
        endpoints: ["http://127.0.0.1:1/", "http://127.0.0.1:2/"],
        chainId: undefined,
      });
    });

    for (const [text, rpc, reason, remedy] of [
      ["mainnet", undefined, "NetworkUnknown", "name one of local, sepolia, base-sepolia"],
      ["toString", undefined, "NetworkUnknown", "name one of"],
      ["", undefined, "NetworkUnknown", "an RPC URL"],
      ["sepolia", "example.org", "EndpointInvalid", "name http or https addresses"],
      ["sepolia", "", "EndpointInvalid", "name http or https addresses"],
      ["ftp://example.org", undefined, "EndpointInvalid", '"ftp://example.org"'],
      ["http://127.0.0.1:1,", undefined, "EndpointInvalid", '""'],
    ] as const) {
      it(`but not as "${text}"${rpc === undefined ? "" : ` at "${rpc}"`}`, async () => {
        const error = await rejectionOf(
          ChainError,
          Promise.resolve().then(() => networkOf(text, rpc)),
        );
        expect(error.reason).to.equal(reason);
        expect(error.message).to.include(remedy);
      });
    }
  });

  describe("open", () => {
    const at = (endpoints: readonly string[], chainId?: bigint): Network => ({
      ...networks.local,
      endpoints,
      chainId,
    });

    it("at the first endpoint that is well", async () => {
      const rpc = await openProvider(at([await nobody(), await serving()], 31_337n), { retryMs: 1 });
      close({ close: () => rpc.destroy() });
      expect(await rpc.getBlockNumber()).to.equal(await chain.getBlockNumber());
      expect(rpc.pollingInterval).to.equal(networks.local.pollMs);
    });

    it("and take the chain of the first that answers, where none is named", async () => {
      const rpc = await openProvider(at([await nobody(), await serving()]));
      close({ close: () => rpc.destroy() });
      expect((await rpc.getNetwork()).chainId).to.equal(31_337n);
    });

    for (const [what, make, wanted, reason, says] of [
      ["where nobody answers", async () => at([await nobody()], 31_337n), undefined, "Unreachable", "name another"],
      ["where nobody says of which chain", async () => at([await nobody()]), undefined, "Unreachable", "that it runs"],
      ["on another chain", async () => at([await serving(1n)], 31_337n), undefined, "WrongChain", "is of chain 1"],
      ["for a deployment elsewhere", async () => at([await serving()], 31_337n), 5n, "WrongChain", "wanted is 5"],
      ["at endpoints of another chain than wanted", async () => at([await serving()]), 5n, "WrongChain", "name one"],
    ] as const) {
      it(`but not ${what}`, async () => {
        const options = { retryMs: 1, ...(wanted === undefined ? {} : { chainId: wanted }) };
        const error = await rejectionOf(ChainError, openProvider(await make(), options));
        expect(error.reason).to.equal(reason);
        expect(error.message).to.include(says);
      });
    }
  });
});
