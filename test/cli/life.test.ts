import { readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import type { Hex } from "../../src/core/bytes.ts";
import { argmax, decodeLogits, run } from "../../src/core/model/run.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { type Desk, openDesk, PASSWORD, type Said, type Serving, serving } from "../support/cli.ts";
import { secretNamed } from "../support/constants.ts";
import { makeDatabase, missingPostgres, stopPostgres } from "../support/postgres.ts";
import {
  actors,
  addressed,
  advance,
  catchUp,
  close,
  contractsOf,
  inputNumbered,
  open,
  published,
  useStage,
} from "../support/stage.ts";

const MODEL = resolve(import.meta.dirname, "../../models/digits-8x8.json");
const DAY = 86_400n;

/** A new operator's keys. */
const [ACCOUNT, SIGNING] = [secretNamed("a new operator"), secretNamed("a new operator's node")];

describe("surety, a whole life", () => {
  const stage = useStage();
  let desk: Desk;
  let operator: Hex;
  /** Where the node of the moment is; what is registered stays. */
  let behind = "";
  let endpoint = "";
  let env: Readonly<Record<string, string>>;

  beforeEach(async () => {
    desk = close(await openDesk(stage));
    behind = "";
    env = { SURETY_PASSWORD: PASSWORD };
    const front = await open(async (request) => {
      const { pathname } = new URL(request.url);
      const body = request.method === "POST" ? { method: "POST", body: await request.text() } : {};
      const headers = { "content-type": "application/json" };
      return behind === "" ? new Response(null, { status: 503 }) : fetch(`${behind}${pathname}`, { headers, ...body });
    });
    endpoint = front.url;
  });

  after(stopPostgres);

  /** Types as the operator of the desk's folder. */
  async function typed(...words: readonly string[]): Promise<Said> {
    const ended = await desk.type({ env }, ...words, ...options(), "--json");
    return { ...ended, json: JSON.parse(ended.stdout || "{}") as Said["json"] };
  }

  function options(): readonly string[] {
    return ["--network", desk.rpc, "--deployment", desk.deployment, "--keystore", desk.keystore(ACCOUNT)];
  }

  const signing = (): readonly string[] => ["--signing-keystore", desk.keystore(SIGNING)];
  const node = (): readonly string[] => ["--config", desk.path("node.json"), ...signing()];

  async function serve(): Promise<Serving> {
    const service = await serving({ env }, "operator", "serve", ...node(), ...options());
    behind = service.url;
    return service;
  }

  /** From nothing to an operator with a model, ready to serve. Returns the model's id. */
  async function enter(): Promise<Hex> {
    operator = addressOf(ACCOUNT);
    await actors.deployer.sendTransaction({ to: operator, value: 10n ** 18n });
    for (const words of [
      ["faucet", "--amount", "1000"],
      ["operator", "register", "--commission", "10", "--endpoint", endpoint],
      ["operator", "bond", "--amount", "1000"],
      ["operator", "key", "add", ...signing()],
    ]) {
      const { code, stderr } = await typed(...words);
      expect(code, stderr).to.equal(0);
    }
    const { json } = await typed("model", "publish", MODEL, "--modes", "optimistic");
    const id = String(json["id"]) as Hex;
    await typed("model", "opt-in", id);
    const tariff = { base: "0.02", inputRate: "0.00001", outputRate: "0.0001" };
    const config = { port: 0, tariff, models: [{ file: MODEL }], logLevel: "warn" };
    writeFileSync(desk.path("node.json"), JSON.stringify(config));
    await catchUp();
    return id;
  }

  it("makes keystores that only their owner reads, and never makes them anew", async () => {
    const first = await desk.type({ env }, "operator", "init", "--folder", desk.path("keys"));
    expect(first, first.stderr).to.include({ code: 0, stderr: "" });
    const files = ["keys/operator.json", "keys/signing.json"].map((name) => desk.path(name));
    const texts = files.map((file) => readFileSync(file, "utf8"));
    for (const file of files) expect(statSync(file).mode & 0o777).to.equal(0o600);
    const again = await desk.type({ env: {} }, "operator", "init", "--folder", desk.path("keys"));
    expect(again.stdout).to.match(/^· there already: .*operator\.json: 0x\w{40}\n· there already: /);
    expect(files.map((file) => readFileSync(file, "utf8"))).to.deep.equal(texts);
  });

  it("serves, is asked and paid, commits, settles, is traced, and leaves", async () => {
    const id = await enter();
    const first = await serve();
    const input = desk.path("input.bin");
    writeFileSync(input, inputNumbered(7));
    const records = ["--records", desk.path("records")];
    const ask = ["ask", "--model", id, "--input", input, "--weights", MODEL, "--disclose", ...records];

    const choice = await desk.as("alice", ...ask, "--dry-run");
    expect(choice.json["ranked"], choice.stderr).to.have.length(1);
    const poor = await desk.as("alice", ...ask);
    expect(poor.code).to.equal(1);
    expect(poor.stderr).to.match(/^UnderfundedError: .*fund it/);
    await desk.as("alice", "fund", operator, "--amount", "5");
    const { output } = run(published.model, inputNumbered(7));
    const asked = await desk.as("alice", ...ask);
    expect(asked.code, asked.stderr).to.equal(0);
    expect(asked.json).to.deep.include({ operator, isRechecked: true, argmax: argmax(decodeLogits(output)) });
    const again = await desk.as("alice", ...ask, "--parent", String(asked.json["receipt"]));
    expect(again.code, again.stderr).to.equal(0);
    expect((await first.stop()).code).to.equal(0);

    await advance(1);
    const dry = await typed("operator", "settle", ...node(), "--dry-run");
    expect(dry.json, dry.stderr).to.deep.include({ dryRun: true, uncommitted: 2, unsettled: "43280" });
    const committed = await typed("operator", "commit", ...node());
    expect(committed.json["count"], committed.stderr).to.equal(2);
    expect((await typed("operator", "commit", ...node())).json["count"]).to.equal(0);
    const settled = await typed("operator", "settle", ...node());
    expect(settled.json, settled.stderr).to.deep.include({ count: 1, left: [] });
    expect((await typed("operator", "settle", ...node())).json["count"]).to.equal(0);
    const { escrow } = contractsOf(stage, "alice");
    const alice = actors.alice.address;
    expect((await escrow.account(alice, operator, alice)).settled).to.equal(43_280n);

    const second = await serve();
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment];
    const weighed = [...chain, "--weights", MODEL];
    const receipt = String(asked.json["receipt"]);
    const trace = await desk.type({}, "trace", receipt, ...records, ...weighed, "--bundle", desk.path("bundle.json"));
    expect(trace.code, trace.stderr).to.equal(0);
    expect(trace.stdout)
      .to.include(`Receipt ${receipt}`)
      .and.match(/Its fee was settled at/);
    const verified = await desk.type(
      {},
      ...["verify", desk.path("bundle.json"), "--rpc", desk.rpc, "--deployment", desk.deployment],
    );
    expect(verified.code, verified.stdout + verified.stderr).to.equal(0);
    expect(verified.stdout).to.match(/Valid: \d+ links hold\./);
    // Of the record's file, and by its operator alone, the same is told.
    for (const what of [String(asked.json["kept"]), desk.path("bundle.json")]) {
      const told = await desk.type({}, "trace", what, ...weighed);
      expect(told.stdout, told.stderr).to.equal(trace.stdout);
    }
    const public_ = await desk.type({}, "trace", receipt, "--records", desk.path("none"), ...weighed);
    expect(public_.stdout, public_.stderr).to.equal(trace.stdout);
    await second.stop();

    const earned = await typed("operator", "earnings");
    expect(earned.json["earned"], earned.stderr).to.equal("41982");
    await typed("operator", "unbond", "--all");
    await advance(21n * DAY);
    const { token } = contractsOf(stage, "alice");
    expect((await typed("operator", "withdraw")).json["paid"]).to.equal("1000000000");
    expect(await token.balanceOf(operator)).to.equal(1_000_041_982n);
  });

  it("keeps a node's journal in PostgreSQL where the environment names one", async () => {
    const missing = missingPostgres();
    if (missing !== undefined) {
      process.stderr.write(`      left out: ${missing}\n`);
      return;
    }
    const id = await enter();
    env = { ...env, DATABASE_URL: await makeDatabase() };
    const first = await serve();
    await desk.as("alice", "fund", operator, "--amount", "5");
    const input = desk.file("input.hex", "00".repeat(64));
    const asked = await desk.as("alice", "ask", "--model", id, "--input", input, "--records", desk.path("records"));
    expect(asked.code, asked.stderr).to.equal(0);
    await advance(1);
    // A second process of the operator's, beside the node.
    const committed = await typed("operator", "commit", ...node());
    expect(committed.json["count"], committed.stderr).to.equal(1);
    await first.stop();
    env = { ...env, DATABASE_URL: "postgres://somebody:secret@127.0.0.1:1/nothing" };
    const none = await typed("operator", "commit", ...node());
    expect(none.code).to.equal(1);
    expect(none.stderr).to.match(/^ConfigError: the database of DATABASE_URL cannot be opened/);
    expect(none.stderr).not.to.include("secret");
  });

  it("asks a model that a server behind the node runs", async () => {
    await enter();
    const server = await open(async (request) => {
      const { model, max_tokens } = (await request.json()) as { readonly model: string; readonly max_tokens: number };
      const content = `I am ${model}, within ${max_tokens} tokens.\u001b[2J`;
      const usage = { prompt_tokens: 9, completion_tokens: 7 };
      return Response.json({ choices: [{ index: 0, message: { role: "assistant", content } }], usage });
    });
    const id = String((await typed("model", "publish", "--upstream", "llama3.2:1b")).json["id"]);
    const config = JSON.parse(readFileSync(desk.path("node.json"), "utf8")) as object;
    const upstreams = [{ url: `${server.url}/v1`, models: [{ name: "llama3.2:1b" }] }];
    writeFileSync(desk.path("node.json"), JSON.stringify({ ...config, models: [], upstreams }));
    const service = await serve();
    await desk.as("alice", "fund", operator, "--amount", "5");
    const ask = ["ask", "--model", id, "--prompt", "Who are you?", "--records", desk.path("records")];
    const asked = await desk.as("alice", ...ask, "--max-tokens", "20");
    expect(asked.json, asked.stderr).to.deep.include({ mode: "signed", operator });
    expect(asked.json["text"]).to.include("I am llama3.2:1b, within 20 tokens.");
    // 0.02 and 9 and 7 tokens.
    expect(asked.json["price"]).to.equal(String(20_000 + 9 * 10 + 7 * 100));
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment, "--keystore", desk.keystore("alice")];
    const words = await desk.type({ env }, ...ask, ...chain);
    expect(words.stdout, words.stderr).to.match(/^I am llama3\.2:1b, within 256 tokens\.\ufffd\[2J$/m);
    const wrong = await desk.as("alice", "ask", "--model", id, "--prompt", "x", "--input", "y");
    expect(wrong.code).to.equal(2);
    const dear = await desk.as("alice", ...ask, "--max-price", "0.001");
    expect(dear.code).to.equal(1);
    expect(dear.stderr).to.match(/^NoOperatorError: /);
    await service.stop();
  });

  it("says of a node what keeps it from serving, and starts none", async () => {
    await enter();
    const ready = await typed("operator", "serve", ...node(), "--dry-run");
    expect(ready.json, ready.stderr).to.deep.include({ ready: true, reasons: [] });
    const config = JSON.parse(readFileSync(desk.path("node.json"), "utf8")) as object;
    const own = ["--config", desk.path("other.json"), ...signing()];
    for (const [change, code, says] of [
      [{ models: [] }, 1, "names nothing to serve"],
      [{ models: [{ file: "missing.json" }] }, 1, "missing.json cannot be read"],
      [{ tariff: { base: "0.0000001", inputRate: "0", outputRate: "0" } }, 2, "6 digits behind the point"],
      [{ colour: "green" }, 1, "other.json"],
      [{ port: Number(new URL(desk.rpc).port) }, 1, "is in use"],
      [{ operator: addressed(actors.wendy) }, 2, "is no operator"],
      [{ upstreams: [{ url: desk.rpc, keyVariable: "NOT_SET", models: [{ name: "x" }] }] }, 1, "NOT_SET is not set"],
    ] as const) {
      writeFileSync(desk.path("other.json"), JSON.stringify({ ...config, journal: "other.sqlite", ...change }));
      const ended = await typed("operator", "serve", ...own);
      expect(ended.code, ended.stderr).to.equal(code);
      expect(ended.stderr).to.include(says).and.not.include("    at ");
    }
    const foreign = await desk.as("olive", "operator", "settle", ...node());
    expect(foreign.code, foreign.stderr).to.equal(1);
    expect(foreign.stderr).to.include("JournalMismatchError");
  });
});
