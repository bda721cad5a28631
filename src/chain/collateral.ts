import type { TdxCollateral } from "../core/enclave/intelCollateral.ts";
import type { IntelCollateral } from "../../typechain-types/index.ts";
import { ChainError } from "./errors.ts";
import { transact } from "./transactions.ts";

/** The parts of collateral, in the order in which they rest on each other. */
export const COLLATERAL_PARTS = ["authority", "rootCrl", "crl", "tcbInfo", "qeIdentity"] as const;
export type CollateralPart = (typeof COLLATERAL_PARTS)[number];

/**
 * Brings what Intel says of a platform to the chain: as much of it as is newer than what the chain has. Anyone may.
 * @returns the parts that the chain took
 * @throws ChainError where the chain refuses a part for another reason than that it is not newer
 */
export async function bringCollateral(
  contract: IntelCollateral,
  collateral: TdxCollateral,
): Promise<readonly CollateralPart[]> {
  const taken: CollateralPart[] = [];
  for (const part of COLLATERAL_PARTS) {
    try {
      await transact(() => bringPart(contract, collateral, part));
      taken.push(part);
    } catch (thrown) {
      if (!(thrown instanceof ChainError && thrown.reason === "NotNewer")) throw thrown;
    }
  }
  return taken;
}

/** Sends one part of it. */
function bringPart(contract: IntelCollateral, it: TdxCollateral, part: CollateralPart) {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  switch (part) {
    case "authority":
      return contract.bringAuthority(it.authority);
    case "rootCrl":
      return contract.bringRevocations(it.rootCrl);
    case "crl":
      return contract.bringRevocations(it.crl);
    case "tcbInfo":
      return contract.bringTcbInfo(text(it.tcbInfo), it.tcbInfoSignature, it.signer);
    case "qeIdentity":
      return contract.bringQeIdentity(text(it.qeIdentity), it.qeIdentitySignature, it.signer);
  }
}
