// Bonds tokens as an operator: `surety operator bond` as a Hardhat script, from the network's first account.
//
//   SURETY_AMOUNT=1000 npx hardhat run scripts/bond.ts --network localhost
//
// SURETY_AMOUNT is in the token's units. Of every script like this: SURETY_DEPLOYMENT names the deployment's file
// (deployments/<chain id>.json where it is not set), SURETY_DRY_RUN=1 checks everything and sends nothing.
import { bondPlan } from "../src/cli/commands/operator/bonding.ts";
import { runAsScript } from "./hardhat.ts";

await runAsScript(async (sender, env) => bondPlan(sender, env("SURETY_AMOUNT")));
