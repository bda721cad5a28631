import { readFileSync } from "node:fs";
import { expect } from "chai";
import { accountId } from "../../src/core/accounts.ts";
import { makeBatch } from "../../src/core/batch.ts";
import { concat, fromHex, type Hex, keccakHex, toHex } from "../../src/core/bytes.ts";
import { parseContext } from "../../src/core/context.ts";
import { credit, worth } from "../../src/core/credit.ts";
import { exposedAt, exposedTo, historyAt, noExposure } from "../../src/core/exposure.ts";
import { splitFee } from "../../src/core/feeSplit.ts";
import { fundingNonce } from "../../src/core/funding.ts";
import { MerkleTree, verifyProof } from "../../src/core/merkle.ts";
import {
  allRows,
  encodeRow,
  modelId,
  outputHash,
  proofHash,
  rowLeaf,
  rowProof,
  weightsRoot,
} from "../../src/core/model/commitment.ts";
import { findFault } from "../../src/core/model/fault.ts";
import { decodeInt24 } from "../../src/core/model/int24.ts";
import { Model } from "../../src/core/model/model.ts";
import { decodeLogits, run } from "../../src/core/model/run.ts";
import { decodeSpec, encodeSpec } from "../../src/core/model/spec.ts";
import type { Claim } from "../../src/core/settlementPlan.ts";
import { addressOf, compact, recover, sign } from "../../src/core/signatures.ts";
import { tariffPrice } from "../../src/core/terms.ts";
import {
  type Domain,
  orderHash,
  type Receipt,
  receiptDigest,
  receiptHash,
  registrationDigest,
  type Request,
  requestDigest,
} from "../../src/core/typedData.ts";
import { FeeEscrow__factory } from "../../typechain-types/index.ts";
import { makeVectors, type Vectors } from "./make.ts";

const text = readFileSync(new URL("protocol.json", import.meta.url), "utf8");

/** What was a bigint is a decimal string in the file. */
type AsJson<T> = T extends bigint
  ? string
  : T extends string | number | boolean
    ? T
    : T extends readonly (infer U)[]
      ? readonly AsJson<U>[]
      : { readonly [K in keyof T]: AsJson<T[K]> };

const vectors = JSON.parse(text) as AsJson<Vectors>;

interface Signed {
  readonly digest: Hex;
  readonly secret: Hex;
  readonly signer: Hex;
  readonly signature: Hex;
  readonly r: Hex;
  readonly vs: Hex;
}

function expectSigned({ digest, secret, signer, signature, r, vs }: Signed): void {
  expect(addressOf(secret)).to.equal(signer);
  expect(sign(digest, secret)).to.equal(signature);
  expect(recover(digest, signature)).to.equal(signer);
  expect(compact(signature)).to.deep.equal({ r, vs });
}

function domainOf({ chainId, contract }: AsJson<Domain>): Domain {
  return { chainId: BigInt(chainId), contract };
}

function requestOf({ ceiling, deadline, order, ...rest }: AsJson<Request>): Request {
  return {
    ...rest,
    ceiling: BigInt(ceiling),
    deadline: BigInt(deadline),
    order: {
      ...order,
      maxPrice: BigInt(order.maxPrice),
      base: BigInt(order.base),
      inputRate: BigInt(order.inputRate),
      outputRate: BigInt(order.outputRate),
    },
  };
}

function receiptOf({ sequence, price, charged, issuedAt, ...rest }: AsJson<Receipt>): Receipt {
  return {
    ...rest,
    sequence: BigInt(sequence),
    price: BigInt(price),
    charged: BigInt(charged),
    issuedAt: BigInt(issuedAt),
  };
}

function modelOf({ widths, shifts, layers }: AsJson<Vectors["models"][number]>): Model {
  return Model.of({
    widths,
    shifts,
    layers: layers.map(({ biases, weights }) => ({
      biases: decodeInt24(fromHex(biases)),
      weights: Int8Array.from(fromHex(weights)),
    })),
  });
}

