/** What the checkers of ValidityCourt say of a receipt, and the evidence that they take, where a proof goes with it. */
import { AbiCoder } from "ethers";
import { IChecker__factory } from "../../typechain-types/index.ts";
import type { Hex } from "../core/bytes.ts";
import type { ModelOpening } from "../core/model/opening.ts";
import type { Record } from "../core/records.ts";
import { Mode } from "../core/typedData.ts";
import type { Contracts } from "./contracts.ts";
import { ChainError } from "./errors.ts";
import { query } from "./transactions.ts";

const MODEL = "tuple(address publisher, bytes32 commitment, bytes spec)";
const coder = AbiCoder.defaultAbiCoder();

/** The modes whose checkers judge a receipt by its model's opening and its proof. */
export type ProvenMode = typeof Mode.enclave | typeof Mode.snark;

/** Whether answers of a mode are judged by a proof that goes with them. */
export function isProven(mode: number): mode is ProvenMode {
  return mode === Mode.enclave || mode === Mode.snark;
}

/** The evidence by which the checker of an enclave's or a snark's answer judges it. */
export function proofEvidence(
  opening: ModelOpening,
  { request, proof, input, output }: Pick<Record, "request" | "proof" | "input" | "output">,
): Hex {
  return request.order.mode === Mode.snark
    ? (coder.encode([MODEL, "bytes", "bytes", "bytes"], [opening, proof, input, output]) as Hex)
    : (coder.encode([MODEL, "bytes"], [opening, proof]) as Hex);
}

/**
 * Asks the mode's checker on the chain whether evidence shows a receipt wrong: what ValidityCourt would be told.
 * @throws ChainError with the checker's reason where the evidence does not belong to the receipt, or nobody judges the mode
 */
export async function isFaulty(
  contracts: Contracts,
  { request: { order }, receipt }: Pick<Record, "request" | "receipt">,
  evidence: Hex,
): Promise<boolean> {
  return query(async () => {
    const address = await contracts.validityCourt.checkerOf(order.mode);
    if (BigInt(address) === 0n) {
      throw new ChainError("ModeNotJudged", `no court of this deployment judges answers of mode ${order.mode}`);
    }
    return IChecker__factory.connect(address, contracts.validityCourt.runner).isFaulty(order, receipt, evidence);
  });
}
