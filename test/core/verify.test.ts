import { expect } from "chai";
import { id } from "ethers";
import type { Hex } from "../../src/core/bytes.ts";
import { openingOf } from "../../src/core/model/commitment.ts";
import { parse } from "../../src/core/model/file.ts";
import { SeededRandom } from "../../src/core/model/random.ts";
import { NO_PROOF } from "../../src/core/proofs.ts";
import { type Bundle, bundleSchema, readText, RecordError, write } from "../../src/core/records.ts";
import { Mode } from "../../src/core/typedData.ts";
import {
  type ChainFacts,
  describeFault,
  isValid,
  type Link,
  verifyBundle,
  verifyExecution,
  verifyRecord,
} from "../../src/core/verify.ts";
import { addressNamed, escrow, ledger, makeBundle, makeFacts, stranger, tweak } from "../vectors/bundles.ts";

const offline = [
  "model",
  "execution",
  "input",
  "context",
  "request",
  "client",
  "operator",
  "output",
  "proof",
  "terms",
  "inclusion",
];
const onChain = ["contracts", "commitment", "key", "publication", "settlement", "backing", "record"];

const honest = makeBundle();
const facts = makeFacts();
const { batch } = facts;
if (batch === undefined) throw new Error("a batch expected");
/** The last second in which the receipt could be committed to back its fee. */
const latest = honest.record.request.deadline + 86_400n;
const { record } = honest;

/** The names of links with a status. */
function linksThat(status: Link["status"], links: readonly Link[]): string[] {
  return links.filter((link) => link.status === status).map(({ name }) => name);
}

function detailOf(name: string, links: readonly Link[]): string {
  return links.find((link) => link.name === name)?.detail ?? "no such link";
}

function withRecord(changes: Partial<Bundle["record"]>, bundle = honest): Bundle {
  return { ...bundle, record: { ...bundle.record, ...changes } };
}

/** Without a model nothing is re-executed, and each link stands for itself. */
function withoutModel(bundle: Bundle): Bundle {
  const { model: _model, ...rest } = bundle;
  return rest;
}

function modelOf({ model }: Bundle): { publisher: Hex; file: { layers: { biases: Hex; weights: Hex }[] } } {
  return structuredClone(model) as unknown as ReturnType<typeof modelOf>;
}

function inclusionOf({ inclusion }: Bundle): NonNullable<Bundle["inclusion"]> {
  if (inclusion === undefined) throw new Error("an inclusion expected");
  return inclusion;
}

const [hidden] = record.hidden;
if (hidden === undefined) throw new Error("a hidden vector expected");

describe("an honest bundle", () => {
  it("holds offline in every link that needs no chain", () => {
    const links = verifyBundle(honest);
    expect(links.map(({ name }) => name)).to.deep.equal([...offline, ...onChain]);
    expect(linksThat("holds", links)).to.deep.equal(offline);
    expect(linksThat("unchecked", links)).to.deep.equal(onChain);
    expect(isValid(links)).to.be.true;
  });

  it("holds in every link against the chain", () => {
    const links = verifyBundle(honest, facts);
    expect(linksThat("holds", links)).to.deep.equal([...offline, ...onChain]);
    expect(detailOf("commitment", links)).to.include("2027-01-15T07:59:30.000Z");
  });

  it("holds after a journey through a file", () => {
    const links = verifyBundle(readText(bundleSchema, write(honest, 2)), facts);
    expect(linksThat("holds", links)).to.have.length(offline.length + onChain.length);
  });

  it("leaves open what it does not carry", () => {
    const { inclusion: _inclusion, ...rest } = withoutModel(honest);
    const links = verifyBundle(rest, facts);
    expect(linksThat("unchecked", links)).to.deep.equal(["model", "execution", "inclusion", "commitment"]);
    expect(isValid(links)).to.be.true;
  });

  it("is not re-executed in another mode, even where the output is wrong", () => {
    const unproven = { hidden: [], receipt: { proofHash: NO_PROOF } };
    const signed = makeBundle({ order: { mode: Mode.signed }, output: tweak(record.output), ...unproven });
    expect(linksThat("unchecked", verifyBundle(signed))).to.deep.equal(["execution", ...onChain]);
    expect(linksThat("fails", verifyBundle(signed))).to.be.empty;
  });

  it("is of the model that its opening makes, where it has no weights", () => {
    const opening = openingOf({ publisher: model.publisher, model: parse(JSON.stringify(model.file)).model });
    const links = verifyBundle({ ...honest, model: opening });
    expect(linksThat("unchecked", links)).to.deep.equal(["execution", ...onChain]);
    expect(linksThat("fails", links)).to.be.empty;
    for (const part of ["publisher", "commitment", "spec"] as const) {
      const other = { ...opening, [part]: tweak(opening[part]) };
      expect(linksThat("fails", verifyBundle({ ...honest, model: other })), part).to.deep.equal(["model"]);
    }
  });

  it("counts an unchecked link neither as failed nor as held", () => {
    const [link] = verifyBundle(honest);
    if (link === undefined) throw new Error("a link expected");
    expect(isValid([])).to.be.true;
    expect(isValid([{ ...link, status: "unchecked" }])).to.be.true;
    expect(isValid([link, { ...link, status: "fails" }])).to.be.false;
  });
});

