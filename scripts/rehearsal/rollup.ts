/** What makes a chain one of the OP stack: contracts that say what the chain below it asks for data. */
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

const GWEI = 10n ** 9n;

/** Where a rollup keeps what the chain below it asks, and what says the fee for data from it. */
const L1_BLOCK = "0x4200000000000000000000000000000000000015";
const GAS_PRICE_ORACLE = "0x420000000000000000000000000000000000000F";

/** The base fee of the chain below, one for blobs, and how much each counts, by slot. */
const L1_FEES: readonly (readonly [slot: string, value: string])[] = [
  ["0x1", word(30n * GWEI)],
  ["0x3", word((1_368n << 96n) | (810_949n << 64n))],
  ["0x7", word(GWEI)],
];

/** Opens a rollup in this process, below which fees are as on a quiet day; to be closed. */
export async function openRollup(): Promise<NetworkConnection<"op">> {
  const rollup = await network.create({ network: "local", chainType: "op", override: { hardfork: "isthmus" } });
  for (const [slot, value] of L1_FEES) {
    await rollup.provider.request({ method: "hardhat_setStorageAt", params: [L1_BLOCK, slot, value] });
  }
  return rollup;
}

/** What both contracts are on such a rollup: their code, and what is in their slots. */
export async function rollupParts() {
  const rollup = await openRollup();
  const { provider } = rollup.ethers;
  const slots = Array.from({ length: 8 }, (_, slot) => word(BigInt(slot)));
  const parts = [L1_BLOCK, GAS_PRICE_ORACLE].map(async (address) => ({
    address,
    code: await provider.getCode(address),
    storage: await Promise.all(slots.map(async (slot) => [slot, await provider.getStorage(address, slot)] as const)),
  }));
  try {
    return await Promise.all(parts);
  } finally {
    await rollup.close();
  }
}

/** A number as 32 bytes. */
export function word(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
