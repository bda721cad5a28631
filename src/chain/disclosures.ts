/** Answers to demands in DisclosureCourt: how an operator gives them, and how everyone reads them. */
import type { JsonRpcApiProvider, Log, Provider, TransactionReceipt } from "ethers";
import type {
  IDisclosureCourt,
  OrderStructOutput,
  ReceiptStructOutput,
} from "../../typechain-types/contracts/courts/DisclosureCourt.ts";
import { fromHex, type Hex, toHex } from "../core/bytes.ts";
import { parseContext } from "../core/context.ts";
import type { Record } from "../core/records.ts";
import { Mode, type Order, type Receipt, receiptHash } from "../core/typedData.ts";
import type { Contracts } from "./contracts.ts";
import type { Demand } from "./demands.ts";
import { type CommittedExhibit, shownStruct } from "./evidence.ts";
import { providerOf } from "./facts.ts";
import { logsIn, type Since } from "./logs.ts";
import { query, transact } from "./transactions.ts";

/**
 * Answers a demand with the record that it asks for.
 * @throws ChainError where the court refuses: it was answered, or it is too late
 */
export async function answerDemand(
  contracts: Contracts,
  { subject }: Pick<Demand, "subject">,
  exhibit: CommittedExhibit,
): Promise<TransactionReceipt> {
  const { disclosureCourt: court } = contracts;
  const { record } = exhibit;
  const shown = shownStruct(exhibit);
  return transact(async () => {
    switch (subject.kind) {
      case "receipt":
        return court.answerReceipt(shown, disclosedToAnyone(record));
      case "payload":
        return court.answerPayload(shown, { ...nothing, ...payloadOf(record), evidence: evidenceOf(record) });
      case "unit":
        return court.answerUnit(subject.unit, shown, record.clientSignature);
    }
  });
}

const nothing = { context: "0x", input: "0x", output: "0x" } as const;

/** What anyone may judge a receipt by: its proof and, where a court can judge the payload, whatever is not private. */
function disclosedToAnyone(record: Record) {
  const evidence = evidenceOf(record);
  const { mode } = record.request.order;
  if (mode !== Mode.optimistic && mode !== Mode.snark) return { ...nothing, evidence };
  const isOpen = parseContext(record.context).disclose;
  const context = toHex(new TextEncoder().encode(record.context));
  return { ...nothing, ...(isOpen ? payloadOf(record) : {}), context, evidence };
}

function payloadOf({ input, output }: Record) {
  return { input, output };
}

/** What `proofHash` stands for, as the court takes it. */
function evidenceOf({ hidden, proof, request }: Record): Hex[] {
  if (request.order.mode === Mode.optimistic) return [...hidden];
  return proof === "0x" ? [] : [proof];
}

/** An answer that was given. */
export interface Disclosure {
  readonly demand: Hex;
  /** When, in seconds: from then on the receipt stays open to evidence for a while. */
  readonly disclosedAt: bigint;
  /** The block that it is in. */
  readonly block: number;
  /** What it showed; undefined where it was given in a way in which the chain's node cannot show it. */
  readonly exhibit: CommittedExhibit | undefined;
}

/** Every answer since a block. @throws ChainError where the chain cannot be read */
export async function listDisclosures(contracts: Contracts, since: Since): Promise<Disclosure[]> {
  const { disclosureCourt } = contracts;
  const events = await logsIn(contracts, since, async (from, to) =>
    disclosureCourt.queryFilter(disclosureCourt.filters.Answered(), from, to),
  );
  return Promise.all(
    events.map(async (event) => {
      const { demand, leaf } = event.args;
      const [{ timestamp }, calls] = await query(() => Promise.all([event.getBlock(), callsIn(contracts, event)]));
      const shown = calls.map((data) => exhibitIn(contracts, data)).filter((one) => one !== undefined);
      const exhibit = shown.find(({ record }) => receiptHash(record.receipt) === leaf);
      return { demand: demand as Hex, disclosedAt: BigInt(timestamp), block: event.blockNumber, exhibit };
    }),
  );
}

/**
 * The record whose payload was demanded, as its payer showed it; undefined where that cannot be read.
 * @throws ChainError where the chain cannot be read
 */
export async function demandedExhibit(contracts: Contracts, demand: Demand): Promise<CommittedExhibit | undefined> {
  const { subject, transactionHash } = demand;
  if (subject.kind !== "payload") return undefined;
  const calls = await query(() => callsIn(contracts, { transactionHash }));
  return calls
    .map((data) => exhibitIn(contracts, data))
    .find((exhibit) => exhibit !== undefined && receiptHash(exhibit.record.receipt) === subject.leaf);
}