interface Break {
  readonly what: string;
  readonly bundle?: Bundle;
  /** What the chain says; nobody asks it where it is left out. */
  readonly facts?: ChainFacts;
  /** The links that fail. */
  readonly fails: readonly string[];
  /** What the first of them says. */
  readonly says: string;
}

const model = modelOf(honest);
const weightsChanged = structuredClone(model);
const [firstLayer] = weightsChanged.file.layers;
if (firstLayer === undefined) throw new Error("a layer expected");
firstLayer.weights = tweak(firstLayer.weights, 100);

const broken: readonly Break[] = [
  // Bytes beside the signatures.
  {
    what: "another publisher",
    bundle: {
      ...honest,
      model: { ...model, publisher: tweak(model.publisher) },
    },
    fails: ["model"],
    says: "expected",
  },
  {
    what: "another weight",
    bundle: { ...honest, model: weightsChanged },
    fails: ["model"],
    says: "weights root",
  },
  {
    what: "a model file that is none",
    bundle: { ...honest, model: { publisher: model.publisher, file: [1] } },
    fails: ["model"],
    says: "not a model file",
  },
  {
    what: "another input",
    bundle: withoutModel(withRecord({ input: tweak(record.input) })),
    fails: ["input"],
    says: "expected",
  },
  {
    what: "a longer input",
    bundle: withRecord({ input: `${record.input}00` }),
    fails: ["execution", "input"],
    says: "64 bytes of input expected",
  },
  {
    what: "another context",
    bundle: withRecord({ context: record.context.replace("0.5", "0.6") }),
    fails: ["context"],
    says: "expected",
  },
  {
    what: "a context with the same meaning in another form",
    bundle: withRecord({ context: record.context.replace(":true", ": true") }),
    fails: ["context"],
    says: "canonical",
  },
  {
    what: "a client's signature by somebody else",
    bundle: withRecord({ clientSignature: makeBundle({ clientSecret: stranger }).record.clientSignature }),
    fails: ["client"],
    says: "expected",
  },
  {
    what: "a client's signature that is none",
    bundle: withRecord({ clientSignature: `0x${"00".repeat(65)}` }),
    fails: ["client"],
    says: "v is 27 or 28",
  },
  {
    what: "an operator's signature by somebody else",
    bundle: withRecord({ operatorSignature: makeBundle({ operatorSecret: stranger }).record.operatorSignature }),
    fails: ["operator"],
    says: "expected",
  },
  {
    what: "an operator's signature that is none",
    bundle: withRecord({ operatorSignature: `0x${"00".repeat(65)}` }),
    fails: ["operator"],
    says: "v is 27 or 28",
  },
  {
    what: "another output",
    bundle: withoutModel(withRecord({ output: tweak(record.output) })),
    fails: ["output"],
    says: "expected",
  },
  {
    what: "other activations",
    bundle: withoutModel(withRecord({ hidden: [tweak(hidden)] })),
    fails: ["proof"],
    says: "expected",
  },
  { what: "no activations", bundle: withoutModel(withRecord({ hidden: [] })), fails: ["proof"], says: "expected" },
  {
    what: "another root",
    bundle: { ...honest, inclusion: { ...inclusionOf(honest), root: tweak(inclusionOf(honest).root) } },
    fails: ["inclusion"],
    says: "does not lead to",
  },
  {
    what: "a path without its last step",
    bundle: { ...honest, inclusion: { ...inclusionOf(honest), proof: inclusionOf(honest).proof.slice(0, -1) } },
    fails: ["inclusion"],
    says: "does not lead to",
  },
  // Another chain or contract: both signatures were for something else.
  {
    what: "another chain",
    bundle: { ...honest, chainId: 1n },
    fails: ["request", "client", "operator"],
    says: "expected",
  },
  {
    what: "another escrow",
    bundle: { ...honest, escrow: ledger.contract },
    fails: ["request", "client"],
    says: "expected",
  },
  { what: "another ledger", bundle: { ...honest, ledger: escrow.contract }, fails: ["operator"], says: "expected" },
  // Lies that were signed and committed: only what they contradict fails.
  {
    what: "a signed order for another model",
    bundle: makeBundle({ order: { modelId: id("another model") as Hex } }),
    fails: ["model"],
    says: "expected",
  },
  {
    what: "a signed order for another input",
    bundle: makeBundle({ order: { inputHash: id("another input") as Hex } }),
    fails: ["input"],
    says: "expected",
  },
  {
    what: "a signed order for another context",
    bundle: makeBundle({ order: { contextHash: id("another context") as Hex } }),
    fails: ["context"],
    says: "expected",
  },
  {
    what: "a signed wrong logit",
    bundle: makeBundle({ output: tweak(record.output, 39) }),
    fails: ["execution"],
    says: "neuron 9 of layer 1",
  },
  {
    what: "a signed wrong activation",
    bundle: makeBundle({ hidden: [tweak(hidden, 15)] }),
    fails: ["execution"],
    says: "neuron 15 of layer 0",
  },
  {
    what: "a signed output that is too short",
    bundle: makeBundle({ output: record.output.slice(0, -2) as Hex }),
    fails: ["execution"],
    says: "layer 1 has the wrong length",
  },
  {
    what: "a signed trace with a vector too many",
    bundle: makeBundle({ hidden: [hidden, "0x"] }),
    fails: ["execution"],
    says: "number of hidden vectors",
  },
  {
    what: "a receipt for another request",
    bundle: makeBundle({ receipt: { requestHash: id("another request") as Hex } }),
    fails: ["request"],
    says: "expected",
  },
  {
    what: "a receipt of an operator that was not asked",
    bundle: makeBundle({ request: { operator: addressNamed("another operator") } }),
    fails: ["request"],
    says: "expected",
  },
  {
    what: "a receipt that names another client",
    bundle: makeBundle({ receipt: { client: addressNamed("another client") } }),
    fails: ["client"],
    says: "expected",
  },
  {
    what: "a receipt that names another signer",
    bundle: makeBundle({ receipt: { signer: addressNamed("another signer") } }),
    fails: ["operator"],
    says: "expected",
  },
  {
    what: "a receipt for another output",
    bundle: makeBundle({ receipt: { outputHash: id("another output") as Hex } }),
    fails: ["output"],
    says: "expected",
  },
  {
    what: "a receipt for other activations",
    bundle: makeBundle({ receipt: { proofHash: id("other activations") as Hex } }),
    fails: ["proof"],
    says: "expected",
  },
  {
    what: "a price one above the maximum",
    bundle: makeBundle({ order: { maxPrice: 599n } }),
    fails: ["terms"],
    says: "PriceAboveMaximum",
  },
  {
    what: "a price one above the tariff",
    bundle: makeBundle({ receipt: { price: 621n } }),
    fails: ["terms"],
    says: "PriceAboveTariff",
  },
  {
    what: "a total one below the price",
    bundle: makeBundle({ receipt: { charged: 599n } }),
    fails: ["terms"],
    says: "UnitsInvalid",
  },
  // What the chain contradicts.
  {
    what: "an escrow that the reader does not trust",
    facts: { ...facts, domains: { escrow: { ...escrow, contract: ledger.contract }, ledger } },
    fails: ["contracts"],
    says: "expected",
  },
  {
    what: "a ledger that the reader does not trust",
    facts: { ...facts, domains: { escrow, ledger: { ...ledger, contract: escrow.contract } } },
    fails: ["contracts"],
    says: "expected",
  },
  {
    what: "another chain behind the RPC address",
    facts: { ...facts, domains: { escrow, ledger: { ...ledger, chainId: 1n } } },
    fails: ["contracts"],
    says: "1 expected, 31337 found",
  },
  {
    what: "a batch that nobody committed",
    facts: { ...facts, batch: undefined },
    fails: ["commitment"],
    says: "no such batch",
  },
  {
    what: "a batch that begins after the receipt",
    facts: { ...facts, batch: { firstSequence: 8n, count: 5n, committedAt: facts.key.validUntil } },
    fails: ["commitment"],
    says: "outside the batch",
  },
  {
    what: "a batch that ends before the receipt",
    facts: { ...facts, batch: { firstSequence: 5n, count: 2n, committedAt: facts.key.validUntil } },
    fails: ["commitment"],
    says: "outside the batch",
  },
  {
    what: "a commitment a second before the issue",
    facts: { ...facts, batch: { firstSequence: 5n, count: 5n, committedAt: record.receipt.issuedAt - 1n } },
    fails: ["commitment"],
    says: "IssuedAfterCommitment",
  },
  {
    what: "a key of another operator",
    facts: { ...facts, key: { ...facts.key, operator: addressNamed("another operator") } },
    fails: ["key"],
    says: "expected",
  },
  {
    what: "a key that begins a second after the issue",
    facts: { ...facts, key: { ...facts.key, validFrom: record.receipt.issuedAt + 1n } },
    fails: ["key"],
    says: "not valid then",
  },
  {
    what: "a key that ends with the issue",
    facts: { ...facts, key: { ...facts.key, validUntil: record.receipt.issuedAt } },
    fails: ["key"],
    says: "not valid then",
  },
  {
    what: "a model that is published for other modes",
    facts: { ...facts, model: { ...facts.model, modes: 0b0111 } },
    fails: ["publication"],
    says: "not published",
  },
  {
    what: "a fee that was taken though the receipt came too late",
    facts: { ...facts, batch: { ...batch, committedAt: latest + 1n } },
    fails: ["backing"],
    says: "committed at",
  },
  {
    what: "silence",
    facts: { ...facts, silent: true },
    fails: ["record"],
    says: "silence",
  },
  {
    what: "a conviction",
    facts: { ...facts, convicted: true },
    fails: ["record"],
    says: "punished",
  },
];

