import type { Command } from "commander";
import { formatUnits } from "ethers";
import { query } from "../../chain/transactions.ts";
import { act, type Plan } from "../act.ts";
import type { Sender } from "../connection.ts";
import { formatAmount } from "../format.ts";
import type { Shell } from "../io.ts";
import { ending, sending, type SenderOptions } from "../options.ts";
import type { Step } from "../steps.ts";

/** Adds `surety claim`. */
export function addClaim(program: Command, io: Shell): void {
  const claim = program
    .command("claim")
    .description("claim what slashes awarded to you, and what demands and answers left you of the chain's coin");
  ending(sending(claim), ["surety claim --network local"]).action(async (options: SenderOptions) =>
    act(options, io, claimPlan),
  );
}

async function claimPlan({ contracts, address, unit }: Sender): Promise<Plan> {
  const { bonds, disclosureCourt } = contracts;
  const [awards, coin] = await query(async () =>
    Promise.all([bonds.awardsOf(address), disclosureCourt.coinOf(address)]),
  );
  const steps: Step[] = [];
  if (awards > 0n) {
    const what = `claim ${formatAmount(awards, unit)} that slashes awarded`;
    steps.push({ what, transaction: async () => bonds.claimAwards.populateTransaction() });
  }
  if (coin > 0n) {
    const what = `claim ${formatUnits(coin, 18)} of the chain's coin`;
    steps.push({ what, transaction: async () => disclosureCourt.claimCoin.populateTransaction() });
  }
  const idle = "nothing is awarded to this account";
  return { steps, idle, tell: () => ({ data: { awards, coin }, lines: [] }) };
}
