/** How an operator stands, as the chain says it: what whoever trusts one with money, or is one, wants to know. */
import { listOperators } from "../chain/directory.ts";
import { query } from "../chain/transactions.ts";
import { capOf } from "../core/exposure.ts";
import type { Hex } from "../core/bytes.ts";
import { greatest } from "../core/numbers.ts";
import type { Reader } from "./connection.ts";
import { UsageError } from "./errors.ts";
import { formatAddress, formatAmount, formatPercent, formatTime, printable } from "./format.ts";

/** Amounts in the token's smallest unit, times in seconds. */
export interface Standing {
  readonly operator: Hex;
  readonly payout: Hex;
  /** Where its node is reached. */
  readonly endpoint: string;
  readonly commission: { readonly current: bigint; readonly next: bigint; readonly from: bigint };
  readonly own: { readonly active: bigint; readonly leaving: bigint };
  readonly delegated: { readonly active: bigint; readonly leaving: bigint; readonly room: bigint };
  readonly debt: bigint;
  readonly cover: bigint;
  /** What it has settled that its bond still answers for, and what it may settle at most. */
  readonly exposure: bigint;
  readonly cap: bigint;
  readonly credit: {
    readonly score: bigint;
    readonly proven: boolean;
    readonly settled: bigint;
    readonly faulted: bigint;
  };
}

/** Reads how an operator stands. @throws UsageError where it is not registered, ChainError */
export async function readStanding({ contracts, deployment }: Reader, operator: Hex): Promise<Standing> {
  const { bonds, escrow, credit } = contracts;
  const [known, commission, cover, room, coverageBps, exposure, { settled, faulted, score, proven }] = await query(
    async () =>
      Promise.all([
        bonds.operatorOf(operator),
        bonds.commissionOf(operator),
        bonds.cover(operator),
        bonds.delegationRoom(operator),
        escrow.coverageBps(),
        escrow.exposureOf(operator),
        credit.creditOf(operator),
      ]),
  );
  const { payout, debt, own, delegated } = known;
  if (BigInt(payout) === 0n) throw new UsageError(`${formatAddress(operator)} is no operator: check the address`);
  const entry = (await listOperators(contracts, deployment.block)).find((one) => one.operator === operator);
  return {
    operator,
    payout: payout.toLowerCase() as Hex,
    endpoint: entry?.endpoint ?? "",
    commission: { current: commission.current, next: commission.next, from: commission.from },
    own: { active: own.active, leaving: own.assets - own.active },
    delegated: { active: delegated.active, leaving: delegated.assets - delegated.active, room },
    debt,
    cover,
    exposure,
    cap: capOf(cover, coverageBps),
    credit: { score, proven, settled, faulted },
  };
}

/** What an operator's credit is, in a word or a number. */
function describeCredit({ score, proven }: Standing["credit"]): string {
  return proven ? `${score} of 1000` : "unproven: too little of what it settled is past its time to be challenged";
}

/** How an operator stands, as names and values. */
export function standingRows(standing: Standing, unit: Reader["unit"]): (readonly [string, string])[] {
  const { operator, payout, endpoint, commission, own, delegated, debt, cover, exposure, cap, credit } = standing;
  const amount = (value: bigint): string => formatAmount(value, unit);
  const leaving = (value: bigint): string => (value > 0n ? `, and ${amount(value)} leaving` : "");
  const change =
    commission.next === commission.current
      ? ""
      : `, ${formatPercent(commission.next)} from ${formatTime(commission.from)} on`;
  return [
    ["operator", formatAddress(operator)],
    ["node", endpoint === "" ? "it has not said where" : printable(endpoint)],
    ["credit", describeCredit(credit)],
    ["  settled, unchallenged", amount(credit.settled)],
    ["  slashes asked for", amount(credit.faulted)],
    ["own bond", `${amount(own.active)}${leaving(own.leaving)}`],
    ["delegated", `${amount(delegated.active)}${leaving(delegated.leaving)}; room for ${amount(delegated.room)}`],
    ["debt", amount(debt)],
    ["cover", amount(cover)],
    ["exposure", `${amount(exposure)} of ${amount(cap)}; ${amount(greatest(cap - exposure, 0n))} free`],
    ["commission", `${formatPercent(commission.current)}${change}`],
    ["payout", formatAddress(payout)],
  ];
}
