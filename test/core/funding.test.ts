import { expect } from "chai";
import { AbiCoder, keccak256, SigningKey, TypedDataEncoder } from "ethers";
import fc from "fast-check";
import { type Hex, HexError } from "../../src/core/bytes.ts";
import { FieldError, type NamedDomain } from "../../src/core/eip712.ts";
import { type Authorization, authorizationDigest, type Funding, fundingNonce } from "../../src/core/funding.ts";
import { addressOf, recover } from "../../src/core/signatures.ts";
import { flips } from "../support/fields.ts";
import { domains, hexOf, uintOf } from "../vectors/messages.ts";

const runs = { seed: 0x5e7e, numRuns: 200 };

const fundings: fc.Arbitrary<Funding> = fc.record({
  payer: hexOf(20),
  operator: hexOf(20),
  signer: hexOf(20),
  salt: hexOf(32),
});

const kinds = ["ReceiveWithAuthorization", "TransferWithAuthorization"] as const;
const authorizations: fc.Arbitrary<Authorization> = fc.record({
  type: fc.constantFrom(...kinds),
  from: hexOf(20),
  to: hexOf(20),
  value: uintOf(256),
  validAfter: uintOf(256),
  validBefore: uintOf(256),
  nonce: hexOf(32),
});

const tokens: fc.Arbitrary<NamedDomain> = fc
  .record({ domain: domains, name: fc.string(), version: fc.string() })
  .map(({ domain, name, version }) => ({ ...domain, name, version }));

const fields = [
  { name: "from", type: "address" },
  { name: "to", type: "address" },
  { name: "value", type: "uint256" },
  { name: "validAfter", type: "uint256" },
  { name: "validBefore", type: "uint256" },
  { name: "nonce", type: "bytes32" },
] as const;

/** The digest as ethers, and so a wallet, computes it. */
function ethersDigest({ type, ...value }: Authorization, { name, version, chainId, contract }: NamedDomain): string {
  const domain = { name, version, chainId, verifyingContract: contract };
  return TypedDataEncoder.hash(domain, { [type]: [...fields] }, value);
}

const secret: Hex = `0x${"5e".repeat(32)}`;
const funding: Funding = {
  payer: addressOf(secret),
  operator: `0x${"0a".repeat(20)}`,
  signer: `0x${"c1".repeat(20)}`,
  salt: `0x${"5a".repeat(32)}`,
};
const token: NamedDomain = { name: "USD Coin", version: "2", chainId: 8_453n, contract: `0x${"70".repeat(20)}` };

const terms: Omit<Authorization, "type"> = {
  from: funding.payer,
  to: `0x${"e5".repeat(20)}`,
  value: 5_000_000n,
  validAfter: 0n,
  validBefore: 1_700_000_000n,
  nonce: fundingNonce(funding),
};

describe("fundingNonce", () => {
  it("is the hash of the four words that Solidity encodes", () => {
    fc.assert(
      fc.property(fundings, (given) => {
        const { payer, operator, signer, salt } = given;
        const types = ["address", "address", "address", "bytes32"];
        const words = AbiCoder.defaultAbiCoder().encode(types, [payer, operator, signer, salt]);
        expect(fundingNonce(given)).to.equal(keccak256(words));
      }),
      runs,
    );
  });

  it("changes with every bit of the account and of the salt", () => {
    const changed = (["payer", "operator", "signer", "salt"] as const).flatMap((name) =>
      flips(funding[name], name === "salt" ? "bytes32" : "address").map((value) =>
        fundingNonce({ ...funding, [name]: value }),
      ),
    );
    expect(new Set([fundingNonce(funding), ...changed])).to.have.length(1 + 3 * 160 + 256);
  });

  it("takes addresses and 32 bytes, and no others", () => {
    for (const name of ["payer", "operator", "signer"] as const) {
      for (const wrong of ["0x", funding.salt] as const) {
        expect(() => fundingNonce({ ...funding, [name]: wrong })).to.throw(HexError, "20 bytes expected");
      }
    }
    expect(() => fundingNonce({ ...funding, salt: funding.payer })).to.throw(HexError, "32 bytes expected");
  });
});

describe("authorizationDigest", () => {
  it("is ethers' for any authorization of any token", () => {
    fc.assert(
      fc.property(authorizations, tokens, (authorization, at) => {
        expect(authorizationDigest(authorization, at)).to.equal(ethersDigest(authorization, at));
      }),
      runs,
    );
  });

  for (const type of kinds) {
    const authorization = { type, ...terms };
    const honest = authorizationDigest(authorization, token);
    const signature = new SigningKey(secret).sign(honest).serialized as Hex;

    it(`of ${type} is what its signature recovers with`, () => {
      expect(recover(honest, signature)).to.equal(authorization.from);
    });

    for (const field of fields) {
      it(`of ${type} binds every bit of ${field.name}`, () => {
        const digests = flips(authorization[field.name], field.type).map((changed) =>
          authorizationDigest({ ...authorization, [field.name]: changed }, token),
        );
        expect(new Set([honest, ...digests])).to.have.length(digests.length + 1);
        for (const digest of digests.slice(0, 2)) expect(recover(digest, signature)).not.to.equal(authorization.from);
      });
    }

    it(`of ${type} binds the token's name, version, chain and contract`, () => {
      const others: readonly NamedDomain[] = [
        { ...token, name: "USD coin" },
        { ...token, version: "1" },
        { ...token, chainId: token.chainId + 1n },
        { ...token, contract: `0x${"71".repeat(20)}` },
      ];
      const digests = others.map((other) => authorizationDigest(authorization, other));
      expect(new Set([honest, ...digests])).to.have.length(others.length + 1);
      for (const digest of digests) expect(recover(digest, signature)).not.to.equal(authorization.from);
    });

    it(`of ${type} refuses what does not fit`, () => {
      for (const field of fields) {
        const isNumber = field.type === "uint256";
        for (const wrong of isNumber ? [2n ** 256n, -1n] : ["0x", `0x${"00".repeat(33)}`]) {
          const attempt = () => authorizationDigest({ ...authorization, [field.name]: wrong }, token);
          expect(attempt, field.name).to.throw(isNumber ? FieldError : HexError);
        }
      }
    });
  }

  it("tells who may bring an authorization", () => {
    const digests = kinds.map((type) => authorizationDigest({ type, ...terms }, token));
    expect(new Set(digests)).to.have.length(kinds.length);
  });
});
