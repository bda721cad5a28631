/**
 * Writes protocol.json: what src/core and the contracts must both compute. Expected values come from ethers, from
 * OpenZeppelin's Merkle tree and from plain big-number arithmetic below, never from src/core.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import canonicalize from "canonicalize";
import {
  AbiCoder,
  computeAddress,
  concat,
  id,
  Interface,
  keccak256,
  SigningKey,
  toBeHex,
  toTwos,
  TypedDataEncoder,
} from "ethers";
import type { Hex } from "../../src/core/bytes.ts";
import type { Domain, Order, Receipt, Request } from "../../src/core/typedData.ts";
import {
  ethersDomain,
  hashStruct,
  hashTyped,
  orderTypes,
  receiptTypes,
  type Registration,
  registrationTypes,
  requestTypes,
} from "./messages.ts";

const USAGE = `Computes the shared test vectors and writes test/vectors/protocol.json.

usage: tsx test/vectors/make.ts [--check]
  --check  write nothing; compare with the file and exit 1 where it differs
`;

const UINT64 = 2n ** 64n - 1n;
const UINT128 = 2n ** 128n - 1n;
const ZERO_ADDRESS: Hex = `0x${"00".repeat(20)}`;
const ZERO_WORD: Hex = `0x${"00".repeat(32)}`;
const DAY = 86_400n;

/** What ethers and OpenZeppelin give is hexadecimal, though its type is any text. */
const hex = (text: string): Hex => text as Hex;
const word = (name: string): Hex => hex(id(name));
const secretOf = (name: string): Hex => word(`secret of ${name}`);
const addressOf = (name: string): Hex => hex(computeAddress(secretOf(name)).toLowerCase());
/** A number of so many bits that the name decides. */
const numberOf = (name: string, bits: number): bigint => BigInt(word(name)) >> BigInt(256 - bits);

// ---- messages

const domains: readonly Domain[] = [
  { chainId: 1n, contract: addressOf("a contract on mainnet") },
  { chainId: 31_337n, contract: addressOf("a contract on a local chain") },
  // Solidity's tests cannot have a greater chain id.
  { chainId: UINT64, contract: `0x${"ff".repeat(20)}` },
];

const orders: readonly Order[] = [
  {
    modelId: ZERO_WORD,
    inputHash: ZERO_WORD,
    contextHash: ZERO_WORD,
    mode: 0,
    maxPrice: 0n,
    base: 0n,
    inputRate: 0n,
    outputRate: 0n,
    salt: ZERO_WORD,
  },
  {
    modelId: `0x${"ff".repeat(32)}`,
    inputHash: `0x${"ff".repeat(32)}`,
    contextHash: `0x${"ff".repeat(32)}`,
    mode: 255,
    maxPrice: UINT128,
    base: UINT128,
    inputRate: UINT64,
    outputRate: UINT64,
    salt: `0x${"ff".repeat(32)}`,
  },
  ...[0, 1, 2, 3].map((mode) => ({
    modelId: word(`model ${mode}`),
    inputHash: word(`input ${mode}`),
    contextHash: word(`context ${mode}`),
    mode,
    maxPrice: numberOf(`maxPrice ${mode}`, 128),
    base: numberOf(`base ${mode}`, 128),
    inputRate: numberOf(`inputRate ${mode}`, 64),
    outputRate: numberOf(`outputRate ${mode}`, 64),
    salt: word(`salt ${mode}`),
  })),
];

const requests: readonly Request[] = orders.map((order, index) => ({
  payer: index === 0 ? ZERO_ADDRESS : addressOf(`payer ${index}`),
  operator: index === 0 ? ZERO_ADDRESS : addressOf(`operator ${index}`),
  ceiling: index === 0 ? 0n : index === 1 ? UINT128 : numberOf(`ceiling ${index}`, 128),
  deadline: index === 0 ? 0n : index === 1 ? UINT64 : numberOf(`deadline ${index}`, 64),
  order,
}));

