// Asks bond back as an operator: `surety operator unbond` as a Hardhat script, from the network's first account. See
// scripts/bond.ts for what else can be set.
//
//   SURETY_AMOUNT=250 npx hardhat run scripts/unbond.ts --network localhost
//   SURETY_AMOUNT=all npx hardhat run scripts/unbond.ts --network localhost
import { ownHolding } from "../src/cli/commands/operator/bonding.ts";
import { unbondPlan } from "../src/cli/tickets.ts";
import { runAsScript } from "./hardhat.ts";

await runAsScript(async (sender, env) => {
  const amount = env("SURETY_AMOUNT");
  return unbondPlan(sender, await ownHolding(sender), amount === "all" ? { all: true } : { amount });
});
