import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { makeBatch } from "../../src/core/batch.ts";
import { fromHex, type Hex, toHex } from "../../src/core/bytes.ts";
import { bundledModel } from "../../src/core/model/file.ts";
import { decodeLogits, encodeLogits, type Trace } from "../../src/core/model/run.ts";
import { type Bundle, type Record, write } from "../../src/core/records.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { forge, Library, redeem } from "../support/forge.ts";
import {
  advance,
  makeClient,
  makeWatcher,
  open,
  openHouse,
  PRICE,
  provider,
  published,
  question,
  useStage,
} from "../support/stage.ts";

const root = resolve(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/auditing.md"), "utf8");

/** All commands of the page, in order: one program. */
const commands = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, code = ""]) => code).join("\n");

/** The names of the page's checks, in order. */
const checks = [...commands.matchAll(/^(?:.*\|\| )?(?:same|atMost) (\w+) /gm)].map(([, name = ""]) => name);

const env = { ...process.env, PATH: `${join(root, "node_modules/.bin")}${delimiter}${process.env["PATH"] ?? ""}` };

/** Answers in a batch, so that its paths have siblings; which of them is looked at; and the logit that the page computes. */
const ANSWERS = 5;
const CHOSEN = 2;
const NEURON = 3;

describe("docs/auditing.md", function () {
  this.timeout(120_000);
  const stage = useStage();
  let folder = "";
  let rpc = "";

  before(function () {
    if (spawnSync("cast", ["--version"], { env }).status === 0) return;
    console.log("      left out: there is no cast for this platform");
    this.skip();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "surety-auditing-"));
    rpc = (await open(rpcHandler(provider))).url;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A record that was served beside others, committed and settled. */
  async function makeHonest() {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const records: Record[] = [];
    for (let number = 0; number < ANSWERS; number++) {
      records.push(await client.ask(house.url, house.node.offer(), question(number)));
    }
    await advance(1);
    await house.node.settle();
    const record = chosenOf(records);
    return makeBundle(record, await client.confirm(record));
  }

  /** A record with a wrong logit that costs more than its order allows, which a court convicted. */
  async function makeConvicted() {
    const lie = (honest: Trace): Partial<Trace> => {
      const logits = decodeLogits(honest.output);
      logits[NEURON] = (logits[NEURON] ?? 0) + 1;
      return { output: encodeLogits(logits) };
    };
    const records = Array.from({ length: ANSWERS }, (_, index) => {
      const place = { sequence: BigInt(index), charged: BigInt(index + 1) * PRICE };
      if (index !== CHOSEN) return forge(stage, { receipt: place });
      return forge(stage, { trace: lie, receipt: { ...place, price: PRICE + 1n } });
    });
    const record = chosenOf(records);
    const library = new Library();
    const committed = await library.commit(stage, records);
    await redeem(stage, record);
    const watcher = makeWatcher(stage, "wendy", library.fetch);
    const { findings } = await watcher.inspect(0);
    for (const finding of findings) await watcher.prosecute(finding);
    const batch = makeBatch(records.map(({ receipt }) => receipt));
    return makeBundle(record, { root: committed, proof: batch.proof(CHOSEN) });
  }

  function makeBundle(record: Record, inclusion: NonNullable<Bundle["inclusion"]>) {
    const { chainId, contracts } = stage.deployment;
    const { escrow, ledger } = contracts;
    const model = bundledModel(published);
    return { format: "surety-bundle-1", chainId, escrow, ledger, record, inclusion, model } satisfies Bundle;
  }

  /** What the page's commands print about a bundle, a line each. */
  async function audit(bundle: Bundle): Promise<string[]> {
    writeFileSync(join(folder, "trace.json"), write(bundle, 2));
    writeFileSync(join(folder, "deployment.json"), serialiseDeployment(stage.deployment));
    const program = commands.replace("rpc=http://127.0.0.1:8545", `rpc=${rpc}`);
    const { stdout } = await promisify(execFile)("sh", ["-c", `exec 2>&1\n${program}`], { cwd: folder, env });
    return stdout.trimEnd().split("\n");
  }

  it("finds that everything holds of an honest record", async () => {
    const said = await audit(await makeHonest());
    expect(said.filter((line) => line.endsWith(": holds"))).to.deep.equal(checks.map((name) => `${name}: holds`));
    expect(said.filter((line) => line.startsWith("Validation succeeded."))).to.have.length(2);
    const told = said.filter((line) => !/: holds$|^Validation succeeded\./.test(line));
    expect(told).to.have.length(7);
    const paid = BigInt(ANSWERS) * PRICE;
    for (const [index, pattern] of [
      "^committed in block \\d+$",
      `^up to unit ${paid} in 0x[0-9a-f]{64}$`,
      `^of ${paid} paid: [1-9]\\d* to the protocol, 0 to delegators, [1-9]\\d* to the operator$`,
      "^open to evidence until second \\d+; now it is \\d+$",
      ...["validity", "equivocation", "disclosure"].map((court) => `^${court}Court convicted the operator 0 times$`),
    ].entries()) {
      expect(told[index]).to.match(new RegExp(pattern));
    }
  });

  it("finds each step that a falsified file breaks, and no other", async () => {
    const honest = await makeHonest();
    const { record, inclusion, model } = honest;
    const said = await audit({
      ...honest,
      escrow: flip(honest.escrow),
      record: {
        ...record,
        input: flip(record.input),
        output: flip(record.output),
        hidden: record.hidden.map((vector) => flip(vector, 0)),
        context: record.context.replace("test", "tess"),
        clientSignature: flip(record.clientSignature, 0),
        operatorSignature: flip(record.operatorSignature, 0),
      },
      inclusion: { ...inclusion, proof: inclusion.proof.map((sibling) => flip(sibling)) },
      model: { ...model, publisher: flip(model.publisher) },
    });
    const broken = ["escrow", "input", "context", "output", "proofHash", "path", "neuron", "model"];
    expect(failuresOf(said)).to.deep.equal(broken);
    expect(said.filter((line) => line.startsWith("Validation succeeded."))).to.deep.equal([]);
  });

  it("finds what is wrong with a record that a court convicted", async () => {
    const said = await audit(await makeConvicted());
    expect(failuresOf(said)).to.deep.equal(["tariff", "maximum", "right", "neuron"]);
    expect(said).to.include("validityCourt convicted the operator 1 times");
  });
});

/** The names of the checks that fail. */
function failuresOf(said: readonly string[]): string[] {
  return said.flatMap((line) => /^(\w+): FAILS/.exec(line)?.[1] ?? []);
}

function chosenOf(records: readonly Record[]): Record {
  const chosen = records[CHOSEN];
  if (chosen === undefined) throw new Error("a record expected");
  return chosen;
}

/** The same bytes with a bit changed: of the last one, unless another is named. */
function flip(hex: Hex, place?: number): Hex {
  const bytes = fromHex(hex);
  const at = place ?? bytes.length - 1;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return toHex(bytes);
}