/** Receipts 3 to 9 of one operator: they make a batch. */
const FIRST_SEQUENCE = 3n;
const receipts: readonly Receipt[] = Array.from({ length: 7 }, (_, index) => ({
  requestHash: index === 0 ? ZERO_WORD : word(`request ${index}`),
  operator: addressOf("the operator of the batch"),
  signer: index === 0 ? ZERO_ADDRESS : addressOf(`signer ${index}`),
  client: index === 0 ? ZERO_ADDRESS : addressOf(`client ${index}`),
  sequence: FIRST_SEQUENCE + BigInt(index),
  outputHash: index === 0 ? ZERO_WORD : word(`output ${index}`),
  proofHash: index === 0 ? ZERO_WORD : word(`proof ${index}`),
  price: index === 0 ? 0n : index === 1 ? UINT128 : numberOf(`price ${index}`, 128),
  charged: index === 0 ? 0n : index === 1 ? UINT128 : numberOf(`charged ${index}`, 128),
  inputUnits: index === 0 ? 0 : index === 1 ? 2 ** 32 - 1 : Number(numberOf(`inputUnits ${index}`, 32)),
  outputUnits: index === 0 ? 0 : index === 1 ? 2 ** 32 - 1 : Number(numberOf(`outputUnits ${index}`, 32)),
  issuedAt: index === 0 ? 0n : index === 1 ? UINT64 : numberOf(`issuedAt ${index}`, 64),
}));

/** The domain of the message at some index: each has its turn. */
function domainAt(index: number): Domain {
  const domain = domains[index % domains.length];
  if (domain === undefined) throw new Error("a domain expected");
  return domain;
}

/** A digest with a key's signature on it, whole and in two words. */
function signedBy(secret: Hex, digest: Hex) {
  const { r, yParityAndS, serialized } = new SigningKey(secret).sign(digest);
  const signer = hex(computeAddress(secret).toLowerCase());
  return { digest, secret, signer, signature: hex(serialized), r: hex(r), vs: hex(yParityAndS) };
}

const escrowAbi = new Interface([
  "function settle(address, (address payer, bytes32 orderHash, uint128 total, uint128 ceiling, uint64 deadline, bytes32 r, bytes32 vs)[])",
]);

const requestVectors = requests.map((request, index) => {
  const domain = domainAt(index);
  const { payer, operator, ceiling, deadline } = request;
  const orderHash = hashStruct(orderTypes, request.order);
  const signed = signedBy(secretOf(`client ${index}`), hashTyped(requestTypes, { domain, value: request }));
  // Another total, so that it cannot stand in the ceiling's place.
  const total = ceiling / 3n;
  const claim = [payer, orderHash, total, ceiling, deadline, signed.r, signed.vs];
  return {
    domain,
    request,
    orderHash,
    structHash: hashStruct(requestTypes, request),
    ...signed,
    total,
    settlement: hex(escrowAbi.encodeFunctionData("settle", [operator, [claim]])),
  };
});

const receiptVectors = receipts.map((receipt, index) => {
  const domain = domainAt(index);
  return {
    domain,
    receipt,
    structHash: hashStruct(receiptTypes, receipt),
    ...signedBy(secretOf(`signer ${index}`), hashTyped(receiptTypes, { domain, value: receipt })),
  };
});

const registrationVectors = domains.map((domain, index) => {
  const secret = secretOf(`key ${index}`);
  const registration: Registration = { key: addressOf(`key ${index}`), operator: addressOf(`operator ${index}`) };
  return {
    domain,
    registration,
    structHash: hashStruct(registrationTypes, registration),
    ...signedBy(secret, hashTyped(registrationTypes, { domain, value: registration })),
  };
});

// ---- accounts

const accountVectors = [ZERO_ADDRESS, ...[1, 2, 3].map((index) => addressOf(`payer ${index}`))].map((payer, index) => {
  const operator = index === 0 ? ZERO_ADDRESS : addressOf(`operator ${index}`);
  const signer = index === 0 ? ZERO_ADDRESS : addressOf(`client ${index}`);
  const salt = index === 0 ? ZERO_WORD : word(`salt of an authorization ${index}`);
  const hashed = (types: readonly string[], values: readonly Hex[]): Hex =>
    hex(keccak256(AbiCoder.defaultAbiCoder().encode(types, values)));
  const addresses = ["address", "address", "address"];
  return {
    payer,
    operator,
    signer,
    salt,
    id: hashed(addresses, [payer, operator, signer]),
    fundingNonce: hashed([...addresses, "bytes32"], [payer, operator, signer, salt]),
  };
});

// ---- trees

function treeOf(leaves: readonly Hex[], sorted: boolean) {
  const tree = SimpleMerkleTree.of([...leaves], { sortLeaves: sorted });
  return { sorted, leaves, root: hex(tree.root), proofs: leaves.map((_, index) => tree.getProof(index).map(hex)) };
}

