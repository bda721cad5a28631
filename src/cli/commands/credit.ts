import type { Command } from "commander";
import { readCreditClocks, readCreditEvents, readSlashes } from "../../chain/history.ts";
import { chainTime } from "../../chain/facts.ts";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { creditCurve, type CurvePoint, timesBetween } from "../../core/creditCurve.ts";
import { creditStory } from "../../core/creditStory.ts";
import { type Reader, withReader } from "../connection.ts";
import { formatAmount, formatDay, formatDuration, formatRows, formatTable, formatTime, print } from "../format.ts";
import type { Shell } from "../io.ts";
import { type ChainOptions, ending, reading } from "../options.ts";
import { parseAddress, parseCount } from "../parse.ts";
import { readStanding, standingRows } from "../standing.ts";

interface CreditOptions extends ChainOptions {
  readonly points: number;
}

/** Adds `surety credit`. */
export function addCredit(program: Command, io: Shell): void {
  const credit = program
    .command("credit")
    .description("what an operator's word is worth: its credit, how it came to be, and the facts behind it")
    .argument("<operator>", "the operator's address", parseAddress)
    .option("--points <n>", "how many times of the curve are shown, evenly apart", parseCount, 12);
  ending(reading(credit), [
    "surety credit 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --network local",
    "surety credit 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --points 52 --json",
  ]).action(async (operator: Hex, options: CreditOptions) => showCredit(operator, options, io));
}

async function showCredit(operator: Hex, options: CreditOptions, io: Shell): Promise<void> {
  await withReader(options, async (reader) => {
    const { contracts, deployment, unit } = reader;
    const standing = await readStanding(reader, operator);
    const amount = (value: bigint): string => formatAmount(value, unit);
    const terms = await readTerms(reader);
    const slashes = await readSlashes(contracts, deployment.block, operator);
    const { points, shown } = await readCurve(reader, operator, options.points);
    const { prior, severity } = terms;
    const story = creditStory({ ...standing.credit, prior, severity }, terms, { amount, duration: formatDuration });
    print(io, options, { ...standing, unit, ...terms, slashes, story, curve: points }, [
      ...formatRows(standingRows(standing, unit)),
      "",
      ...story,
      ...slashes.map(
        ({ at, asked, own, delegated }) =>
          `Slashed at ${formatTime(at)}: ${amount(asked)} asked, ${amount(own)} of its own bond and ${amount(delegated)} of its delegators' taken.`,
      ),
      ...(slashes.length === 0 ? ["It was never slashed."] : []),
      ...(shown.length === 0 ? [] : ["", ...formatTable([["time", "credit", "S", "F"], ...shown.map(rowOf(amount))])]),
    ]);
  });
}

/** What is the same for all operators now. */
async function readTerms({ contracts, deployment }: Reader) {
  const { credit, escrow, bonds } = contracts;
  const { settledHalfLife, faultHalfLife } = await readCreditClocks(contracts, deployment.block);
  return query(async () => {
    const [prior, severity, protocolFeeBps, coverageBps, unbondingDelay] = await Promise.all([
      credit.prior(),
      credit.severity(),
      escrow.protocolFeeBps(),
      escrow.coverageBps(),
      bonds.unbondingDelay(),
    ]);
    return { prior, severity, protocolFeeBps, coverageBps, unbondingDelay, settledHalfLife, faultHalfLife };
  });
}

/** The curve: all of its points, and those at even times since the operator settled first or was slashed. */
async function readCurve({ contracts, deployment }: Reader, operator: Hex, count: number) {
  const until = await chainTime(contracts);
  const events = await readCreditEvents(contracts, deployment.block, operator);
  const first = events.find(({ kind }) => kind !== "parameters");
  if (first === undefined) return { points: [], shown: [] };
  const samples = timesBetween(first.at, until, count);
  const clocks = await readCreditClocks(contracts, deployment.block);
  const points = creditCurve(events, { ...clocks, until, samples });
  return { points, shown: points.filter(({ at }) => samples.includes(at)) };
}

function rowOf(amount: (value: bigint) => string) {
  return ({ at, settled, faulted, score, proven }: CurvePoint): string[] => [
    formatDay(at),
    proven ? `${score}` : "unproven",
    amount(settled),
    amount(faulted),
  ];
}
