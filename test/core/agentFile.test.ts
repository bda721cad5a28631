import { expect } from "chai";
import {
  AGENT_FILE_TYPE,
  AgentFileError,
  type AgentProfile,
  makeAgentFile,
  parseAgentFile,
} from "../../src/core/agentFile.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";

const hexOf = (digit: number): Hex => toHex(new Uint8Array(20).fill(digit));

const profile: AgentProfile = {
  name: "Olive",
  description: "Handwritten digits, proven. 0.02 a picture.",
  image: "https://olive.example/olive.png",
  endpoint: "https://olive.example",
  sellsByX402: true,
  chainId: 84_532n,
  registration: { identity: hexOf(9), agentId: 22n },
  surety: {
    operator: hexOf(1),
    bonds: hexOf(2),
    ledger: hexOf(3),
    escrow: hexOf(4),
    credit: hexOf(5),
    publisher: hexOf(6),
  },
};

/** A registration file as the ERC itself shows one, shortened. */
const foreign = {
  type: AGENT_FILE_TYPE,
  name: "myAgentName",
  description: "A natural language description",
  image: "https://example.com/agentimage.png",
  services: [
    { name: "web", endpoint: "https://web.agentxyz.com/" },
    { name: "MCP", endpoint: "https://mcp.agent.eth/", capabilities: [], version: "2025-06-18" },
    { name: "ENS", endpoint: "vitalik.eth", version: "v1" },
  ],
  x402Support: false,
  active: true,
  registrations: [{ agentId: 22, agentRegistry: "eip155:1:0x742d35Cc6634C0532925a3b844Bc9e7595f0bEb7" }],
  supportedTrust: ["reputation", "crypto-economic", "tee-attestation"],
};

describe("a registration file", () => {
  it("names the node's endpoints, the registration, and what answers for it", () => {
    const at = "https://olive.example/v1";
    expect(makeAgentFile(profile)).to.deep.equal({
      type: "https://eips.ethereum.org/EIPS/eip-8004#registration-v1",
      name: profile.name,
      description: profile.description,
      image: profile.image,
      services: [
        { name: "OpenAI", endpoint: at, version: "v1" },
        { name: "x402", endpoint: `${at}/chat/completions`, version: "2" },
        { name: "Surety", endpoint: `${at}/offer`, version: "1" },
      ],
      x402Support: true,
      active: true,
      registrations: [{ agentId: 22, agentRegistry: `eip155:84532:${hexOf(9)}` }],
      supportedTrust: ["reputation", "crypto-economic"],
      surety: {
        operator: `eip155:84532:${hexOf(1)}`,
        bonds: `eip155:84532:${hexOf(2)}`,
        ledger: `eip155:84532:${hexOf(3)}`,
        escrow: `eip155:84532:${hexOf(4)}`,
        credit: `eip155:84532:${hexOf(5)}`,
        publisher: `eip155:84532:${hexOf(6)}`,
      },
    });
  });

  it("leaves out what is not there", () => {
    const { image: _, registration: __, ...rest } = profile;
    const { publisher: ___, ...surety } = profile.surety;
    const file = makeAgentFile({ ...rest, surety, sellsByX402: false });
    expect(file).not.to.have.property("image");
    expect(file.registrations).to.deep.equal([]);
    expect(file.x402Support).to.be.false;
    expect(file.services.map(({ name }) => name)).to.deep.equal(["OpenAI", "Surety"]);
    expect(file["surety"]).not.to.have.property("publisher");
  });

  it("is read again as it was written", () => {
    const file = makeAgentFile(profile);
    expect(parseAgentFile(JSON.stringify(file))).to.deep.equal(file);
  });

  it("may be anybody's", () => {
    expect(parseAgentFile(JSON.stringify(foreign))).to.deep.equal(foreign);
    const { image: _, x402Support: __, active: ___, supportedTrust: ____, ...least } = foreign;
    expect(parseAgentFile(JSON.stringify(least))).to.deep.equal(least);
  });

  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ["another type", { type: "https://eips.ethereum.org/EIPS/eip-8004" }, /type/],
    ["no name", { name: "" }, /name/],
    ["no description", { description: undefined }, /description/],
    ["a picture that is no address", { image: "picture" }, /image/],
    ["a service without a name", { services: [{ endpoint: "https://a.example" }] }, /services\[0\]\.name/],
    ["a service that is nowhere", { services: [{ name: "web", endpoint: "" }] }, /services\[0\]\.endpoint/],
    ["a registration without a number", { registrations: [{ agentRegistry: "eip155:1:0x0" }] }, /agentId/],
    ["a registration without a registry", { registrations: [{ agentId: 1 }] }, /agentRegistry/],
    ["a registry without a chain", { registrations: [{ agentId: 1, agentRegistry: "0x0" }] }, /agentRegistry/],
    ["a number below zero", { registrations: [{ agentId: -1, agentRegistry: "eip155:1:0x0" }] }, /agentId/],
    ["trust in nothing", { supportedTrust: [""] }, /supportedTrust/],
  ];
  for (const [what, change, says] of wrong) {
    it(`is none with ${what}`, () => {
      const text = JSON.stringify({ ...foreign, ...change });
      expect(() => parseAgentFile(text)).to.throw(AgentFileError, says);
    });
  }

  it("is none where it is not JSON", () => {
    expect(() => parseAgentFile("{")).to.throw(AgentFileError, "not JSON");
  });

  it("does not name an agent whose number JSON does not hold", () => {
    const registration = { identity: hexOf(9), agentId: 2n ** 53n };
    expect(() => makeAgentFile({ ...profile, registration })).to.throw(AgentFileError, "agentId");
    const greatest = makeAgentFile({ ...profile, registration: { ...registration, agentId: 2n ** 53n - 1n } });
    expect(greatest.registrations[0]?.agentId).to.equal(Number.MAX_SAFE_INTEGER);
  });
});
