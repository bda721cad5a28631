/** What is demanded of operators in DisclosureCourt, and what becomes of it. */
import { Interface, type Log, type Result, type TransactionResponse, zeroPadValue } from "ethers";
import { DisclosureCourt__factory } from "../../typechain-types/index.ts";
import type { Hex } from "../core/bytes.ts";
import { EVIDENCE_AFTER_ANSWER, EVIDENCE_LAPSE } from "../core/terms.ts";
import type { Contracts } from "./contracts.ts";
import { ChainError } from "./errors.ts";
import { type CommittedExhibit, shownStruct } from "./evidence.ts";
import { chainTime, providerOf } from "./facts.ts";
import { logsIn, type Since } from "./logs.ts";
import { query, transact } from "./transactions.ts";

/** What a demand asks for: a committed receipt; a receipt's payload, for its payer; the receipt behind a settled unit. */
export type Subject =
  | { readonly kind: "receipt"; readonly root: Hex; readonly sequence: bigint }
  | { readonly kind: "payload"; readonly leaf: Hex }
  | { readonly kind: "unit"; readonly payer: Hex; readonly client: Hex; readonly unit: bigint };

/** A demand that was made. */
export interface Demand {
  readonly id: Hex;
  readonly operator: Hex;
  readonly demander: Hex;
  readonly subject: Subject;
  /** Of the call that made it, and the block that it is in. */
  readonly transactionHash: Hex;
  readonly block: number;
}

/**
 * How a demand stands: to be answered until `deadline`, in seconds; met with silence, which can be punished until
 * `lapsesAt`; or over, with its deposit back, or still to be taken back.
 */
export interface DemandState {
  readonly state: "open" | "silent" | "over";
  readonly deadline: bigint;
  readonly lapsesAt: bigint;
  readonly hasDeposit: boolean;
}

const disclosure = new Interface(DisclosureCourt__factory.abi);

/** What each event of a demand says that it asks for. */
const subjects: Readonly<Record<string, (args: Result) => Subject>> = {
  ReceiptDemanded: (args) => ({ kind: "receipt", root: args["root"] as Hex, sequence: args["sequence"] as bigint }),
  PayloadDemanded: (args) => ({ kind: "payload", leaf: args["leaf"] as Hex }),
  UnitDemanded: (args) => ({
    kind: "unit",
    payer: lower(args["payer"]),
    client: lower(args["client"]),
    unit: args["unit"] as bigint,
  }),
};

/** Every demand since a block, of one operator or of all. @throws ChainError where the chain cannot be read */
export async function listDemands(contracts: Contracts, since: Since, operator?: Hex): Promise<Demand[]> {
  const court = contracts.disclosureCourt;
  const names = Object.keys(subjects).map((name) => court.interface.getEvent(name as "UnitDemanded").topicHash);
  const of = operator === undefined ? null : zeroPadValue(operator, 32);
  const address = await court.getAddress();
  const logs = await logsIn(contracts, since, async (fromBlock, toBlock) =>
    providerOf(contracts).getLogs({ address, topics: [names, null, of], fromBlock, toBlock }),
  );
  return logs.flatMap((log) => demandIn(contracts, log) ?? []);
}

/** How a demand stands now. @throws ChainError where the chain cannot be read */
export async function demandState(contracts: Contracts, { id }: Pick<Demand, "id">): Promise<DemandState> {
  const { disclosureCourt, bonds } = contracts;
  const now = await chainTime(contracts);
  return query(async () => {
    const { openedAt, deadline: stated } = await disclosureCourt.demandOf(id);
    if (openedAt === 0n) return { state: "over", deadline: 0n, lapsesAt: 0n, hasDeposit: false };
    // Suspended time does not count.
    const [deadline, lapsesAt] = await Promise.all([
      bonds.extended(openedAt, stated),
      bonds.extended(openedAt, stated + EVIDENCE_AFTER_ANSWER + EVIDENCE_LAPSE),
    ]);
    const state = now <= deadline ? "open" : now <= lapsesAt ? "silent" : "over";
    return { state, deadline, lapsesAt, hasDeposit: true };
  });
}

/** A receipt in a batch: what a court knows it by. */
export interface Place {
  readonly operator: Hex;
  readonly root: Hex;
  readonly sequence: bigint;
}