const treeVectors = [1, 2, 3, 4, 5, 8, 11].flatMap((size) => {
  const leaves = Array.from({ length: size }, (_, index) => word(`leaf ${index} of ${size}`));
  return [treeOf(leaves, true), treeOf(leaves, false)];
});

function batchVector() {
  const leaves = receipts.map((receipt) => hashStruct(receiptTypes, receipt));
  const { root, proofs } = treeOf(leaves, true);
  return {
    operator: addressOf("the operator of the batch"),
    firstSequence: FIRST_SEQUENCE,
    count: BigInt(receipts.length),
    root,
    dataHash: hex(keccak256(concat(leaves))),
    proofs,
  };
}

// ---- models, computed in the plainest way

interface PlainLayer {
  readonly biases: readonly bigint[];
  /** A row of weights for every neuron. */
  readonly weights: readonly (readonly bigint[])[];
}

interface PlainModel {
  readonly publisher: Hex;
  readonly widths: readonly number[];
  readonly shifts: readonly bigint[];
  readonly layers: readonly PlainLayer[];
  readonly inputs: readonly Hex[];
}

/** Numbers from `least` to `greatest` that the name decides, both ends among them now and then. */
function between(least: bigint, greatest: bigint, name: string): bigint {
  const drawn = numberOf(name, 64);
  if (drawn % 11n === 0n) return least;
  if (drawn % 11n === 1n) return greatest;
  return least + (drawn % (greatest - least + 1n));
}

function plainModel(name: string, { widths, shifts }: { widths: readonly number[]; shifts: readonly bigint[] }) {
  const layers = widths.slice(1).map((outputs, layer) => ({
    biases: Array.from({ length: outputs }, (_, neuron) =>
      between(-(2n ** 23n), 2n ** 23n - 1n, `${name} b ${layer} ${neuron}`),
    ),
    weights: Array.from({ length: outputs }, (_, neuron) =>
      Array.from({ length: widths[layer] ?? 0 }, (_, from) =>
        between(-128n, 127n, `${name} w ${layer} ${neuron} ${from}`),
      ),
    ),
  }));
  const length = widths[0] ?? 0;
  const inputs: readonly Hex[] = [
    `0x${"00".repeat(length)}`,
    `0x${"ff".repeat(length)}`,
    hex(concat(Array.from({ length }, (_, index) => toBeHex(numberOf(`${name} x ${index}`, 8), 1)))),
  ];
  return { publisher: addressOf(`publisher of ${name}`), widths, shifts, layers, inputs };
}

/** A signed number in two's complement. */
const signed = (value: bigint, bytes: number): Hex => hex(toBeHex(toTwos(value, bytes * 8), bytes));
const unsigned = (value: bigint | number, bytes: number): Hex => hex(toBeHex(value, bytes));

/** bias + sum(w * x), exactly. */
function sumsOf({ biases, weights }: PlainLayer, input: readonly bigint[]): bigint[] {
  return biases.map((bias, neuron) =>
    (weights[neuron] ?? []).reduce((sum, weight, from) => sum + weight * (input[from] ?? 0n), bias),
  );
}

/** floor(max(0, sum) / 2^shift), at most 255. */
function activationOf(sum: bigint, shift: bigint): bigint {
  const positive = sum > 0n ? sum : 0n;
  const shifted = positive / 2n ** shift;
  return shifted < 255n ? shifted : 255n;
}

function traceOf({ layers, shifts }: PlainModel, input: Hex) {
  const hidden: Hex[] = [];
  let vector = (input.slice(2).match(/../g) ?? []).map((byte) => BigInt(`0x${byte}`));
  for (const [index, layer] of layers.slice(0, -1).entries()) {
    vector = sumsOf(layer, vector).map((sum) => activationOf(sum, shifts[index] ?? 0n));
    hidden.push(hex(concat(vector.map((value) => unsigned(value, 1)))));
  }
  const last = layers.at(-1);
  if (last === undefined) throw new Error("a layer expected");
  const logits = sumsOf(last, vector);
  const output = hex(concat(logits.map((logit) => signed(logit, 4))));
  return {
    input,
    inputHash: hex(keccak256(input)),
    hidden,
    proofHash: hex(keccak256(concat(hidden.map((bytes) => keccak256(bytes))))),
    logits,
    output,
    outputHash: hex(keccak256(output)),
  };
}

