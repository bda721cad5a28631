import { AbiCoder, keccak256, type Signer, type TransactionReceipt } from "ethers";
import type { DisclosureCourt, EquivocationCourt, ValidityCourt } from "../../typechain-types/index.ts";
import type { Hex } from "../core/bytes.ts";
import { ChainError } from "./errors.ts";
import { query, transact } from "./transactions.ts";

/** What a court did about a fault. Amounts in the token's smallest unit. */
export interface Verdict {
  readonly court: "EquivocationCourt" | "ValidityCourt" | "DisclosureCourt";
  readonly operator: Hex;
  readonly asked: bigint;
  readonly slashed: bigint;
  readonly compensated: bigint;
  readonly bounty: bigint;
  /** What the verdict's transaction used, and the block that it is in. */
  readonly gas: bigint;
  readonly block: number;
}

/**
 * A case ready for a court: its name, its contract, and the call that proves the fault. Evidence is hidden until it is
 * opened; silence is there for all to see.
 */
export type Case =
  | {
      readonly name: "EquivocationCourt" | "ValidityCourt";
      readonly court: EquivocationCourt | ValidityCourt;
      readonly data: Hex;
    }
  | { readonly name: "DisclosureCourt"; readonly court: DisclosureCourt; readonly data: Hex };

/** A case whose evidence is hidden until it is opened. */
export type EvidenceCase = Exclude<Case, { name: "DisclosureCourt" }>;

/**
 * Commits to the evidence, where there is any, waits a block, opens it.
 * @returns the verdict; undefined where somebody else had the fault punished before
 * @throws ChainError where the court refuses
 */
export async function prosecute(brought: Case, reporter: Signer): Promise<Verdict | undefined> {
  if (brought.name !== "DisclosureCourt") await commitEvidence(brought, reporter);
  return openCase(brought, reporter);
}

/**
 * Commits to the evidence of a case, with a deposit.
 * @returns what the commitment used; undefined where a try before this one came so far, and its deposit is there
 * @throws ChainError where the court refuses
 */
export async function commitEvidence({ court, data }: EvidenceCase, reporter: Signer): Promise<bigint | undefined> {
  const signed = court.connect(reporter);
  const address = await reporter.getAddress();
  const coder = AbiCoder.defaultAbiCoder();
  const commitment = keccak256(coder.encode(["address", "bytes32"], [address, keccak256(data)]));
  const deposit = await query(() => court.evidenceDeposit());
  try {
    const { gasUsed } = await transact(() => signed.commitEvidence(commitment, { value: deposit }));
    return gasUsed;
  } catch (cause) {
    if (!(cause instanceof ChainError && cause.reason === "EvidenceAlreadyCommitted")) throw cause;
    return undefined;
  }
}

/**
 * Opens the evidence of a case that was committed to, or has silence punished.
 * @returns the verdict; undefined where somebody else had the fault punished before
 * @throws ChainError where the court refuses
 */
export async function openCase(brought: Case, reporter: Signer): Promise<Verdict | undefined> {
  const to = await brought.court.getAddress();
  return verdictIn(await transact(() => reporter.sendTransaction({ to, data: brought.data })), brought);
}

function verdictIn(receipt: TransactionReceipt, { name, court }: Case): Verdict | undefined {
  for (const log of receipt.logs) {
    const event = court.interface.parseLog(log);
    if (event?.name === "AlreadyPunished") return undefined;
    if (event?.name !== "Convicted") continue;
    const [, operator, , asked, slashed, compensated, bounty] = event.args as unknown as [
      string,
      string,
      string,
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    return {
      court: name,
      operator: operator.toLowerCase() as Hex,
      asked,
      slashed,
      compensated,
      bounty,
      gas: receipt.gasUsed,
      block: receipt.blockNumber,
    };
  }
  throw new ChainError("NoVerdict", "the court took the call and gave no verdict");
}
