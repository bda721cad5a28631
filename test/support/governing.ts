/** Acts of governance on a stage, from the proposal to its execution. */
import type { Interface } from "ethers";
import { localParameters } from "../../deploy/parameters.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { governed } from "../../src/chain/governance.ts";
import { query } from "../../src/chain/transactions.ts";
import { type AccessManager, AccessManager__factory } from "../../typechain-types/index.ts";
import { actors, advance, type Stage } from "./stage.ts";

export { governed };

/** Who governs, and who may suspend, on a stage that neither is its deployer's. */
export const roles = { governance: actors.wendy, guardian: actors.will } as const;

/** A call that governance makes: of which contract, of which function, with what. */
export type Act = readonly [part: keyof typeof governed, name: string, values: readonly unknown[]];

/** The authority as somebody calls it: governance where nobody else is named. */
export function authorityOf({ deployment }: Stage, who = roles.governance): AccessManager {
  return AccessManager__factory.connect(deployment.contracts.authority, who);
}

/** What a call is to the authority: its target and its data. */
export function callOf({ deployment }: Stage, [part, name, values]: Act): [to: string, data: string] {
  const face: Interface = governed[part];
  return [deployment.contracts[part], face.encodeFunctionData(name, values)];
}

/** Has governance schedule an act, wait, and execute it. @param who governs, where it is not the usual one */
export async function govern(stage: Stage, act: Act, who = roles.governance): Promise<void> {
  const authority = authorityOf(stage, who);
  const [to, data] = callOf(stage, act);
  await authority.schedule(to, data, 0n);
  await advance(localParameters.governanceDelay);
  await authority.execute(to, data);
}

/** That it went through, or the error with which it did not. */
export async function reasonOf(tried: Promise<unknown>): Promise<string> {
  try {
    await query(async () => tried);
    return "ok";
  } catch (thrown) {
    if (thrown instanceof ChainError) return thrown.reason;
    throw thrown;
  }
}