function modelVector(model: PlainModel) {
  const { publisher, widths, shifts, layers, inputs } = model;
  const spec = hex(
    concat(widths.map((width, index) => concat([unsigned(width, 2), unsigned(shifts[index - 1] ?? 0n, 1)]))),
  );
  const rows = layers.flatMap(({ biases, weights }, layer) =>
    biases.map((bias, neuron) =>
      hex(
        concat([
          unsigned(layer, 1),
          unsigned(neuron, 2),
          signed(bias, 3),
          ...(weights[neuron] ?? []).map((weight) => signed(weight, 1)),
        ]),
      ),
    ),
  );
  const leaves = rows.map((row) => hex(keccak256(keccak256(row))));
  const { root, proofs } = treeOf(leaves, false);
  const modelId = keccak256(
    AbiCoder.defaultAbiCoder().encode(["address", "bytes32", "bytes32"], [publisher, root, keccak256(spec)]),
  );
  return {
    publisher,
    widths,
    shifts: shifts.map(Number),
    layers: layers.map(({ biases, weights }) => ({
      biases: hex(concat(biases.map((bias) => signed(bias, 3)))),
      weights: hex(concat(weights.flat().map((weight) => signed(weight, 1)))),
    })),
    spec,
    rows,
    leaves,
    rowProofs: proofs,
    commitment: root,
    modelId: hex(modelId),
    traces: inputs.map((input) => traceOf(model, input)),
  };
}

/** The greatest sums that there are: every weight, input and bias at its end. */
function extreme(weight: bigint, bias: bigint, name: string): PlainModel {
  const filled = (inputs: number, outputs: number): PlainLayer => ({
    biases: Array.from({ length: outputs }, () => bias),
    weights: Array.from({ length: outputs }, () => Array.from({ length: inputs }, () => weight)),
  });
  return {
    publisher: addressOf(`publisher of ${name}`),
    widths: [40, 2, 1],
    shifts: [0n],
    layers: [filled(40, 2), filled(2, 1)],
    inputs: [`0x${"ff".repeat(40)}`, `0x${"00".repeat(40)}`],
  };
}

const modelVectors = [
  plainModel("the least", { widths: [1, 1], shifts: [] }),
  plainModel("one hidden layer", { widths: [5, 4, 3], shifts: [12n] }),
  plainModel("three hidden layers", { widths: [3, 33, 2, 7, 2], shifts: [15n, 0n, 13n] }),
  plainModel("the furthest shift", { widths: [2, 2, 2], shifts: [31n] }),
  extreme(127n, 2n ** 23n - 1n, "the greatest"),
  extreme(-128n, -(2n ** 23n), "the smallest"),
].map(modelVector);

// ---- numbers

/** value * weight(time) / weight(since), rounded down, where weight(t) = (1 - f / 2) / 2^n at n + f half-lives. */
function decayed(value: bigint, since: bigint, time: bigint, halfLife: bigint): bigint {
  const [numerator, denominator] = [time, since].map((at) => 2n * halfLife - (at - (at / halfLife) * halfLife));
  return (value * (numerator ?? 0n)) / ((denominator ?? 1n) * 2n ** (time / halfLife - since / halfLife));
}

const decayVectors = [90n * DAY, 360n * DAY, 1n, 7n].flatMap((halfLife) =>
  [0n, 1n, 1_000_003n, 2n ** 96n - 1n].flatMap((value) =>
    [
      0n,
      1n,
      halfLife / 2n,
      halfLife - 1n,
      halfLife,
      halfLife + 1n,
      (5n * halfLife) / 2n,
      95n * halfLife,
      256n * halfLife,
    ].map((elapsed) => {
      const since = 1_700_000_000n;
      return { value, since, time: since + elapsed, halfLife, worth: decayed(value, since, since + elapsed, halfLife) };
    }),
  ),
);

