/** The calls that prove faults, encoded for the courts. */
import { AbiCoder, Interface, keccak256 } from "ethers";
import { EquivocationCourt__factory, ValidityCourt__factory } from "../../typechain-types/index.ts";
import { type Hex, toHex } from "../core/bytes.ts";
import { allRows, hiddenHashes, openingOf, type PublishedModel, rowProof } from "../core/model/commitment.ts";
import type { Fault } from "../core/model/fault.ts";
import type { Record } from "../core/records.ts";
import { greatest } from "../core/numbers.ts";
import { unitsOf } from "../core/terms.ts";
import { orderHash, type Receipt, type Request } from "../core/typedData.ts";
import { claimedTrace } from "../core/verify.ts";

/** Where a receipt was committed. */
export interface Committed {
  readonly root: Hex;
  readonly proof: readonly Hex[];
}

/** A record, and why it counts: it was committed, or else its own signature. */
export interface Exhibit {
  readonly record: Record;
  readonly committed?: Committed;
}

/** What of an exhibit speaks by itself, without the request behind it. */
export interface BareExhibit extends Omit<Exhibit, "record"> {
  readonly record: Pick<Record, "receipt" | "operatorSignature">;
}

/** A record that counts because it was committed, whoever signed it. */
export type CommittedExhibit = Exhibit & Required<Pick<Exhibit, "committed">>;

/** `OptimisticChecker.Kind`. */
const Kind = { neuron: 0, rerun: 1 } as const;

const MODEL = "tuple(address publisher, bytes32 commitment, bytes spec)";
const NEURON = `tuple(${MODEL} model, uint256 layer, uint256 index, bytes row, bytes32[] rowProof, bytes32[] hiddenHashes, bytes inputs, bytes outputs)`;
const RERUN = `tuple(${MODEL} model, bytes rows, bytes input)`;

const coder = AbiCoder.defaultAbiCoder();
const validity = new Interface(ValidityCourt__factory.abi);
const equivocation = new Interface(EquivocationCourt__factory.abi);

/** Evidence that one neuron, or one vector's length, is wrong: two vectors and one row. */
export function neuronEvidence(published: PublishedModel, record: Record, fault: Fault): Hex {
  const trace = claimedTrace(record);
  const vectors = [trace.input, ...trace.hidden, trace.output];
  const layer = fault.kind === "shape" ? 0 : fault.layer;
  const index = fault.kind === "neuron" ? fault.index : 0;
  const { row, proof } = rowProof(published.model, { layer, index });
  const neuron = {
    model: openingOf(published),
    layer,
    index,
    row,
    rowProof: proof,
    hiddenHashes: hiddenHashes(trace),
    inputs: toHex(vectors[layer] ?? new Uint8Array()),
    outputs: toHex(vectors[layer + 1] ?? new Uint8Array()),
  };
  return encodeEvidence(Kind.neuron, NEURON, neuron);
}

/** Evidence by running the whole model again: needs no activations, but all weights. */
export function rerunEvidence(published: PublishedModel, record: Record): Hex {
  const rerun = { model: openingOf(published), rows: toHex(allRows(published.model)), input: record.input };
  return encodeEvidence(Kind.rerun, RERUN, rerun);
}

/** The call to ValidityCourt that convicts an output. @param salt 32 bytes that hide the evidence until it is opened */
export function convictOutput(exhibit: Exhibit, evidence: Hex, salt: Hex): Hex {
  const { request } = exhibit.record;
  const parts = [exhibitStruct(exhibit), requestStruct(request), request.order, evidence, salt];
  return validity.encodeFunctionData("convictOutput", parts) as Hex;
}

/** The call to ValidityCourt that convicts a receipt which breaks a term. */
export function convictTerms(exhibit: Exhibit, salt: Hex): Hex {
  const { request } = exhibit.record;
  const parts = [exhibitStruct(exhibit), requestStruct(request), request.order, salt];
  return validity.encodeFunctionData("convictTerms", parts) as Hex;
}

/** What two receipts contradict each other in. */
export type Contradiction = "sequence" | "order" | "unit";

const methods = { sequence: "convictSequence", order: "convictOrder", unit: "convictUnit" } as const;

/** The call to EquivocationCourt that convicts of two receipts where there may be one. */
export function convictEquivocation(
  contradiction: Contradiction,
  exhibits: readonly [Exhibit, Exhibit],
  salt: Hex,
): Hex {
  const [first, second] = exhibits.map(exhibitStruct);
  const requests = exhibits.map(({ record }) => requestStruct(record.request));
  return equivocation.encodeFunctionData(methods[contradiction], [first, second, requests, salt]) as Hex;
}

/** The same of two receipts for one number whose requests are not known: their payers are not compensated. */
export function convictSequence(exhibits: readonly [BareExhibit, BareExhibit], salt: Hex): Hex {
  const [first, second] = exhibits.map(exhibitStruct);
  return equivocation.encodeFunctionData(methods.sequence, [first, second, [], salt]) as Hex;
}

/** What EquivocationCourt knows a contradiction by: whatever two receipts show it, it is punished once. */
export function equivocationFault(contradiction: Contradiction, [first, second]: readonly [Exhibit, Exhibit]): Hex {
  const { receipt, request } = first.record;
  if (contradiction === "sequence") return sequenceFault(receipt);
  if (contradiction === "order") {
    const order = coder.encode(["string", "address", "bytes32"], ["order", request.payer, orderHash(request.order)]);
    return contested(receipt.operator, order);
  }
  const lower = greatest(unitsOf(receipt).from, unitsOf(second.record.receipt).from);
  const unit = ["unit", request.payer, receipt.client, lower];
  return contested(receipt.operator, coder.encode(["string", "address", "address", "uint256"], unit));
}

/** The same of two receipts for one number. */
export function sequenceFault({ operator, sequence }: Pick<Receipt, "operator" | "sequence">): Hex {
  return contested(operator, coder.encode(["string", "uint64"], ["sequence", sequence]));
}

function contested(operator: Hex, thing: string): Hex {
  return keccak256(coder.encode(["address", "bytes32"], [operator, keccak256(thing)])) as Hex;
}

/** The same call with another salt: as evidence that was never opened, whatever became of it before. */
export function resalted(court: "EquivocationCourt" | "ValidityCourt", data: Hex, salt: Hex): Hex {
  const interface_ = court === "ValidityCourt" ? validity : equivocation;
  const call = interface_.parseTransaction({ data });
  if (call === null) throw new TypeError(`a call of ${court} expected`);
  return interface_.encodeFunctionData(call.fragment, [...call.args.slice(0, -1), salt]) as Hex;
}

function encodeEvidence(kind: number, type: string, body: unknown): Hex {
  return coder.encode(["uint8", "bytes"], [kind, coder.encode([type], [body])]) as Hex;
}

function exhibitStruct({ record, committed }: BareExhibit) {
  return {
    receipt: record.receipt,
    root: committed?.root ?? toHex(new Uint8Array(32)),
    proof: [...(committed?.proof ?? [])],
    signature: committed === undefined ? record.operatorSignature : "0x",
  };
}

/** `IDisclosureCourt.Shown`. */
export function shownStruct({ record: { receipt, request }, committed: { root, proof } }: CommittedExhibit) {
  return { receipt, root, proof: [...proof], request: requestStruct(request), order: request.order };
}

/** A request as the contracts take it, with its order's hash in the order's place. */
export function requestStruct({ order, ...request }: Request) {
  return { ...request, orderHash: orderHash(order) };
}
