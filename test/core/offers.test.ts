import { expect } from "chai";
import { TypedDataEncoder } from "ethers";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import {
  offerDigest,
  OfferExpiredError,
  OfferSignatureError,
  signOffer,
  type UnsignedOffer,
  verifyOffer,
} from "../../src/core/offers.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { secrets } from "../support/constants.ts";

const hexOf = (digit: number, length: number): Hex => toHex(new Uint8Array(length).fill(digit));
const modelOf = (digit: number) => ({
  modelId: hexOf(digit, 32),
  mode: digit,
  opening: { publisher: hexOf(digit, 20), commitment: hexOf(digit, 32), spec: "0x01" as Hex },
  base: 20_000n,
  inputRate: 10n,
  outputRate: 2n ** 64n - 1n,
});
const offer: UnsignedOffer = {
  operator: hexOf(1, 20),
  chainId: 31_337n,
  escrow: hexOf(2, 20),
  ledger: hexOf(3, 20),
  models: [modelOf(0), modelOf(3)],
  issuedAt: 1_800_000_000n,
  validUntil: 1_800_003_600n,
};

describe("signed offers", () => {
  const field = (name: string, type: string) => ({ name, type });

  it("are hashed as ethers hashes them, with any number of models", () => {
    const types = {
      Offer: [
        field("operator", "address"),
        field("escrow", "address"),
        field("models", "OfferedModel[]"),
        field("issuedAt", "uint64"),
        field("validUntil", "uint64"),
      ],
      OfferedModel: [
        field("modelId", "bytes32"),
        field("mode", "uint8"),
        field("base", "uint128"),
        field("inputRate", "uint64"),
        field("outputRate", "uint64"),
      ],
    };
    for (const models of [offer.models, [modelOf(2)], []]) {
      const domain = { name: "Surety", version: "1", chainId: offer.chainId, verifyingContract: offer.ledger };
      const message = { ...offer, models };
      expect(offerDigest(message)).to.equal(TypedDataEncoder.hash(domain, types, message));
    }
  });

  it("name the key that signed them, until the second in which they run out", () => {
    const signed = signOffer(offer, secrets.olive);
    for (const now of [offer.issuedAt, offer.validUntil])
      expect(verifyOffer(signed, now)).to.equal(addressOf(secrets.olive));
    expect(() => verifyOffer(signed, offer.validUntil + 1n)).to.throw(OfferExpiredError, "ask again");
    const backward = signOffer({ ...offer, validUntil: offer.issuedAt - 1n }, secrets.olive);
    expect(() => verifyOffer(backward, offer.issuedAt - 1n)).to.throw(OfferExpiredError);
  });

  it("are of another key, or none, when anything in them is changed", () => {
    const signed = signOffer(offer, secrets.olive);
    const [first = modelOf(0), second = modelOf(3)] = offer.models;
    const changes: Partial<UnsignedOffer>[] = [
      { operator: hexOf(9, 20) },
      { chainId: 1n },
      { escrow: hexOf(9, 20) },
      { ledger: hexOf(9, 20) },
      { issuedAt: offer.issuedAt - 1n },
      { validUntil: offer.validUntil + 1n },
      { models: [second, first] },
      { models: [first] },
      ...(["modelId", "mode", "base", "inputRate", "outputRate"] as const).map((name) => ({
        models: [{ ...first, [name]: modelOf(5)[name] === first[name] ? 1n : modelOf(5)[name] }, second],
      })),
    ];
    for (const change of changes) {
      let signer: Hex | undefined;
      try {
        signer = verifyOffer({ ...signed, ...change }, offer.issuedAt);
      } catch (cause) {
        expect(cause).to.be.instanceOf(OfferSignatureError);
      }
      expect(signer, Object.keys(change).join()).to.not.equal(addressOf(secrets.olive));
    }
    const forged = { ...signed, signature: `${signed.signature.slice(0, -2)}00` as Hex };
    expect(() => verifyOffer(forged, offer.issuedAt)).to.throw(OfferSignatureError);
  });
});
