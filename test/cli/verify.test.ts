import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { fromHex, type Hex, toHex } from "../../src/core/bytes.ts";
import { serialise } from "../../src/core/model/file.ts";
import { type Bundle, write, type WholeModel } from "../../src/core/records.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import type { Ended } from "../support/children.ts";
import { type } from "../support/cli.ts";
import {
  addressed,
  actors,
  advance,
  makeClient,
  open,
  openHouse,
  provider,
  published,
  question,
  useStage,
} from "../support/stage.ts";

const LINKS = 18;

describe("surety verify", () => {
  const stage = useStage();
  let folder = "";
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "surety-verify-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  async function verify(...parameters: readonly string[]): Promise<Ended> {
    return type({}, "verify", ...parameters);
  }

  function file(name: string, text: string): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** A bundle of an answer that was served, committed and settled on the chain. */
  async function makeBundle(): Promise<Bundle> {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    const record = await client.ask(house.url, house.node.offer(), question());
    await advance(1);
    await house.node.commit();
    await house.node.settle();
    const { ledger, escrow } = stage.deployment.contracts;
    const events = await stage.contracts.ledger.queryFilter(stage.contracts.ledger.filters.BatchCommitted());
    const [event] = events;
    if (event === undefined) throw new Error("a batch expected");
    const inclusion = await client.confirm(record, event.args.root as Hex);
    const { publisher, model } = published;
    const text = serialise({ model, training: {} });
    return {
      format: "surety-bundle-1",
      chainId: stage.deployment.chainId,
      escrow,
      ledger,
      record,
      inclusion,
      model: { publisher, file: JSON.parse(text) as WholeModel["file"] },
    };
  }

  it("holds offline as far as a file goes, and whole against the chain", async () => {
    const bundle = file("bundle.json", write(await makeBundle(), 2));
    const deployment = file("deployment.json", serialiseDeployment(stage.deployment));
    const { url } = await open(rpcHandler(provider));
    const [offline, online, json] = await Promise.all([
      verify(bundle),
      verify(bundle, "--rpc", url, "--deployment", deployment),
      verify(bundle, "--rpc", url, "--deployment", deployment, "--json"),
    ]);
    expect(offline.code).to.equal(0);
    expect(offline.stdout).to.include("Valid: 11 links hold, 7 could not be checked.");
    expect(online, online.stderr).to.include({ code: 0, stderr: "" });
    expect(online.stdout).to.include(`Valid: ${LINKS} links hold.`);
    expect(json).to.include({ code: 0, stderr: "" });
    expect(json.stdout.trimEnd().split("\n")).to.have.length(1);
    const said = JSON.parse(json.stdout) as { valid: boolean; links: { status: string }[] };
    expect(said.valid).to.be.true;
    expect(said.links.map(({ status }) => status)).to.deep.equal(Array.from({ length: LINKS }, () => "holds"));
  });

  it("says which link a flipped bit breaks", async () => {
    const honest = await makeBundle();
    const { record } = honest;
    const flip = (hex: Hex): Hex => {
      const bytes = fromHex(hex);
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      return toHex(bytes);
    };
    const [hidden = "0x"] = record.hidden;
    const flipped: readonly (readonly [string, Partial<Bundle["record"]>])[] = [
      ["input", { input: flip(record.input) }],
      ["output", { output: flip(record.output) }],
      ["proof", { hidden: [flip(hidden)] }],
      ["client", { clientSignature: flip(record.clientSignature) }],
      ["operator", { operatorSignature: flip(record.operatorSignature) }],
      ["context", { context: record.context.replace("test", "tess") }],
    ];
    await Promise.all(
      flipped.map(async ([link, change]) => {
        const path = file(`${link}.json`, write({ ...honest, record: { ...record, ...change } }));
        const [plain, json] = [await verify(path), await verify(path, "--json")];
        expect([plain.code, json.code], link).to.deep.equal([1, 1]);
        expect(plain.stdout)
          .to.match(new RegExp(`^✗ ${link} `, "m"))
          .and.include("INVALID:");
        const said = JSON.parse(json.stdout) as { valid: boolean; links: { name: string; status: string }[] };
        expect(said.valid).to.be.false;
        expect(said.links.find(({ name }) => name === link)?.status).to.equal("fails");
      }),
    );
  });

  it("fails on files that are not there, or are none", async () => {
    const notJson = file("not.json", "hello");
    const other = file("other.json", "{}");
    const [missing, words, empty] = await Promise.all([
      verify(join(folder, "missing.json")),
      verify(notJson),
      verify(other),
    ]);
    for (const [ended, says] of [
      [missing, /^FileError: .*missing\.json cannot be read: check the path/],
      [words, /^RecordError: not JSON/],
      [empty, /^RecordError: [^]*format/],
    ] as const) {
      expect(ended).to.include({ code: 1, stdout: "" });
      expect(ended.stderr).to.match(says).and.not.include("    at ");
    }
  });

  it("fails on a chain that is not there, or is another, or has other contracts", async () => {
    const bundle = file("bundle.json", write(await makeBundle()));
    const deployment = file("deployment.json", serialiseDeployment(stage.deployment));
    const elsewhere = file("elsewhere.json", serialiseDeployment({ ...stage.deployment, chainId: 1n }));
    const { contracts } = stage.deployment;
    const nowhere = { ...contracts, escrow: addressed(actors.will) };
    const missing = file("missing.json", serialiseDeployment({ ...stage.deployment, contracts: nowhere }));
    const { url } = await open(rpcHandler(provider));
    const shut = await open(() => new Response());
    await shut.close();
    const [unreachable, wrongChain, noContract, broken, noUrl] = await Promise.all([
      verify(bundle, "--rpc", shut.url, "--deployment", deployment),
      verify(bundle, "--rpc", url, "--deployment", elsewhere),
      verify(bundle, "--rpc", url, "--deployment", missing),
      verify(bundle, "--rpc", url, "--deployment", bundle),
      verify(bundle, "--rpc", "", "--deployment", deployment),
    ]);
    for (const [ended, says] of [
      [unreachable, /^ChainError: .*does not answer/],
      [wrongChain, /^ChainError: .* is chain 31337, the deployment is on 1/],
      [noContract, /^ChainError: .*check that the deployment file/],
      [broken, /^DeploymentError: not a deployment/],
    ] as const) {
      expect(ended, ended.stderr).to.include({ code: 1, stdout: "" });
      expect(ended.stderr).to.match(says).and.not.include("    at ");
    }
    expect(noUrl, noUrl.stderr).to.include({ code: 2, stdout: "" });
  });

  it("ends with 2 where it is not used as it should be, and 0 where it is asked for help", async () => {
    const [none, half, unknown, command, help] = await Promise.all([
      verify(),
      verify("x.json", "--rpc", "http://127.0.0.1:1"),
      verify("x.json", "--colour"),
      type({}, "verrify"),
      verify("--help"),
    ]);
    for (const ended of [none, half, unknown, command]) {
      expect(ended, ended.stderr).to.include({ code: 2, stdout: "" });
      expect(ended.stderr).to.include("error:");
    }
    expect(half.stderr).to.include("--rpc and --deployment go together");
    expect(help.code).to.equal(0);
    expect(help.stdout).to.include("Examples:");
  });
});
