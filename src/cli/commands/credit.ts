import type { Command } from "commander";
import { logsIn } from "../../chain/logs.ts";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { type Reader, withReader } from "../connection.ts";
import { formatAmount, formatRows, formatTime, print } from "../format.ts";
import type { Shell } from "../io.ts";
import { type ChainOptions, ending, reading } from "../options.ts";
import { parseAddress } from "../parse.ts";
import { readStanding, standingRows } from "../standing.ts";

/** A slash of an operator: amounts in the token's smallest unit, its time in seconds. */
interface Slash {
  readonly at: bigint;
  readonly asked: bigint;
  readonly own: bigint;
  readonly delegated: bigint;
}

/** Adds `surety credit`. */
export function addCredit(program: Command, io: Shell): void {
  const credit = program
    .command("credit")
    .description("what an operator's word is worth: its credit, and the facts behind it")
    .argument("<operator>", "the operator's address", parseAddress);
  ending(reading(credit), ["surety credit 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --network local"]).action(
    async (operator: Hex, options: ChainOptions) => showCredit(operator, options, io),
  );
}

async function showCredit(operator: Hex, options: ChainOptions, io: Shell): Promise<void> {
  await withReader(options, async (reader) => {
    const { credit } = reader.contracts;
    const standing = await readStanding(reader, operator);
    const [prior, severity] = await query(async () => Promise.all([credit.prior(), credit.severity()]));
    const slashes = await readSlashes(reader, operator);
    const amount = (value: bigint): string => formatAmount(value, reader.unit);
    const { settled, faulted } = standing.credit;
    print(io, options, { ...standing, unit: reader.unit, prior, severity, slashes }, [
      ...formatRows(standingRows(standing, reader.unit)),
      "",
      `Credit is S / (S + P + K * F) in thousandths: S ${amount(settled)}, P ${amount(prior)}, K ${severity}, F ${amount(faulted)}.`,
      ...slashes.map(
        ({ at, asked, own, delegated }) =>
          `Slashed at ${formatTime(at)}: ${amount(asked)} asked, ${amount(own)} of its own bond and ${amount(delegated)} of its delegators' taken.`,
      ),
      ...(slashes.length === 0 ? ["It was never slashed."] : []),
    ]);
  });
}

async function readSlashes({ contracts, deployment }: Reader, operator: Hex): Promise<Slash[]> {
  const { bonds } = contracts;
  const events = await logsIn(contracts, deployment.block, async (from, to) =>
    bonds.queryFilter(bonds.filters.Slashed(operator), from, to),
  );
  return query(async () =>
    Promise.all(
      events.map(async (event) => {
        const { timestamp } = await event.getBlock();
        const { asked, own, delegated } = event.args;
        return { at: BigInt(timestamp), asked, own, delegated };
      }),
    ),
  );
}
