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
  /** What the verdict's transaction used. */
  readonly gas: bigint;
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

/**
 * Commits to the evidence, where there is any, waits a block, opens it.
 * @returns the verdict; undefined where somebody else had the fault punished before
 * @throws ChainError where the court refuses
 */
export async function prosecute(brought: Case, reporter: Signer): Promise<Verdict | undefined> {
  const { name, court, data } = brought;
  if (name !== "DisclosureCourt") await commitTo(brought, reporter);
  const to = await court.getAddress();
  return verdictIn(await transact(() => reporter.sendTransaction({ to, data })), brought);
}

async function commitTo({ court, data }: Exclude<Case, { name: "DisclosureCourt" }>, reporter: Signer): Promise<void> {
  const signed = court.connect(reporter);
  const address = await reporter.getAddress();
  const coder = AbiCoder.defaultAbiCoder();
  const commitment = keccak256(coder.encode(["address", "bytes32"], [address, keccak256(data)]));
  const deposit = await query(() => court.evidenceDeposit());
  try {
    await transact(() => signed.commitEvidence(commitment, { value: deposit }));
  } catch (cause) {
    // A try before this one came so far, and stopped: its deposit is there.
    if (!(cause instanceof ChainError && cause.reason === "EvidenceAlreadyCommitted")) throw cause;
  }
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
    };
  }
  throw new ChainError("NoVerdict", "the court took the call and gave no verdict");
}
