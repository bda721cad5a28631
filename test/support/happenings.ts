/** What happens to operators on the stage's chain without a node: payments by voucher, and slashes by a court's account. */
import type { Signer } from "ethers";
import { orderHash, requestDigest } from "../../src/core/typedData.ts";
import { addressOf, compact, sign } from "../../src/core/signatures.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import { connect } from "../../src/chain/contracts.ts";
import { secrets } from "./constants.ts";
import { actors, addressed, chain, contractsOf, makeAsk, provider, type Stage } from "./stage.ts";

/** Has a payer's account with an operator pay something more. */
export async function pay(
  stage: Stage,
  { who, operator, amount }: { who: "alice" | "bob"; operator: "olive" | "otto"; amount: bigint },
): Promise<void> {
  const { escrow } = contractsOf(stage, operator);
  const names = [addressed(actors[who]), addressed(actors[operator])] as const;
  const { request } = makeAsk(stage, { who, request: { operator: names[1] } });
  const { settled } = await escrow.account(...names, addressOf(secrets[who]));
  const total = settled + amount;
  const voucher = { ...request, ceiling: total };
  const { r, vs } = compact(sign(requestDigest(voucher, domainsOf(stage.deployment).escrow), secrets[who]));
  const { payer, deadline, order } = voucher;
  await escrow.settle(names[1], [{ payer, deadline, ceiling: total, total, orderHash: orderHash(order), r, vs }]);
}

/** Has a court slash an operator, and award a part of it to Wendy. */
export async function slash(
  stage: Stage,
  { operator, asked, award = 0n }: { operator: "olive" | "otto"; asked: bigint; award?: bigint },
): Promise<void> {
  const court = stage.deployment.contracts.validityCourt;
  await provider.request({ method: "hardhat_impersonateAccount", params: [court] });
  await provider.request({ method: "hardhat_setBalance", params: [court, "0xde0b6b3a7640000"] });
  const signer: Signer = await chain.getSigner(court);
  const awards = award === 0n ? [] : [{ recipient: actors.wendy.address, amount: award }];
  await connect(stage.deployment, signer).bonds.slash(actors[operator].address, asked, awards);
}
