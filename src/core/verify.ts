/**
 * Checking a record, link by link, from its own bytes; and against the chain, where somebody has read the chain's side.
 * This is what makes a stranger able to check an AI action with a file and an RPC address.
 */
import { fromHex, type Hex, keccakHex } from "./bytes.ts";
import { contextHash, parseContext } from "./context.ts";
import { verifyProof } from "./merkle.ts";
import { modelId, type PublishedModel } from "./model/commitment.ts";
import { type Fault, findFault } from "./model/fault.ts";
import { parse } from "./model/file.ts";
import { type ModelOpening, openedId } from "./model/opening.ts";
import { type Proof, proofHashOf } from "./proofs.ts";
import type { Bundle, Record } from "./records.ts";
import { recover } from "./signatures.ts";
import { breachOf } from "./terms.ts";
import { type Domain, Mode, receiptDigest, receiptHash, requestDigest } from "./typedData.ts";

/** One link between two parts of a record: what it says, and whether it holds. */
export interface Link {
  readonly name: string;
  readonly status: "holds" | "fails" | "unchecked";
  /** A sentence for people. */
  readonly detail: string;
}

/** The chains and contracts that a record's two signatures are for. */
export interface Domains {
  readonly escrow: Domain;
  readonly ledger: Domain;
}

/** What the chain says of a record: read by `src/chain/facts.ts`. Times in seconds, amounts in the smallest unit. */
export interface ChainFacts {
  /** The contracts that the reader trusts. */
  readonly domains: Domains;
  readonly batch: { readonly firstSequence: bigint; readonly count: bigint; readonly committedAt: bigint } | undefined;
  readonly key: { readonly operator: Hex; readonly validFrom: bigint; readonly validUntil: bigint };
  readonly model: { readonly publisher: Hex; readonly modes: number };
  /** The account's settled total. */
  readonly settled: bigint;
  /** Whether the receipt was proven wrong in ValidityCourt. */
  readonly convicted: boolean;
}

/** A trace's trace: the vectors that a record claims. */
export function claimedTrace(record: Pick<Record, "input" | "hidden" | "output">) {
  return {
    input: fromHex(record.input),
    hidden: record.hidden.map((vector) => fromHex(vector)),
    output: fromHex(record.output),
  };
}

/** What a record claims beside its output. */
export function claimedProof(record: Pick<Record, "hidden" | "proof">): Proof {
  return { hidden: record.hidden.map((vector) => fromHex(vector)), proof: fromHex(record.proof) };
}

/** What a record's proof says, by mode. */
const proofClaims = [
  "the receipt stands for itself, without a proof",
  "the receipt names what the enclave signed, if anything beside the receipt",
  "the receipt names this proof",
  "the receipt names these activations",
];

/** Checks what a record says of itself: every hash, both signatures, the terms. Re-executes nothing. */
export function verifyRecord(record: Record, { escrow, ledger }: Domains): Link[] {
  const { request, receipt } = record;
  const { order } = request;
  return [
    link("input", "the order names this input", () => requireSame(keccakHex(fromHex(record.input)), order.inputHash)),
    link("context", "the order names this context, in canonical form", () => {
      parseContext(record.context);
      requireSame(contextHash(record.context), order.contextHash);
    }),
    link("request", "the receipt answers this request, on this chain and escrow, for this operator", () => {
      requireSame(requestDigest(request, escrow), receipt.requestHash);
      requireSame(receipt.operator, request.operator);
    }),
    link("client", "the client's key signed the request, and with it the promise to pay", () => {
      requireSame(recover(requestDigest(request, escrow), record.clientSignature), receipt.client);
    }),
    link("operator", "the operator's key signed the receipt", () => {
      requireSame(recover(receiptDigest(receipt, ledger), record.operatorSignature), receipt.signer);
    }),
    link("output", "the receipt names this output", () =>
      requireSame(keccakHex(fromHex(record.output)), receipt.outputHash),
    ),
    link("proof", proofClaims[order.mode] ?? "", () => {
      requireSame(proofHashOf(order.mode, claimedProof(record)), receipt.proofHash);
    }),
    link("terms", "price and time are what the order and the protocol allow", () => {
      const breach = breachOf(receipt, request);
      if (breach !== undefined) throw new Broken(breach);
      if (receipt.charged < receipt.price) throw new Broken("the receipt charges less than its price");
    }),
  ];
}

/** Checks that a model is the one that the order names, and re-executes it. */
export function verifyExecution(record: Record, { publisher, model }: PublishedModel): Link[] {
  return [
    link("model", "these weights and this publisher make the model that the order names", () =>
      requireSame(modelId(publisher, model), record.request.order.modelId),
    ),
    record.request.order.mode === Mode.optimistic
      ? link("execution", "every neuron follows from the vector before it: the output is right", () => {
          const fault = findFault(model, claimedTrace(record));
          if (fault !== undefined) throw new Broken(describeFault(fault));
        })
      : unchecked("execution", "answers of this mode are not re-executed"),
  ];
}