describe("a broken link", () => {
  for (const { what, bundle = honest, facts: known, fails, says } of broken) {
    it(`is ${fails.join(", ")} for ${what}`, () => {
      const links = verifyBundle(bundle, known);
      expect(linksThat("fails", links)).to.deep.equal(fails);
      expect(detailOf(fails[0] ?? "", links)).to.include(says);
      expect(isValid(links)).to.be.false;
    });
  }

  it("was shown for every link but the settlement, which is open or done", () => {
    const shown = new Set(broken.filter(({ fails }) => fails.length === 1).flatMap(({ fails }) => fails));
    expect([...offline, ...onChain].filter((name) => !shown.has(name))).to.deep.equal(["settlement"]);
  });
});

describe("the edges of a link", () => {
  const holds = (name: string, bundle: Bundle, known: ChainFacts): void => {
    expect(linksThat("holds", verifyBundle(bundle, known))).to.include(name);
  };

  it("are the batch's first and last number", () => {
    const committedAt = record.receipt.issuedAt;
    for (const [firstSequence, count] of [
      [7n, 1n],
      [5n, 3n],
      [7n, 100n],
    ] as const) {
      holds("commitment", honest, { ...facts, batch: { firstSequence, count, committedAt } });
    }
  });

  it("are the key's first and last second", () => {
    const { issuedAt } = record.receipt;
    holds("key", honest, { ...facts, key: { ...facts.key, validFrom: issuedAt, validUntil: issuedAt + 1n } });
  });

  it("are the account's settled total", () => {
    const settlement = (settled: bigint): Link | undefined =>
      verifyBundle(honest, { ...facts, settled }).find(({ name }) => name === "settlement");
    expect(settlement(2_600n)?.status).to.equal("holds");
    expect(settlement(2_601n)?.status).to.equal("holds");
    expect(settlement(2_599n)?.status).to.equal("unchecked");
    expect(settlement(2_599n)?.detail).to.include("2599 of 2600");
  });

  it("are the last second in which a fee that is taken can be backed, and its first unit", () => {
    const backing = (committedAt: bigint, settled: bigint, bundle = honest) =>
      verifyBundle(bundle, { ...facts, batch: { ...batch, committedAt }, settled }).find(
        ({ name }) => name === "backing",
      )?.status;
    expect(backing(latest, 2_600n)).to.equal("holds");
    expect(backing(latest + 1n, 2_001n)).to.equal("fails");
    expect(backing(latest + 1n, 2_000n)).to.equal("unchecked");
    expect(backing(latest + 1n, 2_600n, makeBundle({ receipt: { price: 0n } }))).to.equal("unchecked");
  });

  it("are a price that was paid outside the account", () => {
    const outside = makeBundle({ receipt: { charged: 0n } });
    const links = verifyBundle(outside, facts);
    expect(linksThat("fails", links)).to.be.empty;
    expect(linksThat("unchecked", links)).to.deep.equal(["settlement"]);
  });

  it("are a total that is just the price, and a price that is just the tariff", () => {
    holds("terms", makeBundle({ receipt: { charged: 600n } }), facts);
    holds("terms", makeBundle({ receipt: { price: 620n } }), facts);
  });

  it("are each mode's bit", () => {
    for (const mode of Object.values(Mode)) {
      const bundle = makeBundle({ order: { mode } });
      const publication = (modes: number): string | undefined =>
        verifyBundle(bundle, { ...facts, model: { ...facts.model, modes } }).find(({ name }) => name === "publication")
          ?.status;
      expect(publication(1 << mode)).to.equal("holds");
      expect(publication(0b1111 ^ (1 << mode))).to.equal("fails");
    }
  });
});