describe("the shared vectors", () => {
  it("are what make.ts computes", () => {
    expect(makeVectors() === text, "protocol.json is stale: run `npx tsx test/vectors/make.ts`").to.be.true;
  });

  it("hold some of every kind", () => {
    for (const [kind, some] of Object.entries(vectors)) {
      if (Array.isArray(some)) expect(some, kind).not.to.be.empty;
    }
  });

  it("are the orders' and requests' hashes, digests and signatures", () => {
    for (const vector of vectors.requests) {
      const request = requestOf(vector.request);
      expect(orderHash(request.order)).to.equal(vector.orderHash);
      expect(requestDigest(request, domainOf(vector.domain))).to.equal(vector.digest);
      expectSigned(vector);
    }
  });

  it("are claims of the requests' vouchers, as the contract takes them", () => {
    const escrow = FeeEscrow__factory.createInterface();
    for (const { request, orderHash, signature, total, settlement } of vectors.requests) {
      const { payer, operator, ceiling, deadline } = requestOf(request);
      const claim: Claim = { payer, orderHash, total: BigInt(total), ceiling, deadline, ...compact(signature) };
      expect(escrow.encodeFunctionData("settle", [operator, [claim]])).to.equal(settlement);
    }
  });

  it("are the receipts' hashes, digests and signatures", () => {
    for (const vector of vectors.receipts) {
      const receipt = receiptOf(vector.receipt);
      expect(receiptHash(receipt)).to.equal(vector.structHash);
      expect(receiptDigest(receipt, domainOf(vector.domain))).to.equal(vector.digest);
      expectSigned(vector);
    }
  });

  it("are the registrations' digests and signatures", () => {
    for (const vector of vectors.registrations) {
      expect(registrationDigest(vector.registration, domainOf(vector.domain))).to.equal(vector.digest);
      expectSigned(vector);
    }
  });

  it("are accounts' ids, and nonces of what funds them", () => {
    for (const { id, fundingNonce: nonce, salt, ...account } of vectors.accounts) {
      expect(accountId(account)).to.equal(id);
      expect(fundingNonce({ ...account, salt })).to.equal(nonce);
    }
  });

  it("are the trees' roots and proofs, sorted and in order", () => {
    expect(new Set(vectors.trees.map(({ sorted }) => sorted))).to.have.length(2);
    for (const { sorted, leaves, root, proofs } of vectors.trees) {
      const tree = MerkleTree.of(
        leaves.map((leaf) => fromHex(leaf)),
        { sortLeaves: sorted },
      );
      expect(tree.root).to.equal(root);
      leaves.forEach((leaf, index) => {
        const proof = proofs[index] ?? [];
        expect(tree.proof(index)).to.deep.equal(proof);
        expect(verifyProof({ leaf: fromHex(leaf), proof, root })).to.be.true;
      });
    }
  });

  it("are a batch of the receipts", () => {
    const batch = makeBatch(vectors.receipts.map(({ receipt }) => receiptOf(receipt)));
    const { root, dataHash, proofs } = vectors.batch;
    expect([batch.root, batch.dataHash]).to.deep.equal([root, dataHash]);
    expect(proofs.map((_, index) => batch.proof(index))).to.deep.equal(proofs);
  });

  it("are the models' specs, rows, commitments and ids", () => {
    for (const vector of vectors.models) {
      const model = modelOf(vector);
      expect(toHex(encodeSpec(model))).to.equal(vector.spec);
      expect(decodeSpec(fromHex(vector.spec))).to.deep.equal({ widths: vector.widths, shifts: vector.shifts });
      expect(toHex(allRows(model))).to.equal(toHex(concat(...vector.rows.map((row) => fromHex(row)))));
      const neurons = model.layers.flatMap(({ biases }, layer) => Array.from(biases, (_, index) => ({ layer, index })));
      expect(neurons.map((neuron) => toHex(encodeRow(model, neuron)))).to.deep.equal(vector.rows);
      expect(vector.rows.map((row) => toHex(rowLeaf(fromHex(row))))).to.deep.equal(vector.leaves);
      expect(neurons.map((neuron) => rowProof(model, neuron).proof)).to.deep.equal(vector.rowProofs);
      expect(weightsRoot(model)).to.equal(vector.commitment);
      expect(modelId(vector.publisher, model)).to.equal(vector.modelId);
    }
  });

  it("are the models' inferences", () => {
    for (const vector of vectors.models) {
      const model = modelOf(vector);
      for (const claimed of vector.traces) {
        const trace = run(model, fromHex(claimed.input));
        expect(trace.hidden.map(toHex)).to.deep.equal(claimed.hidden);
        expect(toHex(trace.output)).to.equal(claimed.output);
        expect(Array.from(decodeLogits(trace.output), String)).to.deep.equal(claimed.logits);
        expect(keccakHex(trace.input)).to.equal(claimed.inputHash);
        expect(proofHash(trace)).to.equal(claimed.proofHash);
        expect(outputHash(trace)).to.equal(claimed.outputHash);
        expect(findFault(model, trace)).to.be.undefined;
      }
    }
  });

  it("are what decaying sums are worth", () => {
    for (const { value, since, time, halfLife, worth: expected } of vectors.decay) {
      const found = worth({ value: BigInt(value), since: BigInt(since) }, BigInt(time), BigInt(halfLife));
      expect(String(found)).to.equal(expected);
    }
  });

  it("are scores of credit", () => {
    for (const { settled, faulted, prior, severity, score, proven } of vectors.credit) {
      const found = credit({
        settled: BigInt(settled),
        faulted: BigInt(faulted),
        prior: BigInt(prior),
        severity: BigInt(severity),
      });
      expect({ score: String(found.score), proven: found.proven }).to.deep.equal({ score, proven });
    }
  });

  it("are splits of fees", () => {
    for (const { before, total, feeBps, delegatorsRate, protocol, delegators } of vectors.fees) {
      const rates = { protocolFeeBps: BigInt(feeBps), delegatorsRate: BigInt(delegatorsRate) };
      const parts = splitFee(BigInt(before), BigInt(total), rates);
      expect([parts.protocol, parts.delegators].map(String)).to.deep.equal([protocol, delegators]);
    }
  });

  it("are what operators have exposed, and what is remembered of it", () => {
    for (const { steps } of vectors.exposures) {
      let exposure = noExposure(90n * 86_400n);
      for (const { time, amount, exposed, history } of steps) {
        const now = BigInt(time);
        expect([exposedAt(exposure, now), historyAt(exposure, now)].map(String)).to.deep.equal([exposed, history]);
        exposure = exposedTo(exposure, now, BigInt(amount));
      }
    }
  });

  it("are prices by the tariff", () => {
    const [first] = vectors.requests;
    if (first === undefined) throw new Error("a request expected");
    for (const { base, inputRate, outputRate, inputUnits, outputUnits, price } of vectors.tariffs) {
      const order = {
        ...requestOf(first.request).order,
        base: BigInt(base),
        inputRate: BigInt(inputRate),
        outputRate: BigInt(outputRate),
      };
      expect(String(tariffPrice(order, { inputUnits, outputUnits }))).to.equal(price);
    }
  });

  it("are contexts that let strangers see the payload, or do not", () => {
    for (const { text, discloses } of vectors.contexts) {
      const context = parseContext(new TextDecoder().decode(fromHex(text)));
      expect(context.disclose, text).to.equal(discloses);
    }
  });
});
