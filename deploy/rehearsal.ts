/** A deployment on a chain in this process, to see what the same would take elsewhere. */
import { dataLength, getCreateAddress, type Signer } from "ethers";
import { network } from "hardhat";
import type { Parameters } from "../src/chain/parameters.ts";
import type { Registries } from "../src/chain/registries.ts";
import type { Hex } from "../src/core/bytes.ts";
import { deploy, type Roles } from "./deploy.ts";

/** What a deployment takes. */
export interface Rehearsal {
  /** Of each transaction, without its signature, in bytes. */
  readonly sizes: readonly number[];
  readonly gas: bigint;
}

/** What a transaction has beside its data, in bytes, at most: fees, nonce, addresses, lengths. */
const ENVELOPE = 120;

/** Deploys on a chain in this process. @throws as `deploy` does: what contracts refuse here they refuse elsewhere */
export async function rehearse(parameters: Parameters, { erc8004: registries, ...roles }: Roles): Promise<Rehearsal> {
  const connection = await network.create({ network: "local", chainType: "l1" });
  try {
    // A token of the network's is not here: whatever stands for it costs the same.
    const { token: _, ...others } = roles;
    const { provider } = connection.ethers;
    const erc8004 = registries && (await standIn(registries, await provider.getSigner(0)));
    const first = await provider.getBlockNumber();
    await deploy({ connection, parameters, ...others, ...(erc8004 && { erc8004 }) });
    const last = await provider.getBlockNumber();
    const numbers = Array.from({ length: last - first }, (_, index) => first + index + 1);
    const blocks = await Promise.all(numbers.map(async (number) => provider.getBlock(number)));
    const sent = await Promise.all(
      blocks.flatMap((block) => block?.transactions.map(async (hash) => provider.getTransaction(hash)) ?? []),
    );
    const sizes = sent.flatMap((transaction) => (transaction === null ? [] : dataLength(transaction.data) + ENVELOPE));
    return { sizes, gas: blocks.reduce((sum, block) => sum + (block?.gasUsed ?? 0n), 0n) };
  } finally {
    await connection.close();
  }
}

/** A contract that answers every call with its own address: a registry, and the registry that it is about. */
const STAND_IN = "0x6007600a5f3960075ff3305f5260205ff3";

/** Registries that are not on the chain of a rehearsal: whatever stands for them costs the same. */
async function standIn({ validation }: Registries, deployer: Signer): Promise<Registries> {
  const { from, nonce } = await deployer.sendTransaction({ data: STAND_IN });
  const address = getCreateAddress({ from, nonce }).toLowerCase() as Hex;
  return { identity: address, reputation: address, ...(validation !== undefined && { validation: address }) };
}