describe("the parts of a verification", () => {
  it("are what a record says of itself", () => {
    const links = verifyRecord(record, { escrow, ledger });
    expect(linksThat("holds", links)).to.deep.equal(offline.slice(2, -1));
    expect(links).to.have.length(8);
    expect(linksThat("fails", verifyRecord(record, { escrow: ledger, ledger: escrow }))).to.deep.equal([
      "request",
      "client",
      "operator",
    ]);
  });

  it("are its execution", () => {
    const { publisher, file } = model;
    const links = verifyExecution(record, { whole: { publisher, model: parse(JSON.stringify(file)).model } });
    expect(linksThat("holds", links)).to.deep.equal(["execution"]);
  });

  it("are faults in words", () => {
    expect(describeFault({ kind: "shape" })).to.include("number of hidden vectors");
    expect(describeFault({ kind: "length", layer: 1 })).to.include("layer 1");
    expect(describeFault({ kind: "neuron", layer: 1, index: 3 })).to.include("neuron 3 of layer 1");
  });
});

/** What a bundle says, without what it says twice and without a publisher's remarks on the training. */
function meaningOf(bundle: Bundle): unknown {
  const { model: carried, ...rest } = bundle;
  if (carried === undefined || !("file" in carried)) return bundle;
  return { ...rest, publisher: carried.publisher, model: parse(JSON.stringify(carried.file)).model };
}

