import { readFileSync } from "node:fs";
import { expect } from "chai";
import { getAddress, type Result } from "ethers";
import { parseAgentFile } from "../../src/core/agentFile.ts";
import { type Bundle, write } from "../../src/core/records.ts";
import { type AgentStage, openAgents, registerAgent, registryOf } from "../support/agents.ts";
import { forge, Library, type Lie } from "../support/forge.ts";
import { type Desk, openDesk, type Said } from "../support/cli.ts";
import { actors, addressed, advance, catchUp, close, endpointOf, makeWatcher, useStage } from "../support/stage.ts";

const DAY = 86_400n;

describe("surety erc8004", () => {
  const stage = useStage();
  const olive = addressed(actors.olive);
  let desk: Desk;
  let agents: AgentStage;

  beforeEach(async () => {
    agents = await openAgents(stage);
    desk = close(await openDesk({ deployment: agents.deployment, contracts: stage.contracts }));
    await registerAgent(agents, "will");
  });

  async function as(who: keyof typeof actors, ...words: readonly string[]): Promise<Said> {
    return desk.as(who, "erc8004", ...words);
  }

  async function link(): Promise<string> {
    const agentId = String(await registerAgent(agents, "olive"));
    const linked = await as("olive", "link", agentId);
    expect([linked.code, linked.json["agentId"]], linked.stderr).to.deep.equal([0, agentId]);
    return agentId;
  }

  /** What stands in the registry of feedback under an agent, of one fact. */
  async function standing(agentId: string, name: string): Promise<readonly [bigint, bigint, bigint]> {
    const client = agents.deployment.erc8004?.publisher;
    const [count, value, decimals] = (await agents.reputation
      .getFunction("getSummary")
      .staticCall(agentId, [client], "surety", name)) as [bigint, bigint, bigint];
    return [count, value, decimals];
  }

  it("links an operator to its agent once, and to nobody else's", async () => {
    const stolen = await as("olive", "link", "0");
    expect(stolen.code).to.equal(1);
    expect(stolen.stderr).to.match(/^ChainError: NotTheAgents .*name an agent whose owner or wallet/);
    const agentId = await link();
    expect((await as("olive", "link", agentId)).json["steps"]).to.deep.equal([]);
    const other = await as("olive", "link", String(await registerAgent(agents, "olive")));
    expect(other.code).to.equal(1);
    expect(other.stderr).to.match(/^ChainError: StillLinked .*keep the agent/);
  });

  it("publishes every fact of an operator by anyone's hand, and says when it need not", async () => {
    const agentId = await link();
    const tried = await as("will", "publish", olive, "--dry-run");
    expect(tried.code, tried.stderr).to.equal(0);
    expect((await standing(agentId, ""))[0]).to.equal(0n);

    const published = await as("will", "publish", olive);
    expect(published.json, published.stderr).to.deep.include({ agentId });
    expect(await standing(agentId, "score")).to.deep.equal([1n, 0n, 3n]);
    expect(await standing(agentId, "proven")).to.deep.equal([1n, 0n, 0n]);
    expect(await standing(agentId, "cover")).to.deep.equal([1n, 1_000_000_000n, 6n]);
    expect((await standing(agentId, ""))[0]).to.equal(6n);
    expect((await as("will", "publish", olive)).json["steps"]).to.deep.equal([]);

    // She takes half of her bond back: that is new, but not worse than a day can wait.
    await desk.as("olive", "operator", "unbond", "--amount", "500");
    const soon = await as("will", "publish", olive);
    expect(soon.code).to.equal(1);
    expect(soon.stderr).to.match(/^ChainError: TooSoon .*only what has become worse does not wait/);
    const shown = await as("will", "show", olive);
    expect(shown.json).to.deep.include({ operator: olive, agentId, obstacle: "TooSoon" });
    await advance(DAY);
    await as("will", "publish", olive);
    expect(await standing(agentId, "cover")).to.deep.equal([1n, 500_000_000n, 6n]);
    expect((await standing(agentId, ""))[0]).to.equal(6n);
  });

  it("publishes nothing of who is no agent", async () => {
    const refused = await as("will", "publish", olive);
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.match(/^ChainError: NotLinked .*surety erc8004 link/);
    const shown = await as("will", "show", olive);
    expect(shown.json).to.deep.include({ agentId: null, publishedAt: null, obstacle: "NotLinked" });
  });

  it("takes back what stands under an agent that was sold, and nothing else", async () => {
    const agentId = await link();
    expect((await as("will", "retract", agentId)).json["steps"]).to.deep.equal([]);
    await as("will", "publish", olive);
    const kept = await as("olive", "retract", agentId);
    expect(kept.code).to.equal(1);
    expect(kept.stderr).to.match(/^ChainError: CanBePublished .*what is bad is not taken back/);
    await registryOf(agents.identity, "olive").getFunction("transferFrom")(
      actors.olive.address,
      actors.will.address,
      agentId,
    );
    const back = await as("bob", "retract", agentId);
    expect(back.code, back.stderr).to.equal(0);
    expect((await standing(agentId, ""))[0]).to.equal(0n);
  });

  it("shows an operator's facts to people", async () => {
    await link();
    await as("will", "publish", olive);
    const words = ["erc8004", "show", olive, "--network", desk.rpc, "--deployment", desk.deployment];
    const { stdout, stderr, code } = await desk.type({}, ...words);
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout)
      .to.match(/^agent +1$/m)
      .and.match(/^score +0 of 1000, unproven$/m)
      .and.match(/^cover +1000 TUSD$/m)
      .and.match(/^facts stand +since 20/m)
      .and.match(/^publish +need not be called: what stands is true$/m);
  });

  it("writes the registration file, of the linked agent or of one that is to be", async () => {
    const names = ["--name", "Olive", "--description", "Digits."];
    const before = await as("olive", "file", ...names, "--agent", "7", "--x402");
    expect(before.code, before.stderr).to.equal(0);
    const registry = `eip155:31337:${agents.deployment.erc8004?.identity}`;
    expect(parseAgentFile(before.stdout)).to.deep.include({
      registrations: [{ agentId: 7, agentRegistry: registry }],
      x402Support: true,
    });
    const agentId = await link();
    const out = desk.path("agent.json");
    const made = await as("olive", "file", olive, ...names, "--image", "https://olive.example/o.png", "--out", out);
    expect(made.code, made.stderr).to.equal(0);
    const file = parseAgentFile(readFileSync(out, "utf8"));
    expect(file.registrations).to.deep.equal([{ agentId: Number(agentId), agentRegistry: registry }]);
    expect(file.services[0]?.endpoint).to.equal(`${endpointOf("olive")}/v1`);
    expect(file["surety"]).to.deep.include({
      operator: `eip155:31337:${olive}`,
      publisher: `eip155:31337:${agents.deployment.erc8004?.publisher}`,
    });
    const twice = await as("olive", "file", olive, ...names, "--out", out);
    expect(twice.stderr).to.match(/^FileError: .*is there already/);
  });

  describe("answers an agent's question about a receipt", () => {
    /** A bundle of a receipt that olive has committed. */
    async function commit(lie: Lie): Promise<{ readonly file: string; readonly library: Library }> {
      const library = new Library();
      const record = forge(stage, lie);
      const root = await library.commit(stage, [record]);
      await catchUp();
      const { chainId, contracts } = stage.deployment;
      const { escrow, ledger } = contracts;
      const inclusion = { root, proof: [] };
      const bundle: Bundle = { format: "surety-bundle-1", chainId, escrow, ledger, record, inclusion };
      return { file: desk.file("bundle.json", write(bundle)), library };
    }

    it("with 100 once nobody can prove it wrong", async () => {
      const agentId = await link();
      const { file } = await commit({});
      const foreign = await as("will", "ask", file);
      expect(foreign.code).to.equal(1);
      const asked = await as("olive", "ask", file, "--uri", "https://olive.example/v1/records/0x");
      expect(asked.json, asked.stderr).to.deep.include({ agentId });
      expect((await as("olive", "ask", file)).json["steps"]).to.deep.equal([]);
      const early = await as("will", "answer", file);
      expect(early.code).to.equal(1);
      expect(early.stderr).to.match(/^ChainError: StillOpen .*wait until/);
      await advance(11n * DAY);
      // Units that are not the receipt's own.
      const foreignUnit = await as("will", "answer", file, "--contested-from", "1000000000000");
      expect(foreignUnit.code).to.equal(1);
      expect(foreignUnit.stderr).to.match(/^ChainError: UnitsNotIts .*name a unit of the receipt's own/);
      const answered = await as("will", "answer", file);
      expect(answered.json["response"], answered.stderr).to.equal("100");
      expect((await as("will", "answer", file)).json).to.deep.include({ steps: [], response: null });
      const status = (await agents.validation
        .getFunction("getValidationStatus")
        .staticCall(asked.json["requestHash"])) as Result;
      expect(status.toArray().slice(0, 5)).to.deep.equal([
        getAddress(agents.deployment.erc8004?.validator ?? ""),
        BigInt(agentId),
        100n,
        "0x".padEnd(66, "0"),
        "surety:unchallenged",
      ]);
    });

    it("with 0 once it was punished", async () => {
      await link();
      const { file, library } = await commit({ trace: () => ({ hidden: [] }) });
      await as("olive", "ask", file, "--salt", "0x".padEnd(66, "5"));
      const watcher = makeWatcher(stage, "wendy", library.fetch);
      for (const finding of (await watcher.inspect(0)).findings) await watcher.prosecute(finding);
      const unasked = await as("will", "answer", file);
      expect(unasked.code).to.equal(1);
      const answered = await as("will", "answer", file, "--salt", "0x".padEnd(66, "5"));
      expect(answered.json["response"], answered.stderr).to.equal("0");
    });

    it("only where the bundle says in which batch it is, and the chain has a registry", async () => {
      const { file } = await commit({});
      const { inclusion: _, ...rest } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
      const loose = await as("will", "answer", desk.file("loose.json", JSON.stringify(rest)));
      expect(loose.stderr).to.match(/^RecordError: the bundle does not say in which batch/);
      const bare = await close(await openDesk(stage)).as("will", "erc8004", "answer", file);
      expect(bare.stderr).to.match(/^DeploymentError: .*no registry of validations/);
    });
  });

  it("says that a deployment has nothing of ERC-8004", async () => {
    const bareDesk = close(await openDesk(stage));
    const bare = await bareDesk.as("will", "erc8004", "publish", olive);
    expect(bare.code).to.equal(1);
    expect(bare.stderr).to.match(/^DeploymentError: .*nothing of ERC-8004: add it with `surety deploy --erc8004`/);
  });
});