function verifyOpening({ request }: Record, opening: ModelOpening): Link {
  return link("model", "this publisher, commitment and spec make the model that the order names", () =>
    requireSame(openedId(opening), request.order.modelId),
  );
}

/** Checks all of a bundle; what lies on the chain only where `facts` are given. */
export function verifyBundle(bundle: Bundle, facts?: ChainFacts): Link[] {
  const domains = {
    escrow: { chainId: bundle.chainId, contract: bundle.escrow },
    ledger: { chainId: bundle.chainId, contract: bundle.ledger },
  };
  return [
    ...verifyBundledModel(bundle),
    ...verifyRecord(bundle.record, domains),
    verifyInclusion(bundle),
    ...verifyOnChain(bundle, domains, facts),
  ];
}

/** Whether no link fails. A link that could not be checked is no failure, and no proof either. */
export function isValid(links: readonly Link[]): boolean {
  return links.every(({ status }) => status !== "fails");
}

function verifyBundledModel({ model, record }: Bundle): Link[] {
  if (model === undefined) {
    const detail = "the bundle has no model";
    return [unchecked("model", detail), unchecked("execution", detail)];
  }
  if ("commitment" in model) {
    return [verifyOpening(record, model), unchecked("execution", "the bundle has no weights")];
  }
  try {
    const parsed = parse(JSON.stringify(model.file));
    return verifyExecution(record, { publisher: model.publisher, model: parsed.model });
  } catch (cause) {
    return [failed("model", cause), unchecked("execution", "there is no model to run")];
  }
}

function verifyInclusion({ inclusion, record }: Bundle): Link {
  if (inclusion === undefined) return unchecked("inclusion", "the bundle names no batch");
  return link("inclusion", "the receipt is in the batch under this root", () => {
    const leaf = fromHex(receiptHash(record.receipt));
    if (!verifyProof({ leaf, ...inclusion })) throw new Broken(`the path does not lead to ${inclusion.root}`);
  });
}

function verifyOnChain({ record, inclusion }: Bundle, domains: Domains, facts: ChainFacts | undefined): Link[] {
  const { receipt, request } = record;
  if (facts === undefined) {
    const detail = "needs the chain: give an RPC address";
    return ["contracts", "commitment", "key", "publication", "settlement", "record"].map((name) =>
      unchecked(name, detail),
    );
  }
  const { batch, key, model, settled } = facts;
  return [
    link("contracts", "the record is for the contracts of this deployment", () => {
      requireSame(domains.escrow.contract, facts.domains.escrow.contract);
      requireSame(domains.ledger.contract, facts.domains.ledger.contract);
      requireSame(String(domains.ledger.chainId), String(facts.domains.ledger.chainId));
    }),
    inclusion === undefined
      ? unchecked("commitment", "the bundle names no batch")
      : link("commitment", `the operator committed the batch${batch ? ` at ${time(batch.committedAt)}` : ""}`, () => {
          if (batch === undefined) throw new Broken("the operator committed no such batch");
          const offset = receipt.sequence - batch.firstSequence;
          if (offset < 0n || offset >= batch.count) throw new Broken("the receipt's sequence is outside the batch");
          if (receipt.issuedAt > batch.committedAt) throw new Broken("IssuedAfterCommitment");
        }),
    link("key", "the signing key was the operator's when the receipt was issued", () => {
      requireSame(key.operator, receipt.operator);
      if (receipt.issuedAt < key.validFrom || receipt.issuedAt >= key.validUntil)
        throw new Broken("the key was not valid then");
    }),
    link("publication", "the model is published for this mode", () => {
      if ((model.modes & (1 << request.order.mode)) === 0) throw new Broken("the model is not published for it");
    }),
    settled >= receipt.charged
      ? link("settlement", `the fee of ${String(receipt.price)} is settled`, () => undefined)
      : unchecked("settlement", `the account has settled ${String(settled)} of ${String(receipt.charged)} so far`),
    link("record", "no court has found the receipt wrong", () => {
      if (facts.convicted) throw new Broken("ValidityCourt has punished this receipt");
    }),
  ];
}

/** A fault in words. */
export function describeFault(fault: Fault): string {
  if (fault.kind === "shape") return "the number of hidden vectors is not the model's";
  if (fault.kind === "length") return `the vector of layer ${fault.layer} has the wrong length`;
  return `neuron ${fault.index} of layer ${fault.layer} does not follow from the vector before it`;
}

/** Thrown inside a check by what breaks its link. */
class Broken extends Error {}

function link(name: string, claim: string, check: () => void): Link {
  try {
    check();
    return { name, status: "holds", detail: claim };
  } catch (cause) {
    return failed(name, cause);
  }
}

/** Whatever keeps a check from succeeding breaks its link: a malformed part is a broken part. */
function failed(name: string, cause: unknown): Link {
  return { name, status: "fails", detail: cause instanceof Error ? cause.message : String(cause) };
}

function unchecked(name: string, detail: string): Link {
  return { name, status: "unchecked", detail };
}

function requireSame(found: string, expected: string): void {
  if (found !== expected) throw new Broken(`${expected} expected, ${found} found`);
}

function time(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}
