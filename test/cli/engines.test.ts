import { resolve } from "node:path";
import { expect } from "chai";
import OpenAI from "openai";

import { ANY_OPERATOR } from "../../src/client/openai.ts";
import { Surety } from "../../src/client/surety.ts";
import { fetchOffer } from "../../src/client/offers.ts";
import type { Question } from "../../src/client/client.ts";
import { fromHex, type Hex, toHex } from "../../src/core/bytes.ts";
import { run } from "../../src/core/model/run.ts";
import { NO_PROOF } from "../../src/core/proofs.ts";
import type { Record } from "../../src/core/records.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { Mode } from "../../src/core/typedData.ts";
import { quoteKey } from "../support/attest.ts";
import { start } from "../support/children.ts";
import { type Desk, openDesk, PASSWORD, type Said, type Serving, serving } from "../support/cli.ts";
import { secretNamed, secrets } from "../support/constants.ts";
import { irisProof } from "../support/iris.ts";
import {
  actors,
  addressed,
  advance,
  catchUp,
  clock,
  close,
  contractsOf,
  directed,
  inputNumbered,
  makeClient,
  published,
  question,
  rejection,
  useStage,
} from "../support/stage.ts";
import { babble, babbler, openUpstream } from "../support/upstream.ts";

const modelFile = (name: string): string => resolve(import.meta.dirname, `../../models/${name}.json`);
const [DIGITS, IRIS, IRIS_PROOFS] = [modelFile("digits-8x8"), modelFile("iris"), modelFile("iris-proofs")];

const env = { SURETY_PASSWORD: PASSWORD };
const tariff = { base: "0.02", inputRate: "0.00001", outputRate: "0.0001" };

