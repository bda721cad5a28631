import { expect } from "chai";
import { addressOf } from "../../src/core/signatures.ts";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { secretNamed } from "../support/constants.ts";
import { actors, addressed, advance, BOND, close, contractsOf, useStage } from "../support/stage.ts";

const AT = "https://node.example";

describe("surety operator", () => {
  const stage = useStage();
  let desk: Desk;
  beforeEach(async () => (desk = close(await openDesk(stage))));

  async function register(): Promise<void> {
    const { code, stderr } = await desk.as("will", "operator", "register", "--commission", "10", "--endpoint", AT);
    expect([code, stderr]).to.deep.equal([0, ""]);
  }

  it("registers, changes what can change, and has nothing to do the second time", async () => {
    const { bonds } = contractsOf(stage, "will");
    await register();
    expect(await bonds.payoutOf(actors.will.address)).to.equal(actors.will.address);
    expect((await bonds.commissionOf(actors.will.address)).current).to.equal(1_000n);
    const again = await desk.as("will", "operator", "register", "--commission", "10", "--endpoint", `${AT}/`);
    expect(again.json["steps"]).to.deep.equal([]);

    const bob = actors.bob.address;
    const changed = await desk.as("will", "operator", "register", "--commission", "7.25", "--payout", bob);
    expect(changed.json["steps"]).to.have.length(2);
    expect(await bonds.payoutOf(actors.will.address)).to.equal(bob);
    const { next, from } = await bonds.commissionOf(actors.will.address);
    expect(next).to.equal(725n);
    expect(changed.json["commissionFrom"]).to.equal(String(from));

    const moved = await desk.as("will", "operator", "register", "--endpoint", "https://elsewhere.example");
    expect(moved.code).to.equal(2);
    expect(moved.stderr).to.include(`the endpoint stays ${AT}`);
  });

  it("bonds in one transaction by permit, and with an approval where one is there already", async () => {
    await register();
    const { bonds, token } = contractsOf(stage, "will");
    const poor = await desk.as("will", "operator", "bond", "--amount", "100");
    expect(poor.code).to.equal(1);
    expect(poor.stderr).to.match(/^ChainError: the account has 0 TUSD, 100 TUSD are needed: get more/);
    await desk.as("will", "faucet", "--amount", "150.5");
    const bonded = await desk.as("will", "operator", "bond", "--amount", "100.25");
    expect(bonded.json["steps"], bonded.stderr).to.have.length(1);
    expect((await bonds.operatorOf(actors.will.address)).own.assets).to.equal(100_250_000n);
    expect(await token.allowance(actors.will.address, stage.deployment.contracts.bonds)).to.equal(0n);
    await token.approve(stage.deployment.contracts.bonds, 50_000_000n);
    await desk.as("will", "operator", "bond", "--amount", "50");
    expect((await bonds.operatorOf(actors.will.address)).own.assets).to.equal(150_250_000n);
  });

  it("asks bond back, waits, and withdraws what is mature", async () => {
    const { token, bonds } = contractsOf(stage, "olive");
    const asked = await desk.as("olive", "operator", "unbond", "--amount", "250.000001");
    expect(asked.json["worth"], asked.stderr).to.equal("250000001");
    const early = await desk.as("olive", "operator", "withdraw");
    expect([early.code, early.json["steps"], early.json["paid"]]).to.deep.equal([0, [], "0"]);
    await desk.as("olive", "operator", "unbond", "--all");
    expect((await bonds.operatorOf(actors.olive.address)).own.active).to.equal(0n);
    await advance(await bonds.unbondingDelay());
    const out = await desk.as("olive", "operator", "withdraw");
    expect(out.json["paid"], out.stderr).to.equal(String(BOND));
    expect(await token.balanceOf(actors.olive.address)).to.equal(BOND);
    const none = await desk.as("olive", "operator", "unbond", "--amount", "1");
    expect(none.code).to.equal(2);
    expect(none.stderr).to.include("nothing that could be asked back");
  });

  it("registers signing keys, once and for one operator, and announces their end", async () => {
    const { keys } = contractsOf(stage, "will");
    const secret = secretNamed("will's node");
    const key = addressOf(secret);
    const add = ["operator", "key", "add", "--signing-keystore", desk.keystore(secret)];
    await desk.as("will", ...add);
    expect((await keys.get(key)).operator).to.equal(actors.will.address);
    expect((await desk.as("will", ...add)).json["steps"]).to.deep.equal([]);
    const stolen = await desk.as("otto", ...add);
    expect(stolen.code).to.equal(2);
    expect(stolen.stderr).to.include(`is ${actors.will.address}'s for ever`);

    const ended = await desk.as("will", "operator", "key", "end", key);
    expect(ended.code, ended.stderr).to.equal(0);
    const { validUntil } = await keys.get(key);
    expect(ended.json["until"]).to.equal(String(validUntil));
    expect((await desk.as("will", "operator", "key", "end", key)).json["steps"]).to.deep.equal([]);
    const foreign = await desk.as("otto", "operator", "key", "end", key);
    expect(foreign.code).to.equal(1);
    expect(foreign.stderr).to.include("KeyNotOwned");
  });

  it("names an agent for both of its works", async () => {
    const { ledger, escrow } = contractsOf(stage, "olive");
    const named = await desk.as("olive", "operator", "agent", actors.will.address);
    expect(named.json["steps"]).to.have.length(2);
    expect(await ledger.agentOf(actors.olive.address)).to.equal(actors.will.address);
    expect(await escrow.agentOf(actors.olive.address)).to.equal(actors.will.address);
    expect((await desk.as("olive", "operator", "agent", actors.will.address)).json["steps"]).to.deep.equal([]);
  });

  it("stops between two transactions where it is interrupted, and goes on from there", async () => {
    const { ledger, escrow } = contractsOf(stage, "olive");
    const controller = new AbortController();
    // Ctrl-C while the first one is under way.
    const person = { env: { SURETY_PASSWORD: PASSWORD }, answers: [], signal: controller.signal };
    const words = ["operator", "agent", actors.will.address, "--keystore", desk.keystore("olive")];
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment];
    const stopped = await desk.type({ ...person, told: () => controller.abort() }, ...words, ...chain);
    expect([stopped.code, stopped.stdout], stopped.stderr).to.deep.equal([130, ""]);
    expect(stopped.stderr).to.match(/InterruptedError: .*run the same command again/);
    expect(await ledger.agentOf(actors.olive.address)).to.equal(actors.will.address);
    expect(await escrow.agentOf(actors.olive.address)).not.to.equal(actors.will.address);
    const again = await desk.as("olive", "operator", "agent", actors.will.address);
    expect(again.json["steps"]).to.have.length(1);
    expect(await escrow.agentOf(actors.olive.address)).to.equal(actors.will.address);
  });

  it("shows how it stands", async () => {
    await desk.as("olive", "operator", "unbond", "--amount", "200");
    const { json } = await desk.as("olive", "operator", "status");
    expect(json).to.deep.include({ operator: addressed(actors.olive), debt: "0", committed: "0", cover: "800000000" });
    expect(json["own"]).to.deep.equal({ active: "800000000", leaving: "200000000" });
    expect(json["tickets"]).to.have.length(1);
    expect(json["keys"]).to.have.length(1);
    expect(json["models"]).to.have.length(1);
    const words = await desk.type(
      {},
      ...["operator", "status", actors.olive.address, "--network", desk.rpc, "--deployment", desk.deployment],
    );
    expect(words).to.include({ code: 0, stderr: "" });
    expect(words.stdout).to.match(/^own bond +800 TUSD, and 200 TUSD leaving$/m);
    expect(words.stdout).to.match(/^credit +unproven/m);
    expect(words.stdout).to.match(/^signing key +0x\w+ from 20\S+Z \(\d+\), without end$/m);
    expect(words.stdout).to.match(/^ticket +\d+, from 20\S+Z \(\d+\) on$/m);
  });

  it("changes nothing in a dry run, and says what it would cost", async () => {
    const { bonds, token } = contractsOf(stage, "olive");
    await token.faucet(BOND);
    const before = [await bonds.operatorOf(actors.olive.address), await token.balanceOf(actors.olive.address)];
    for (const words of [
      ["operator", "bond", "--amount", "100"],
      ["operator", "unbond", "--all"],
      ["operator", "agent", actors.will.address],
      ["operator", "register", "--commission", "1"],
    ]) {
      const dry = await desk.as("olive", ...words, "--dry-run");
      expect([dry.code, dry.json["dryRun"]], dry.stderr).to.deep.equal([0, true]);
      const steps = dry.json["steps"] as readonly { gas: string; transaction: unknown }[];
      expect(steps).not.to.be.empty;
      for (const { gas, transaction } of steps) expect([Number(gas) > 21_000, transaction]).to.deep.equal([true, null]);
    }
    const refused = await desk.as("olive", "operator", "bond", "--amount", "5000", "--dry-run");
    expect(refused.code).to.equal(1);
    const after = [await bonds.operatorOf(actors.olive.address), await token.balanceOf(actors.olive.address)];
    expect(after).to.deep.equal(before);
    expect((await bonds.commissionOf(actors.olive.address)).next).to.equal(1_000n);
    const { stdout } = await desk.type(
      { env: { SURETY_PASSWORD: PASSWORD } },
      ...["operator", "bond", "--amount", "1", "--dry-run", "--keystore", desk.keystore("olive")],
      ...["--network", desk.rpc, "--deployment", desk.deployment],
    );
    expect(stdout).to.match(/^✓ bond 1 TUSD: would use \d+ gas\nNothing was sent\. It would cost about 0\.\d+ of/);
  });

  it("pays the fees that it earned, and says so where there are none", async () => {
    const none = await desk.as("olive", "operator", "earnings");
    expect([none.code, none.json["steps"]]).to.deep.equal([0, []]);
  });
});
