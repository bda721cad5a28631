/**
 * Checking a record, link by link, from its own bytes; and against the chain, where somebody has read the chain's side.
 * This is what makes a stranger able to check an AI action with a file and an RPC address.
 */
import { fromHex, type Hex, keccakHex } from "./bytes.ts";
import { contextHash, parseContext } from "./context.ts";
import { type Findings, type KnownModel, verifyExecution } from "./execution.ts";
import { Broken, failed, type Link, link, requireSame, unchecked } from "./links.ts";
import { verifyProof } from "./merkle.ts";
import { openingOf } from "./model/commitment.ts";
import { parse } from "./model/file.ts";
import { openedId } from "./model/opening.ts";
import { type Proof, proofHashOf } from "./proofs.ts";
import type { Bundle, Record } from "./records.ts";
import { verifyQuote } from "./quotes.ts";
import { recover } from "./signatures.ts";
import { breachOf, SETTLEMENT_GRACE } from "./terms.ts";
import {
  type Domain,
  Mode,
  type Receipt,
  receiptDigest,
  receiptHash,
  type Request,
  requestDigest,
} from "./typedData.ts";

export { claimedTrace, describeFault, verifyExecution } from "./execution.ts";
export type { Link } from "./links.ts";

/** The chains and contracts that a record's two signatures are for. */
export interface Domains {
  readonly escrow: Domain;
  readonly ledger: Domain;
}

