/** Ways to break what lies on the stage's chain: as nobody could, below the contracts' own rules. */
import { AbiCoder, keccak256, toBeHex } from "ethers";
import { chain, connection } from "./stage.ts";

const { networkHelpers } = connection;
const WORD = 64;

/** A contract's code with some of it replaced. */
export async function rewriteCode(address: string, change: (code: string) => string): Promise<void> {
  const before = await chain.getCode(address);
  const after = change(before);
  if (after === before) throw new Error(`nothing of the code at ${address} changed`);
  await networkHelpers.setCode(address, after);
}

/** Changes the last byte of a contract's code, which says how long its metadata are: it runs as before. */
export async function changeLastByte(address: string): Promise<void> {
  await rewriteCode(address, (code) => `${code.slice(0, -2)}${code.endsWith("00") ? "01" : "00"}`);
}

/** Puts another value in the place of an immutable, wherever the code has it. */
export async function replaceWord(address: string, before: bigint | string, after: bigint | string): Promise<void> {
  await rewriteCode(address, (code) => code.replaceAll(`7f${wordOf(before)}`, `7f${wordOf(after)}`));
}

/** The same in the first of these places alone. */
export async function replaceFirstWord(address: string, before: bigint | string, after: bigint | string) {
  await rewriteCode(address, (code) => code.replace(`7f${wordOf(before)}`, `7f${wordOf(after)}`));
}

/** Replaces a part of one of a contract's first slots, which must hold it once. Digits without 0x, of the same length. */
export async function replaceInStorage(address: string, before: string, after: string): Promise<void> {
  for (let slot = 0; slot < 40; slot++) {
    const word = await chain.getStorage(address, slot);
    if (!word.includes(before)) continue;
    await networkHelpers.setStorageAt(address, slot, word.replace(before, after));
    return;
  }
  throw new Error(`no slot of ${address} holds ${before}`);
}

/** Overwrites what a mapping of a contract's holds for a key. @param change makes of a word another one */
export async function overwriteEntry(address: string, key: bigint | string, change: (word: bigint) => bigint) {
  await rewriteSlot(address, await placeOf(address, key), change);
}

/** The same where the mapping holds arrays: the element of this index. */
export async function overwriteElement(
  address: string,
  [key, index]: readonly [key: bigint, index: number],
  change: (word: bigint) => bigint,
): Promise<void> {
  const first = BigInt(keccak256(await placeOf(address, key)));
  await rewriteSlot(address, toBeHex(first + BigInt(index), 32), change);
}

/** Where a mapping of a contract's holds something for a key: the first of its slots that does. */
async function placeOf(address: string, key: bigint | string): Promise<string> {
  for (let slot = 0; slot < 40; slot++) {
    const place = keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [`0x${wordOf(key)}`, slot]));
    if (BigInt(await chain.getStorage(address, place)) !== 0n) return place;
  }
  throw new Error(`no mapping of ${address} holds anything for ${key}`);
}

async function rewriteSlot(address: string, place: string, change: (word: bigint) => bigint): Promise<void> {
  await networkHelpers.setStorageAt(address, place, change(BigInt(await chain.getStorage(address, place))));
}

function wordOf(value: bigint | string): string {
  return toBeHex(value).slice(2).toLowerCase().padStart(WORD, "0");
}