/** Whether a text with flipped bits passes: it is read as a bundle, and no link fails. */
function escapes(text: string): Bundle | undefined {
  let bundle: Bundle;
  try {
    bundle = readText(bundleSchema, text);
  } catch (error) {
    if (error instanceof RecordError) return undefined;
    throw error;
  }
  return isValid(verifyBundle(bundle)) ? bundle : undefined;
}

describe("a bundle with one bit flipped", () => {
  const bytes = new TextEncoder().encode(write(honest, 2));
  const decoder = new TextDecoder();

  it("is refused, fails in a link, or still says the same", function () {
    this.timeout(30_000);
    const random = new SeededRandom(0x5e7e);
    const meaning = meaningOf(honest);
    for (let trial = 0; trial < 500; trial++) {
      const flipped = bytes.slice();
      const place = random.below(bytes.length);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << random.below(8));
      const passed = escapes(decoder.decode(flipped));
      if (passed !== undefined) expect(meaningOf(passed), `byte ${place}`).to.deep.equal(meaning);
    }
  });

  it("never passes where the bit is in the record, the path or the domains", function () {
    this.timeout(30_000);
    const text = write(withoutModel(honest), 2);
    const stripped = new TextEncoder().encode(text);
    const random = new SeededRandom(1);
    for (let trial = 0; trial < 800; trial++) {
      const flipped = stripped.slice();
      const place = random.below(stripped.length);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << random.below(8));
      expect(escapes(decoder.decode(flipped)), `byte ${place} of ${text.length}`).to.be.undefined;
    }
  });
});
