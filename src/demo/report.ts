import { formatLinks, formatTable } from "../cli/format.ts";
import type { Verdict } from "../chain/prosecution.ts";
import type { Hex } from "../core/bytes.ts";
import { write } from "../core/records.ts";
import type { Link } from "../core/verify.ts";
import type { FundingWay } from "./clients.ts";
import { modeClaims, type ModeReport } from "./modes.ts";
import type { Demanded } from "./silence.ts";
import type { Collection, Purchase } from "./purchase.ts";

/** Something that must be so, and whether the chain says that it is. */
export interface Check {
  readonly name: string;
  readonly isOk: boolean;
  readonly detail: string;
}

/** Notes whether something is so. */
export function check(name: string, isOk: boolean, detail: string): Check {
  return { name, isOk, detail };
}

/** A score of 0 to 999, and whether there is enough behind it to say anything. */
export interface Credit {
  readonly score: bigint;
  readonly proven: boolean;
}

/** What became of an operator. Amounts in the token's smallest unit. */
export interface OperatorReport {
  readonly name: string;
  readonly address: Hex;
  readonly served: number;
  readonly right: number;
  readonly bondBefore: bigint;
  readonly bondAfter: bigint;
  readonly creditBefore: Credit;
  readonly credit: Credit;
  /** Whether no court convicted it. */
  readonly isHonest: boolean;
}

/** What became of money that stands behind an operator. Amounts in the token's smallest unit. */
export interface DelegationReport {
  /** Whose it is. */
  readonly name: string;
  readonly delegator: Hex;
  readonly operator: Hex;
  readonly delegated: bigint;
  /** What it is worth at the end: fees make it more, slashes make it less. */
  readonly worth: bigint;
}

/** What the main job did, counted as it happened or read from the chain. */
export interface Report {
  readonly served: number;
  readonly verified: number;
  readonly right: number;
  readonly batches: number;
  readonly gasCommit: bigint;
  readonly gasSettle: bigint;
  /** How many accounts were funded in which way. */
  readonly fundings: Readonly<Record<FundingWay, number>>;
  /** What was paid without a voucher, and what became of it. */
  readonly purchase: Purchase & Collection;
  readonly settled: bigint;
  readonly protocolFees: bigint;
  readonly delegatorsFees: bigint;
  readonly faults: readonly (Verdict & { readonly description: string })[];
  readonly operators: readonly OperatorReport[];
  readonly modes: readonly ModeReport[];
  /** What was demanded of operators, and what they answered. */
  readonly demanded: Demanded;
  /** Whether the honest operator of the snark mode proved while it ran. */
  readonly isProvenLive: boolean;
  readonly delegations: readonly DelegationReport[];
  readonly trace: { readonly file: string; readonly links: readonly Link[]; readonly isValid: boolean };
  readonly checks: readonly Check[];
  readonly folder: string;
  readonly seconds: number;
}

/** Whether everything was as it must be. */
export function isSuccess({ checks }: Report): boolean {
  return checks.every(({ isOk }) => isOk);
}

/** The one line of `npm start -- --json`. */
export function toJsonLine(report: Report): string {
  const { served, verified, right, batches, settled, fundings, purchase } = report;
  const { modes, faults, operators, delegations, trace, seconds } = report;
  const { operator, payTo, amount, collected, protocolFee, delegatorsFee } = purchase;
  return write({
    served,
    verified,
    accuracy: Number((right / served).toFixed(4)),
    batches,
    gasPerInference: gasPerInference(report),
    settled,
    fundings,
    purchase: { operator, payTo, paid: amount, collected, protocolFee, delegatorsFee },
    modes: modes.map(({ addedMs, ...mode }) => ({ ...mode, addedMs: Number(addedMs.toFixed(1)) })),
    faults: faults.map(({ court, operator, slashed, compensated, bounty }) => ({
      court,
      operator,
      slashed,
      compensated,
      bounty,
      burned: slashed - compensated - bounty,
    })),
    operators: operators.map(({ address, isHonest, bondBefore, bondAfter, credit }) => ({
      address,
      honest: isHonest,
      bondBefore,
      bondAfter,
      credit: credit.score,
    })),
    delegations: delegations.map(({ delegator, operator, delegated, worth }) => ({
      delegator,
      operator,
      delegated,
      worth,
    })),
    trace: { file: trace.file, valid: trace.isValid },
    seconds,
  });
}

/** The summary that a person reads. */
export function toText(report: Report): string {
  return [
    ...serviceLines(report),
    "",
    ...modeLines(report),
    "",
    ...faultLines(report),
    "",
    ...demandLines(report),
    "",
    ...operatorLines(report),
    "",
    ...delegationLines(report),
    "",
    ...traceLines(report),
    "",
    ...checkLines(report),
    "",
    `Records: ${report.folder}`,
    `Done in ${report.seconds.toFixed(1)} s.`,
  ].join("\n");
}