/** What the chain says of a record: read by `src/chain/facts.ts`. Times in seconds, amounts in the smallest unit. */
export interface ChainFacts extends Findings {
  /** The contracts that the reader trusts. */
  readonly domains: Domains;
  readonly batch: { readonly firstSequence: bigint; readonly count: bigint; readonly committedAt: bigint } | undefined;
  readonly key: { readonly operator: Hex; readonly validFrom: bigint; readonly validUntil: bigint };
  readonly model: { readonly publisher: Hex; readonly modes: number };
  /** The account's settled total. */
  readonly settled: bigint;
  /** Whether the receipt was proven wrong in ValidityCourt. */
  readonly convicted: boolean;
  /** Whether its operator was asked for it in DisclosureCourt and kept silent. */
  readonly silent: boolean;
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

/** What a record says of itself, by the names of the links. */
export type RecordLink = "input" | "context" | "request" | "client" | "operator" | "output" | "proof" | "terms";

/** Checks what a record says of itself: every hash, both signatures, the terms. Re-executes nothing. */
export function verifyRecord(record: Record, domains: Domains): Link[] {
  return Object.values(recordLinks(record, domains)).map((check) => check());
}

/** The same, each link for whoever wants to know of it: of a committed receipt nobody needs the operator's signature. */
export function recordLinks(
  record: Record,
  { escrow, ledger }: Domains,
): Readonly<globalThis.Record<RecordLink, () => Link>> {
  const { request, receipt } = record;
  const { order } = request;
  return {
    input: () =>
      link("input", "the order names this input", () => requireSame(keccakHex(fromHex(record.input)), order.inputHash)),
    context: () =>
      link("context", "the order names this context, in canonical form", () => {
        parseContext(record.context);
        requireSame(contextHash(record.context), order.contextHash);
      }),
    request: () =>
      link("request", "the receipt answers this request, on this chain and escrow, for this operator", () => {
        requireSame(requestDigest(request, escrow), receipt.requestHash);
        requireSame(receipt.operator, request.operator);
      }),
    client: () => verifyClient(record, escrow),
    operator: () =>
      link("operator", "the operator's key signed the receipt", () => {
        requireSame(recover(receiptDigest(receipt, ledger), record.operatorSignature), receipt.signer);
      }),
    output: () =>
      link("output", "the receipt names this output", () =>
        requireSame(keccakHex(fromHex(record.output)), receipt.outputHash),
      ),
    proof: () =>
      link("proof", proofClaims[order.mode] ?? "", () => {
        requireSame(proofHashOf(order.mode, claimedProof(record)), receipt.proofHash);
      }),
    terms: () =>
      link("terms", "price and time are what the order and the protocol allow", () => {
        const breach = breachOf(receipt, request);
        if (breach !== undefined) throw new Broken(breach);
      }),
  };
}

/** Whether a receipt is for a payment outside of any account, as x402's: then no voucher stands behind the request. */
function isPaidOutside({ price, charged }: Receipt, { ceiling }: Request): boolean {
  return price > 0n && charged === 0n && ceiling === 0n;
}

function verifyClient({ request, receipt, clientSignature }: Record, escrow: Domain): Link {
  if (isPaidOutside(receipt, request)) {
    const { salt } = request.order;
    return unchecked("client", `paid by an authorization: look for its nonce ${salt} in the token's AuthorizationUsed`);
  }
  return link("client", "the client's key signed the request, and with it the promise to pay", () => {
    requireSame(recover(requestDigest(request, escrow), clientSignature), receipt.client);
  });
}

/**
 * Checks all of a bundle; what lies on the chain only where `facts` are given.
 * @param findings what the caller has found out itself, before what the chain says of it
 */
export function verifyBundle(bundle: Bundle, facts?: ChainFacts, findings: Findings = {}): Link[] {
  const domains = {
    escrow: { chainId: bundle.chainId, contract: bundle.escrow },
    ledger: { chainId: bundle.chainId, contract: bundle.ledger },
  };
  return [
    ...verifyModel(bundle, { ...facts, ...findings }),
    ...(bundle.attestation === undefined ? [] : [verifyQuote(bundle, facts?.enclave)]),
    ...verifyRecord(bundle.record, domains),
    verifyInclusion(bundle),
    ...verifyOnChain(bundle, domains, facts),
  ];
}

/** Whether no link fails. A link that could not be checked is no failure, and no proof either. */
export function isValid(links: readonly Link[]): boolean {
  return links.every(({ status }) => status !== "fails");
}

/** Checks that the bundle's model is the one that was ordered, and the answer by it. */
function verifyModel({ model, record }: Bundle, findings: Findings): Link[] {
  const { mode, modelId: ordered } = record.request.order;
  if (model === undefined) {
    const detail = "the bundle has no model";
    return [unchecked("model", detail), unchecked(mode === Mode.enclave ? "attestation" : "execution", detail)];
  }
  try {
    const known = readModel(model);
    return [
      link("model", "this publisher, commitment and spec make the model that the order names", () =>
        requireSame(openedId("opening" in known ? known.opening : openingOf(known.whole)), ordered),
      ),
      ...verifyExecution(record, known, findings),
    ];
  } catch (cause) {
    return [failed("model", cause), unchecked("execution", "there is no model to judge it by")];
  }
}

function readModel(model: NonNullable<Bundle["model"]>): KnownModel {
  if ("commitment" in model) return { opening: model };
  return { whole: { publisher: model.publisher, model: parse(JSON.stringify(model.file)).model } };
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
    return ["contracts", "commitment", "key", "publication", "settlement", "backing", "record"].map((name) =>
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
    verifySettlement(receipt, settled),
    verifyBacking(record, facts),
    link("record", "no court has found the receipt wrong, or its operator silent about it", () => {
      if (facts.convicted) throw new Broken("ValidityCourt has punished this receipt");
      if (facts.silent) throw new Broken("DisclosureCourt has punished the operator's silence about it");
    }),
  ];
}

function verifySettlement({ price, charged }: Receipt, settled: bigint): Link {
  if (charged === 0n && price > 0n) return unchecked("settlement", "the fee was paid outside the account");
  return settled >= charged
    ? link("settlement", `the fee of ${String(price)} is settled`, () => undefined)
    : unchecked("settlement", `the account has settled ${String(settled)} of ${String(charged)} so far`);
}

/** Whether what was settled of a fee is backed: DisclosureCourt takes no receipt for a unit that came later. */
function verifyBacking({ receipt, request }: Record, { batch, settled }: ChainFacts): Link {
  const latest = request.deadline + SETTLEMENT_GRACE;
  if (batch === undefined) return unchecked("backing", "the receipt is not known to be committed");
  const isTaken = receipt.price > 0n && receipt.charged > 0n && settled > receipt.charged - receipt.price;
  if (batch.committedAt > latest && !isTaken)
    return unchecked("backing", "committed too late to be settled, and it is not");
  return link("backing", "the receipt was committed in time for its fee to be taken", () => {
    if (batch.committedAt > latest) throw new Broken(`committed at ${time(batch.committedAt)}, after ${time(latest)}`);
  });
}

function time(seconds: bigint): string {
  return new Date(Number(seconds) * 1000).toISOString();
}