const creditVectors = [
  { settled: 0n, faulted: 0n, prior: 1n, severity: 0n },
  { settled: 999n, faulted: 0n, prior: 1_000n, severity: 10n },
  { settled: 1_000n, faulted: 0n, prior: 1_000n, severity: 10n },
  { settled: 10n ** 12n, faulted: 3n * 10n ** 9n, prior: 10n ** 9n, severity: 20n },
  { settled: 2n ** 96n - 1n, faulted: 0n, prior: 1n, severity: 2n ** 32n - 1n },
  { settled: 2n ** 96n - 1n, faulted: 2n ** 96n - 1n, prior: 2n ** 96n - 1n, severity: 2n ** 32n - 1n },
  ...Array.from({ length: 10 }, (_, index) => ({
    settled: numberOf(`settled ${index}`, 80),
    faulted: numberOf(`faulted ${index}`, 76),
    prior: numberOf(`prior ${index}`, 78) + 1n,
    severity: numberOf(`severity ${index}`, 5),
  })),
].map((facts) => {
  const score = (1_000n * facts.settled) / (facts.settled + facts.prior + facts.severity * facts.faulted);
  return { ...facts, score, proven: facts.settled >= facts.prior };
});

/** What the protocol and the delegators have of a total. */
function partsOf(total: bigint, feeBps: bigint, delegatorsRate: bigint) {
  const protocol = (total * feeBps) / 10_000n;
  return { protocol, delegators: ((total - protocol) * delegatorsRate) / 10n ** 9n };
}

const feeVectors = [
  { before: 0n, total: 0n, feeBps: 0n, delegatorsRate: 0n },
  { before: 0n, total: 2n ** 112n - 1n, feeBps: 1_000n, delegatorsRate: 10n ** 9n },
  { before: 2n ** 112n - 2n, total: 2n ** 112n - 1n, feeBps: 999n, delegatorsRate: 999_999_999n },
  // Unit by unit: what each gets depends on what was paid before.
  ...Array.from({ length: 12 }, (_, index) => ({
    before: BigInt(index),
    total: BigInt(index + 1),
    feeBps: 1_000n,
    delegatorsRate: 333_333_333n,
  })),
  ...Array.from({ length: 12 }, (_, index) => {
    const before = numberOf(`paid before ${index}`, 40 + 6 * index);
    return {
      before,
      total: before + numberOf(`paid ${index}`, 40),
      feeBps: numberOf(`protocol's fee ${index}`, 32) % 1_001n,
      delegatorsRate: numberOf(`delegators' rate ${index}`, 64) % (10n ** 9n + 1n),
    };
  }),
].map((fee) => {
  const [less, more] = [fee.before, fee.total].map((total) => partsOf(total, fee.feeBps, fee.delegatorsRate));
  const part = (of: "protocol" | "delegators"): bigint => (more?.[of] ?? 0n) - (less?.[of] ?? 0n);
  return { ...fee, protocol: part("protocol"), delegators: part("delegators") };
});

const BUCKET = 2n * DAY;

/**
 * What is exposed, and remembered, before each settlement: by looking at all settlements before it. A bucket leaves with
 * the end of the seventh after it, and is remembered from then on.
 */
function exposureVector(settlements: readonly { time: bigint; amount: bigint }[]) {
  const steps = settlements.map(({ time, amount }, index) => {
    const before = settlements.slice(0, index).filter((one) => one.amount > 0n);
    const leaves = (at: bigint): bigint => (at / BUCKET + 8n) * BUCKET;
    let [history, since] = [0n, 0n];
    for (const moment of [...new Set(before.map((one) => leaves(one.time)))].filter((leaving) => leaving <= time)) {
      const left = sum(before.filter((one) => leaves(one.time) === moment));
      [history, since] = [decayed(history, since, moment, 90n * DAY) + left, moment];
    }
    return {
      time,
      amount,
      exposed: sum(before.filter((one) => time < leaves(one.time))),
      history: decayed(history, since, time, 90n * DAY),
    };
  });
  return { steps };
}

function sum(amounts: readonly { amount: bigint }[]): bigint {
  return amounts.reduce((total, { amount }) => total + amount, 0n);
}

const exposureVectors = [
  // One settlement, asked after until it has left, on both sides of the second at which it does.
  [0n, 1n, 13n * DAY, 14n * DAY, 16n * DAY - 1n, 16n * DAY, 16n * DAY + 1n, 106n * DAY, 500n * DAY].map((time) => ({
    time: 850n * BUCKET + time,
    amount: time === 0n ? 1_000_003n : 0n,
  })),
  // One in each bucket, at its end or its beginning in turn, long enough for all of the ring to be used twice.
  Array.from({ length: 20 }, (_, index) => ({
    time: 901n * BUCKET + BigInt(index) * BUCKET + (index % 2 === 0 ? BUCKET - 1n : 0n),
    amount: numberOf(`settled in bucket ${index}`, 50),
  })),
  // At a random pace: many in a bucket, none for months.
  ...[0, 1, 2].map((history) => {
    let time = 1_700_000_000n;
    return Array.from({ length: 40 }, (_, index) => {
      const name = `history ${history}, settlement ${index}`;
      const pace = [40n, 3n * DAY, 5n * DAY, 120n * DAY][Number(numberOf(`pace of ${name}`, 2))] ?? DAY;
      time += numberOf(`time of ${name}`, 64) % pace;
      return { time, amount: numberOf(`amount of ${name}`, 80) };
    });
  }),
].map(exposureVector);