/** What the court was called with in the transaction of a log: from its calldata, or by its trace where a contract called. */
async function callsIn(contracts: Contracts, { transactionHash }: Pick<Log, "transactionHash">): Promise<string[]> {
  const provider = providerOf(contracts);
  const court = (await contracts.disclosureCourt.getAddress()).toLowerCase();
  const transaction = await provider.getTransaction(transactionHash);
  if (transaction?.to?.toLowerCase() === court) return [transaction.data];
  return nestedCalls(await traceOf(provider, transactionHash), court);
}

interface TracedCall {
  readonly to?: string;
  readonly input?: string;
  readonly calls?: readonly TracedCall[];
}

/** A transaction's calls as they were made; nothing where the node behind the provider does not trace. */
async function traceOf(provider: Provider, hash: string): Promise<TracedCall> {
  const tracing = provider as Provider & Partial<Pick<JsonRpcApiProvider, "send">>;
  try {
    return ((await tracing.send?.("debug_traceTransaction", [hash, { tracer: "callTracer" }])) ?? {}) as TracedCall;
  } catch {
    return {};
  }
}

function nestedCalls({ to, input, calls = [] }: TracedCall, court: string): string[] {
  const own = to?.toLowerCase() === court && input !== undefined ? [input] : [];
  return [...own, ...calls.flatMap((call) => nestedCalls(call, court))];
}

/** What a call to the court shows; undefined where it shows no receipt. */
function exhibitIn({ disclosureCourt }: Contracts, data: string): CommittedExhibit | undefined {
  try {
    const call = disclosureCourt.interface.parseTransaction({ data });
    return call === null ? undefined : shownIn(call.args.toObject() as Partial<Shows>);
  } catch {
    // A contract can call the court with anything: what cannot be read has not answered.
    return undefined;
  }
}

function shownIn({ shown, disclosed, clientSignature }: Partial<Shows>): CommittedExhibit | undefined {
  if (shown === undefined) return undefined;
  const { receipt, root, proof, request, order } = shown;
  const evidence = [...(disclosed?.evidence ?? [])] as Hex[];
  const isOptimistic = Number(order.mode) === Mode.optimistic;
  const record: Record = {
    request: {
      payer: lower(request.payer),
      operator: lower(request.operator),
      ceiling: request.ceiling,
      deadline: request.deadline,
      order: toOrder(order),
    },
    clientSignature: (clientSignature ?? "0x") as Hex,
    receipt: toReceipt(receipt),
    operatorSignature: "0x",
    context: new TextDecoder().decode(fromHex(disclosed?.context ?? "0x")),
    input: (disclosed?.input ?? "0x") as Hex,
    output: (disclosed?.output ?? "0x") as Hex,
    hidden: isOptimistic ? evidence : [],
    proof: (isOptimistic ? undefined : evidence[0]) ?? "0x",
  };
  return { record, committed: { root: root as Hex, proof: [...proof] as Hex[] } };
}

/** The arguments of the calls that show a receipt; each has some of them. */
interface Shows {
  readonly shown: IDisclosureCourt.ShownStructOutput;
  readonly disclosed: IDisclosureCourt.DisclosedStructOutput;
  readonly clientSignature: string;
}

function toOrder(order: OrderStructOutput): Order {
  return {
    modelId: order.modelId as Hex,
    inputHash: order.inputHash as Hex,
    contextHash: order.contextHash as Hex,
    mode: Number(order.mode),
    maxPrice: order.maxPrice,
    base: order.base,
    inputRate: order.inputRate,
    outputRate: order.outputRate,
    salt: order.salt as Hex,
  };
}

/** A receipt as the courts' calldata has it. */
export function toReceipt(receipt: ReceiptStructOutput): Receipt {
  return {
    requestHash: receipt.requestHash as Hex,
    operator: lower(receipt.operator),
    signer: lower(receipt.signer),
    client: lower(receipt.client),
    sequence: receipt.sequence,
    outputHash: receipt.outputHash as Hex,
    proofHash: receipt.proofHash as Hex,
    price: receipt.price,
    charged: receipt.charged,
    inputUnits: Number(receipt.inputUnits),
    outputUnits: Number(receipt.outputUnits),
    issuedAt: receipt.issuedAt,
  };
}

function lower(address: string): Hex {
  return address.toLowerCase() as Hex;
}