function serviceLines(report: Report): string[] {
  const { served, verified, right, batches, gasCommit, gasSettle, fundings, purchase } = report;
  const { settled, protocolFees, delegatorsFees } = report;
  return [
    "What was served",
    `  ${served} answers, ${percent(right, served)} of them right`,
    `  ${verified} verified by their clients: signatures, bindings, activations, inclusion`,
    `  accounts funded: ${fundings.approval} by approval, ${fundings.permit} by permit, ${fundings.authorization} by what others brought`,
    `  ${batches} batches committed, ${money(settled)} settled by voucher, ${money(purchase.collected)} paid by x402 to ${nameIn(report, purchase.operator)}`,
    `  ${money(protocolFees)} of it to the protocol, ${money(delegatorsFees)} to delegators`,
    `  ${gasPerInference(report)} gas an inference (${gasCommit} to commit, ${gasSettle} to settle; the more, the cheaper)`,
  ];
}

function modeLines({ modes, isProvenLive }: Report): string[] {
  const rows = modes.map(({ mode, served, verified, gasPerInference, addedMs }) => [
    mode,
    modeClaims[mode],
    `${served}`,
    `${verified}`,
    `${gasPerInference}`,
    addedMs.toFixed(1),
  ]);
  return [
    "What each mode proves, and costs over a plain answer",
    ...table(
      [["mode", "an answer is believed because", "served", "verified", "gas an answer", "ms added"], ...rows],
      2,
    ),
    "  enclave: its platform is certified by the main job's own root, not Intel's, which a deployment pins by default",
    `  ${proofOrigin(isProvenLive)}`,
  ];
}

function proofOrigin(isProvenLive: boolean): string {
  return isProvenLive
    ? "snark: Ginkgo proved each answer while this ran; Hazel hands out proofs of models/iris-proofs.json"
    : "snark: all proofs are of models/iris-proofs.json, as no SRS is in reach (CRS_PATH) to make them while this runs";
}

function faultLines(report: Report): string[] {
  const rows = report.faults.map(({ court, operator, description, slashed, compensated, bounty }) => [
    nameIn(report, operator),
    court,
    description,
    money(slashed),
    money(compensated),
    money(bounty),
    money(slashed - compensated - bounty),
  ]);
  return [
    "Who was caught",
    ...table([["operator", "court", "fault", "slashed", "compensated", "bounty", "burnt"], ...rows], 3),
  ];
}

function demandLines({ demanded, operators }: Report): string[] {
  const { withheld, answered } = demanded;
  return [
    "What was demanded of operators on the chain",
    ...answered.map(
      ({ operator, gas }) => `  ${operator.name} showed a receipt in time, for ${gas} gas, and is left alone`,
    ),
    ...withheld.map(
      ({ operator }) => `  ${nameIn({ operators }, operator)} was silent about a receipt until its day was over`,
    ),
  ];
}

function operatorLines({ operators }: Report): string[] {
  const rows = operators.map(({ name, served, right, bondBefore, bondAfter, creditBefore, credit, isHonest }) => [
    name,
    `${served}`,
    percent(right, served),
    money(bondBefore),
    money(bondAfter),
    creditBefore.proven ? `${creditBefore.score}` : "unproven",
    credit.proven ? `${credit.score}` : "unproven",
    isHonest ? "honest" : "convicted",
  ]);
  return [
    "What it did to them",
    ...table([["operator", "served", "right", "bond before", "bond after", "credit before", "credit", ""], ...rows], 1),
  ];
}

function delegationLines(report: Report): string[] {
  const rows = report.delegations.map(({ name, operator, delegated, worth }) => [
    name,
    nameIn(report, operator),
    money(delegated),
    money(worth),
    report.faults.every((fault) => fault.operator !== operator) ? "" : bearing(delegated, worth),
  ]);
  return [
    "What it did to those whose money stands behind them",
    ...table([["delegator", "operator", "delegated", "worth after", ""], ...rows], 2),
  ];
}

/** Who bore the slashes of an operator behind which somebody delegated. */
function bearing(delegated: bigint, worth: bigint): string {
  return worth < delegated ? "slashed with its operator" : "its operator's own bond bore the slashes";
}

function nameIn({ operators }: Pick<Report, "operators">, address: Hex): string {
  return operators.find((operator) => operator.address === address)?.name ?? address;
}

function traceLines({ trace }: Report): string[] {
  return [
    "One record, from model to settlement",
    ...formatLinks(trace.links).map((line) => `  ${line}`),
    `  ${trace.file}`,
  ];
}

/** What was not as it must be, or that all was. */
export function checkLines({ checks }: Pick<Report, "checks">): string[] {
  const failed = checks.filter(({ isOk }) => !isOk);
  if (failed.length === 0) return [`All ${checks.length} checks against the chain hold.`];
  return ["Checks that FAIL", ...failed.map(({ name, detail }) => `  ✗ ${name}: ${detail}`)];
}

function gasPerInference({ gasCommit, gasSettle, served }: Report): number {
  return Math.round(Number(gasCommit + gasSettle) / served);
}

function table(rows: readonly (readonly string[])[], left: number): string[] {
  return formatTable(rows, left).map((line) => `  ${line}`);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

/** Money of a token with six decimals. */
function money(amount: bigint): string {
  const cents = (amount + 5_000n) / 10_000n;
  return `$${cents / 100n}.${(cents % 100n).toString().padStart(2, "0")}`;
}
