import { type Hex, keccakHex } from "../../src/core/bytes.ts";

/** The keys that sign receipts and requests. */
export const secrets = {
  olive: secretNamed("olive's node"),
  otto: secretNamed("otto's node"),
  alice: secretNamed("alice's key"),
  bob: secretNamed("bob's key"),
  stranger: secretNamed("a stranger's key"),
};

/** What the nodes charge: PRICE for each answer of the small model. */
export const tariff = { base: 20_000n, inputRate: 10n, outputRate: 100n };
export const PRICE = 20_000n + 64n * 10n + 10n * 100n;

/** Hardhat's second, third and seventh account: the publisher, olive and wendy. */
export const publisherAddress: Hex = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
export const operatorAddress: Hex = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
export const reporterAddress: Hex = "0x976ea74026e726554db657fa54763abd0c3a0aa9";

/** 32 bytes that are the same in every run. */
export function secretNamed(name: string): Hex {
  return keccakHex(new TextEncoder().encode(name));
}