/** A unit that was settled in an account: the `unit`th, from 1 on. */
export interface Unit {
  readonly payer: Hex;
  readonly operator: Hex;
  readonly client: Hex;
  readonly unit: bigint;
}

/**
 * Demands a committed receipt with all that it can be judged by.
 * @returns undefined where that was demanded before
 * @throws ChainError where the court refuses
 */
export async function demandReceipt(contracts: Contracts, place: Place): Promise<Demand | undefined> {
  const { operator, root, sequence } = place;
  return demand(contracts, operator, async (deposit) =>
    contracts.disclosureCourt.demandReceipt(operator, root, sequence, deposit),
  );
}

/** Demands the payload of a committed receipt, as its payer. The same. */
export async function demandPayload(contracts: Contracts, exhibit: CommittedExhibit): Promise<Demand | undefined> {
  return demand(contracts, exhibit.record.receipt.operator, async (deposit) =>
    contracts.disclosureCourt.demandPayload(shownStruct(exhibit), deposit),
  );
}

/** Demands the receipt behind a unit. The same; undefined too where silence about it was punished with that of others. */
export async function demandUnit(contracts: Contracts, asked: Unit): Promise<Demand | undefined> {
  const { payer, operator, client, unit } = asked;
  return demand(contracts, operator, async (deposit) =>
    contracts.disclosureCourt.demandUnit(payer, operator, client, unit, deposit),
  );
}

/**
 * The call to DisclosureCourt that convicts of silence on a demand.
 * @param shown the record whose payload was demanded
 */
export function convictSilence({ operator, subject }: Demand, shown?: CommittedExhibit): Hex | undefined {
  switch (subject.kind) {
    case "receipt":
      return disclosure.encodeFunctionData("convictReceipt", [operator, subject.root, subject.sequence]) as Hex;
    case "unit": {
      const { payer, client, unit } = subject;
      return disclosure.encodeFunctionData("convictUnit", [payer, operator, client, unit]) as Hex;
    }
    case "payload":
      return shown && (disclosure.encodeFunctionData("convictPayload", [shownStruct(shown)]) as Hex);
  }
}

/** Takes back the deposit of a demand whose silence nobody had punished in time. @throws ChainError where it is too early */
export async function lapseDemand({ disclosureCourt }: Contracts, { id }: Pick<Demand, "id">): Promise<void> {
  await transact(() => disclosureCourt.lapse(id));
}

/** Takes the coin that demands and answers left the caller. @throws ChainError where there is none */
export async function claimCoin({ disclosureCourt }: Contracts): Promise<void> {
  await transact(() => disclosureCourt.claimCoin());
}

/** What is sent of the deposit that is asked for, in percent: gas may get dearer until the demand is in a block. */
const DEPOSIT_PERCENT = 150n;

async function demand(
  contracts: Contracts,
  operator: Hex,
  send: (deposit: { readonly value: bigint }) => Promise<TransactionResponse>,
): Promise<Demand | undefined> {
  const deposit = await query(() => contracts.disclosureCourt.depositFor(operator));
  try {
    const { logs } = await transact(() => send({ value: (deposit * DEPOSIT_PERCENT) / 100n }));
    const made = logs.map((log) => demandIn(contracts, log)).find((one) => one !== undefined);
    if (made === undefined) throw new ChainError("NoDemand", "the court took the call and made no demand");
    return made;
  } catch (cause) {
    if (cause instanceof ChainError && ["AlreadyDemanded", "UnitJudged"].includes(cause.reason)) return undefined;
    throw cause;
  }
}

function demandIn({ disclosureCourt }: Contracts, log: Log): Demand | undefined {
  const event = disclosureCourt.interface.parseLog(log);
  const subjectOf = event === null ? undefined : subjects[event.name];
  if (event === null || subjectOf === undefined) return undefined;
  const {
    demand: id,
    operator,
    demander,
  } = event.args as unknown as Record<"demand" | "operator" | "demander", string>;
  return {
    id: id as Hex,
    operator: lower(operator),
    demander: lower(demander),
    subject: subjectOf(event.args),
    transactionHash: log.transactionHash as Hex,
    block: log.blockNumber,
  };
}

function lower(address: unknown): Hex {
  return (address as string).toLowerCase() as Hex;
}