describe("surety operator serve, by a file", () => {
  const stage = useStage();
  let desk: Desk;
  /** The enclave's key. */
  const secret = secretNamed("a key that an enclave made");
  let salts = 0;
  beforeEach(async () => (desk = close(await openDesk(stage))));

  /** Types as olive, and expects that it is done. */
  async function typed(...words: readonly string[]): Promise<Said["json"]> {
    const { code, json, stderr } = await desk.as("olive", ...words);
    expect(code, stderr).to.equal(0);
    await catchUp();
    return json;
  }

  const publish = async (...words: readonly string[]): Promise<Hex> =>
    String((await typed("model", "publish", ...words))["id"]) as Hex;

  function words(config: object, key: Hex): readonly string[] {
    const file = desk.file("node.json", JSON.stringify({ port: 0, tariff, logLevel: "silent", ...config }));
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment, "--keystore", desk.keystore("olive")];
    return ["operator", "serve", "--config", file, "--signing-keystore", desk.keystore(key), ...chain];
  }

  const serve = async (config: object, key: Hex = secrets.olive): Promise<Serving> =>
    serving({ env }, ...words(config, key));

  /** What a node says that does not start. */
  const refused = async (config: object, key?: Hex): Promise<string> => (await rejection(serve(config, key))).message;

  /** Asks a node as alice, who accepts nothing that she has not verified. */
  async function ask({ url }: Serving, asked: Question): Promise<Record> {
    const means = { deployment: stage.deployment, contracts: contractsOf(stage, "alice"), fetch };
    const offer = await fetchOffer(
      { operator: addressed(actors.olive), endpoint: url },
      { ...means, clock: () => clock.now },
    );
    return makeClient(stage, "alice").ask(url, offer, asked);
  }

  /** Registers the enclave's key by its quote. @returns what was measured */
  async function attest(): Promise<Hex> {
    const { quote, measurement } = await quoteKey(stage, secret);
    const file = desk.file("quote", toHex(quote));
    await typed("operator", "key", "add", "--quote", file, "--signing-keystore", desk.keystore(secret));
    return measurement;
  }

  it("proves what a private network says", async () => {
    const id = await publish(IRIS, "--modes", "snark");
    const service = await serve({ models: [{ file: IRIS, modes: ["snark"], proofs: IRIS_PROOFS }] });
    const { input, output } = irisProof();
    const record = await ask(service, question(0, { modelId: id, mode: Mode.snark, input, outputUnits: 3 }));
    expect(record.output).to.equal(toHex(output));
    expect(fromHex(record.proof).length).to.be.greaterThan(1_000);
    expect((await service.stop()).code).to.equal(0);
  });

  it("answers in an enclave by the key that the enclave holds", async () => {
    const id = await publish(DIGITS, "--modes", "enclave");
    const config = { models: [{ file: DIGITS, modes: ["enclave"] }] };
    const measurement = await attest();
    await typed("model", "allow", id, measurement);
    const service = await serve(config, secret);
    const input = inputNumbered(3);
    const record = await ask(service, question(0, { modelId: id, mode: Mode.enclave, input, outputUnits: 10 }));
    expect(record.output).to.equal(toHex(run(published.model, input).output));
    expect(record.receipt).to.include({ signer: addressOf(secret), proofHash: NO_PROOF });
    await service.stop();
    await advance(1);
    // What was served is committed even where its model is not to be had any more.
    const gone = desk.file("gone.json", JSON.stringify({ tariff, models: [{ file: "gone", modes: ["enclave"] }] }));
    const signing = ["--signing-keystore", desk.keystore(secret)];
    expect((await typed("operator", "commit", "--config", gone, ...signing))["count"]).to.equal(1);
  });

  it("has a server answer that is measured with the node", async () => {
    const { name } = babbler;
    const id = await publish("--upstream", name, "--modes", "enclave");
    await typed("model", "allow", id, await attest());
    const upstream = await openUpstream();
    const service = await serve({ upstreams: [{ url: upstream.url, mode: "enclave", models: [{ name }] }] }, secret);
    const body = new TextEncoder().encode(JSON.stringify({ model: name, messages: [{ role: "user", content: "Hi" }] }));
    const record = await ask(service, question(0, { modelId: id, mode: Mode.enclave, input: body, outputUnits: 8 }));
    expect(record.receipt).to.include({ signer: addressOf(secret), proofHash: NO_PROOF });
    expect(JSON.parse(new TextDecoder().decode(fromHex(record.output)))).to.have.property("choices");
    const listed = (await (await fetch(`${service.url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(listed.data.map((model) => model.id)).to.deep.equal([name]);

    await desk.as("alice", "fund", addressed(actors.olive), "--amount", "5");
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment, "--keystore", desk.keystore("alice")];
    const prompt = ["ask", "--model", id, "--prompt", "Who are you?", "--records", desk.path("records"), ...chain];
    const person = { env, fetch: directed({ olive: service }) };
    const asked = await desk.type(person, ...prompt, "--name", name, "--json");
    expect(asked.code, asked.stderr).to.equal(0);
    expect(JSON.parse(asked.stdout)).to.include({ mode: "enclave" }).and.have.property("text");
    const surety = await Surety.connect({
      ...{ runner: actors.bob, secret: secrets.bob, deployment: stage.deployment, clock: () => clock.now },
      ...{ salt: () => secretNamed(`bob's ${salts++}`), fetch: person.fetch },
    });
    const ours = surety.openaiFetch({ mode: Mode.enclave });
    const openai = new OpenAI({ baseURL: ANY_OPERATOR, apiKey: "unused", maxRetries: 0, fetch: ours });
    const messages = [{ role: "user" as const, content: "stream this" }];
    let said = "";
    for await (const { choices } of await openai.chat.completions.create({ model: name, messages, stream: true })) {
      said += choices[0]?.delta.content ?? "";
    }
    expect(said).to.equal(babble("stream this").join(""));
    expect(surety.records.map(({ receipt }) => receipt.signer)).to.deep.equal([addressOf(secret)]);

    const nameless = await desk.type(person, ...prompt);
    expect([nameless.code, nameless.stderr]).to.deep.equal([
      2,
      "UsageError: say what its server calls that model: --name\n",
    ]);
  });

  it("starts no node whose answers in an enclave would be faults", async () => {
    const config = { models: [{ file: DIGITS, modes: ["enclave"] }] };
    expect(await refused(config, secret)).to.match(
      /^ModelNotPublishedError: .* for the mode enclave: have 0x\w+ publish/,
    );
    const id = await publish(DIGITS, "--modes", "enclave");
    expect(await refused(config)).to.match(/^KeyNotAttestedError: .*surety operator key add --quote/);
    const measurement = await attest();
    expect(await refused(config, secret)).to.include(`surety model allow ${id} ${measurement}`);
    const stolen = await desk.as("will", "model", "allow", id, measurement);
    expect(stolen.code).to.equal(2);
    await typed("model", "allow", id, measurement);
    expect((await typed("model", "allow", id, measurement))["steps"]).to.deep.equal([]);
    // The key is olive's, and another operator's node does not sign with it.
    const hers = config.models.map((model) => ({ ...model, publisher: addressed(actors.olive) }));
    expect(await refused({ models: hers, operator: addressed(actors.otto) }, secret)).to.match(
      /^KeyNotAttestedError: /,
    );
    await (await serve(config, secret)).stop();
  });

  it("names what a private network lacks", async () => {
    expect(await refused({ models: [{ file: DIGITS, modes: ["snark"] }] })).to.match(
      /^CircuitMissingError: no circuit here proves networks of 64-16-10, but of 4-6-3: /,
    );
    const snark = { file: IRIS, modes: ["snark"] };
    expect(await refused({ models: [{ ...snark, proofs: IRIS }] })).to.match(/^ProofFileError: not a file of proofs/);
    expect(await refused({ models: [snark] })).to.match(/^ModelNotPublishedError: /);
    expect(await refused({ models: [{ file: DIGITS, proofs: IRIS_PROOFS }] })).to.include("name it in modes");
    const both = await desk.as("olive", "model", "publish", IRIS, "--modes", "snark,signed");
    expect([both.code, both.stderr.includes("is one by itself")]).to.deep.equal([2, true]);
  });

  it("takes no server for measured with the node that is on another machine", async () => {
    for (const url of ["http://vllm:8000/v1", "https://127.0.0.1.example/v1", "http://10.0.0.1/v1"]) {
      const upstreams = [{ url, mode: "enclave", models: [{ name: "x" }] }];
      expect(await refused({ upstreams }, secret)).to.match(/^ConfigError: .*by a loopback address/s);
    }
  });

  it("says which packages proving takes, where they are not installed", async () => {
    await publish(IRIS, "--modes", "snark");
    const config = { models: [{ file: IRIS, modes: ["snark"], proofs: IRIS_PROOFS }] };
    const password = ["--password-file", desk.file("password", PASSWORD)];
    const { ended } = start(
      "src/cli/main.ts",
      [...words(config, secrets.olive), ...password, "--dry-run"],
      "test/support/withoutPeers.ts",
    );
    const { code, stderr } = await ended;
    expect(stderr).to.match(/^ProverMissingError: .*npm install @aztec\/bb\.js @noir-lang\/noir_js/);
    expect(code).to.equal(1);
  });
});
