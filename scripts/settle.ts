// Commits what a node has served and settles what accounts owe it: `surety operator settle` as a Hardhat script, from the
// network's first account. The node's journal must be in no other process. See scripts/bond.ts for what else can be set.
//
//   SURETY_CONFIG=node.json SURETY_PASSWORD=… npx hardhat run scripts/settle.ts --network localhost
//
// SURETY_SIGNING_KEYSTORE names the key that signs receipts (keystore/signing.json where it is not set), SURETY_PASSWORD
// its password.
import { settleNow } from "../src/cli/commands/operator/node.ts";
import { keystores } from "../src/cli/options.ts";
import { withScriptSender } from "./hardhat.ts";

await withScriptSender(async (sender, env) => {
  const signingKeystore = process.env["SURETY_SIGNING_KEYSTORE"] ?? keystores.signing;
  await settleNow(sender, { config: env("SURETY_CONFIG"), signingKeystore });
});
