import type { Hex } from "../core/bytes.ts";

/** ERC-8004's registries of a chain. */
export interface Registries {
  readonly identity: Hex;
  readonly reputation: Hex;
  /** Left out where the ERC's authors name none: that part of it still changes. */
  readonly validation?: Hex;
}

/** The same on all public networks, and on all that are for trying. */
const main = {
  identity: "0x8004a169fb4a3325136eb29fa0ceb6d2e539a432",
  reputation: "0x8004baa17c55a88189ae136b182e5fda19de9b63",
} as const;
const trial = {
  identity: "0x8004a818bfb912233c491871b3d84c89a494bd9e",
  reputation: "0x8004b663056a597dffe9eccc1965a193b7388713",
} as const;

/**
 * Where the registries are that the ERC's authors deployed, by the chain's id: Ethereum, Base, and Sepolia of both.
 * Source: README.md and registry-addresses.json of erc-8004/erc-8004-contracts (commits 2eb5adc and e78c7fc, 2026).
 */
export const knownRegistries: ReadonlyMap<bigint, Registries> = new Map<bigint, Registries>([
  [1n, main],
  [8_453n, main],
  [11_155_111n, { ...trial, validation: "0x8004cb1bf31daf7788923b405b754f57aceb4272" }],
  [84_532n, trial],
]);