const tariffVectors = [
  { base: 0n, inputRate: 0n, outputRate: 0n, inputUnits: 0, outputUnits: 0 },
  { base: 100n, inputRate: 3n, outputRate: 20n, inputUnits: 100, outputUnits: 10 },
  { base: UINT64, inputRate: UINT64, outputRate: UINT64, inputUnits: 2 ** 32 - 1, outputUnits: 2 ** 32 - 1 },
  ...Array.from({ length: 6 }, (_, index) => ({
    base: numberOf(`tariff base ${index}`, 100),
    inputRate: numberOf(`tariff input ${index}`, 64),
    outputRate: numberOf(`tariff output ${index}`, 64),
    inputUnits: Number(numberOf(`tariff inputs ${index}`, 32)),
    outputUnits: Number(numberOf(`tariff outputs ${index}`, 32)),
  })),
].map((tariff) => ({
  ...tariff,
  price: tariff.base + tariff.inputRate * BigInt(tariff.inputUnits) + tariff.outputRate * BigInt(tariff.outputUnits),
}));

// ---- contexts

/** Names that read like the end of a name, or like what follows one; and where a context may say what looks like it. */
const agents = [
  undefined,
  "",
  "eip155:1:8004:7",
  '"',
  "\\",
  '\\"',
  '"\\',
  '","disclose":true,"',
  '","disclose":false,"',
  '\\","disclose":true,"',
  "\u0000\u001f\n\t\u2028",
  "\u20ac\ud83d\ude00\u00e9",
  "\u0122\u225c\u5c22",
];
const surroundings = [
  { runtime: "r", version: "1" },
  { runtime: '"disclose":true', version: '{"disclose":false' },
  { runtime: "r", version: "1", sampling: { agent: "a", disclose: true, seed: 42 }, session: '{"disclose":true' },
  {
    runtime: "r",
    version: "1",
    parents: [word("a parent")],
    sampling: { disclose: false },
    sources: [{ uri: '{"agent":"', hash: word("a source") }],
  },
];
const contextVectors = agents.flatMap((agent) =>
  surroundings.flatMap((rest) =>
    [true, false].map((disclose) => {
      const text = canonicalize({ ...rest, disclose, ...(agent === undefined ? {} : { agent }) }) ?? "";
      return { text: hex(`0x${Buffer.from(text).toString("hex")}`), discloses: disclose };
    }),
  ),
);

// ---- the file

const vectors = {
  domains: domains.map((domain) => ({ ...domain, separator: hex(TypedDataEncoder.hashDomain(ethersDomain(domain))) })),
  requests: requestVectors,
  receipts: receiptVectors,
  registrations: registrationVectors,
  accounts: accountVectors,
  trees: treeVectors,
  batch: batchVector(),
  models: modelVectors,
  decay: decayVectors,
  credit: creditVectors,
  fees: feeVectors,
  exposures: exposureVectors,
  tariffs: tariffVectors,
  contexts: contextVectors,
};

export type Vectors = typeof vectors;

/** The file's text: every bigint in it is a decimal string. */
export function makeVectors(): string {
  const text = JSON.stringify(vectors, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value), 2);
  return `${text}\n`;
}

function main(options: readonly string[]): number {
  if (options.some((option) => option !== "--check")) {
    console.error(USAGE);
    return 2;
  }
  const file = new URL("protocol.json", import.meta.url);
  const text = makeVectors();
  if (options.length === 0) {
    writeFileSync(file, text);
    return 0;
  }
  if (readFileSync(file, "utf8") === text) return 0;
  console.error("test/vectors/protocol.json differs: write it with `npx tsx test/vectors/make.ts`.");
  return 1;
}

if (resolve(process.argv[1] ?? "") === import.meta.filename) process.exitCode = main(process.argv.slice(2));
