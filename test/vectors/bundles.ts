/** Bundles as an honest operator makes them, sealed by ethers and OpenZeppelin's trees, and bundles with one lie. */
import { readFileSync } from "node:fs";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { computeAddress, concat, id, keccak256, SigningKey } from "ethers";
import { fromHex, type Hex, toHex } from "../../src/core/bytes.ts";
import { modelId } from "../../src/core/model/commitment.ts";
import { parse } from "../../src/core/model/file.ts";
import { run } from "../../src/core/model/run.ts";
import type { Bundle, WholeModel } from "../../src/core/records.ts";
import { type Domain, Mode, type Order, type Receipt, type Request } from "../../src/core/typedData.ts";
import type { ChainFacts } from "../../src/core/verify.ts";
import { hashStruct, hashTyped, receiptTypes, requestTypes } from "./messages.ts";

const fileText = readFileSync(new URL("../../models/digits-8x8.json", import.meta.url), "utf8");
const { model } = parse(fileText);

const CHAIN_ID = 31_337n;
export const escrow: Domain = { chainId: CHAIN_ID, contract: addressNamed("escrow") };
export const ledger: Domain = { chainId: CHAIN_ID, contract: addressNamed("ledger") };

/** When the order must be served by, and when it was, in seconds. */
const DEADLINE = 1_800_000_000n;
const ISSUED_AT = DEADLINE - 60n;

const secrets = { client: secretNamed("client"), operator: secretNamed("operator's key") };
export const stranger = secretNamed("stranger");
const operator = addressNamed("operator");
const publisher = addressNamed("publisher");

/** A digit-like input: every byte is another one. */
const input = Uint8Array.from({ length: model.inputWidth }, (_, index) => (index * 67 + 13) % 256);
const context =
  '{"agent":"eip155:31337:1","disclose":true,"parents":[],"runtime":"surety","sampling":{"note":"a \\"quoted\\" word","temperature":0.5},"version":"0.1.0"}';

/** What somebody put in a message before it was hashed and signed. */
export interface Lies {
  readonly order?: Partial<Order>;
  readonly request?: Partial<Request>;
  readonly receipt?: Partial<Receipt>;
  readonly hidden?: readonly Hex[];
  readonly output?: Hex;
  readonly clientSecret?: Hex;
  readonly operatorSecret?: Hex;
}

/** A bundle whose hashes, signatures and path are right for what it says: an honest one unless something is a lie. */
export function makeBundle(lies: Lies = {}): Bundle {
  const trace = run(model, input);
  const hidden = lies.hidden ?? trace.hidden.map(toHex);
  const output = lies.output ?? toHex(trace.output);
  const request: Request = {
    payer: addressNamed("payer"),
    operator,
    ceiling: 5_000n,
    deadline: DEADLINE,
    order: {
      modelId: modelId(publisher, model),
      inputHash: keccak256(input) as Hex,
      contextHash: id(context) as Hex,
      mode: Mode.optimistic,
      maxPrice: 1_000n,
      base: 100n,
      inputRate: 5n,
      outputRate: 20n,
      salt: id("salt") as Hex,
      ...lies.order,
    },
    ...lies.request,
  };
  const digest = hashTyped(requestTypes, { domain: escrow, value: request });
  const receipt: Receipt = {
    requestHash: digest,
    operator,
    signer: addressOf(secrets.operator),
    client: addressOf(secrets.client),
    sequence: 7n,
    outputHash: keccak256(output) as Hex,
    proofHash: keccak256(concat(hidden.map((vector) => keccak256(vector)))) as Hex,
    price: 600n,
    charged: 2_600n,
    inputUnits: 64,
    outputUnits: 10,
    issuedAt: ISSUED_AT,
    ...lies.receipt,
  };
  const leaf = hashStruct(receiptTypes, receipt);
  // Receipts 5 to 9, of which this is the third.
  const tree = SimpleMerkleTree.of([id("5"), id("6"), leaf, id("8"), id("9")]);
  return {
    format: "surety-bundle-1",
    chainId: CHAIN_ID,
    escrow: escrow.contract,
    ledger: ledger.contract,
    record: {
      request,
      clientSignature: signedBy(lies.clientSecret ?? secrets.client, digest),
      input: toHex(input),
      context,
      receipt,
      operatorSignature: signedBy(
        lies.operatorSecret ?? secrets.operator,
        hashTyped(receiptTypes, { domain: ledger, value: receipt }),
      ),
      output,
      hidden: [...hidden],
      proof: "0x",
    },
    inclusion: { root: tree.root as Hex, proof: tree.getProof(leaf) as Hex[] },
    model: { publisher, file: JSON.parse(fileText) as WholeModel["file"] },
  };
}

/** What the chain would say of an honest bundle. */
export function makeFacts(): ChainFacts {
  return {
    domains: { escrow, ledger },
    batch: { firstSequence: 5n, count: 5n, committedAt: ISSUED_AT + 30n },
    key: { operator, validFrom: ISSUED_AT - 1_000n, validUntil: ISSUED_AT + 1_000n },
    model: { publisher, modes: 1 << Mode.optimistic },
    settled: 2_600n,
    convicted: false,
    silent: false,
  };
}

/** The bytes with their lowest bit changed at one place. */
export function tweak(hex: Hex, place = 0): Hex {
  const bytes = fromHex(hex);
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  return toHex(bytes);
}

export function signedBy(secret: Hex, digest: Hex): Hex {
  return new SigningKey(secret).sign(digest).serialized as Hex;
}

function secretNamed(name: string): Hex {
  return id(`secret of the ${name}`) as Hex;
}

export function addressOf(secret: Hex): Hex {
  return computeAddress(secret).toLowerCase() as Hex;
}

export function addressNamed(name: string): Hex {
  return addressOf(secretNamed(name));
}
