/** The keys that sign requests: held by this process, or by a wallet. */
import type { Signer } from "ethers";
import type { Hex } from "../core/bytes.ts";
import { addressOf, sign } from "../core/signatures.ts";
import { type Domain, type Request, requestDigest } from "../core/typedData.ts";

/** A key that signs requests, and with them promises to pay: with payer and operator it is an account. */
export interface RequestKey {
  readonly address: Hex;
  /** Signs a request in the escrow's domain: r, s, v as 65 bytes. */
  sign(request: Request, escrow: Domain): Promise<Hex>;
}

const field = (name: string, type: string) => ({ name, type });

const REQUEST = {
  Request: [
    field("payer", "address"),
    field("operator", "address"),
    field("ceiling", "uint128"),
    field("deadline", "uint64"),
    field("order", "Order"),
  ],
  Order: [
    field("modelId", "bytes32"),
    field("inputHash", "bytes32"),
    field("contextHash", "bytes32"),
    field("mode", "uint8"),
    field("maxPrice", "uint128"),
    field("base", "uint128"),
    field("inputRate", "uint64"),
    field("outputRate", "uint64"),
    field("salt", "bytes32"),
  ],
};

/** A key of 32 bytes that this process holds: what agents get, and contract wallets name. */
export function secretKey(secret: Hex): RequestKey {
  return {
    address: addressOf(secret),
    sign: async (request, escrow) => sign(requestDigest(request, escrow), secret),
  };
}

/** A wallet's own key: the wallet shows its owner every field of what it signs. */
export async function walletKey(wallet: Signer): Promise<RequestKey> {
  return {
    address: (await wallet.getAddress()).toLowerCase() as Hex,
    sign: async (request, { chainId, contract }) => {
      const domain = { name: "Surety", version: "1", chainId, verifyingContract: contract };
      return (await wallet.signTypedData(domain, REQUEST, request)) as Hex;
    },
  };
}
