import { expect } from "chai";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { actors, addressed, advance, close, contractsOf, FUNDS, useStage } from "../support/stage.ts";

const DAY = 86_400n;

describe("surety for those who pay and delegate", () => {
  const stage = useStage();
  const olive = actors.olive.address;
  let desk: Desk;
  beforeEach(async () => (desk = close(await openDesk(stage))));

  it("shows an operator, asks, and delegates in one transaction", async () => {
    await desk.as("will", "faucet", "--amount", "700");
    const words = ["delegate", olive, "--amount", "500.5", "--keystore", desk.keystore("will")];
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment];
    const env = { SURETY_PASSWORD: PASSWORD };
    const unasked = await desk.type({ env }, ...words, ...chain);
    expect(unasked.code).to.equal(2);
    expect(unasked.stderr).to.include("say --yes");
    const refused = await desk.type({ env, answers: ["n"] }, ...words, ...chain);
    expect([refused.code, refused.stdout]).to.deep.equal([2, ""]);
    const { bonds } = contractsOf(stage, "will");
    const held = async (): Promise<bigint> => (await bonds.positionOf(olive, actors.will.address))[1];
    expect(await held()).to.equal(0n);
    const dry = await desk.type({ env }, ...words, ...chain, "--dry-run");
    expect(dry.code, dry.stderr).to.equal(0);
    expect(dry.stdout).to.include("Nothing was sent.");
    expect(await held()).to.equal(0n);

    const done = await desk.type({ env, answers: ["y"] }, ...words, ...chain);
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stderr)
      .to.match(/^credit +unproven/m)
      .and.match(/^commission +10 %$/m)
      .and.match(/^debt +0 TUSD$/m);
    expect(done.stderr)
      .to.match(/^cover +1000 TUSD$/m)
      .and.include("Delegate 500.5 TUSD? [y/N]");
    expect(done.stdout).to.include("✓ delegate 500.5 TUSD to 0x3C44");
    expect(await held()).to.equal(500_500_000n);
  });

  it("delegates as far as there is room", async () => {
    await desk.as("will", "faucet", "--amount", "5000");
    const { json, stderr } = await desk.as("will", "delegate", olive, "--amount", "3000", "--yes");
    expect(json["amount"], stderr).to.equal("1000000000");
    const full = await desk.as("will", "delegate", olive, "--amount", "1", "--yes");
    expect(full.code).to.equal(1);
    expect(full.stderr).to.include("DelegationFull");
  });

  it("asks back what was delegated, and withdraws it when it is mature", async () => {
    await desk.as("will", "faucet", "--amount", "10");
    await desk.as("will", "delegate", olive, "--amount", "10", "--yes");
    const some = await desk.as("will", "undelegate", olive, "--amount", "2.5");
    expect(some.json["worth"], some.stderr).to.equal("2500000");
    const more = await desk.as("will", "undelegate", olive, "--amount", "8");
    expect(more.code).to.equal(2);
    expect(more.stderr).to.include("there are 7.5 TUSD to ask back");
    for (const [both, none] of [[["--all", "--amount", "1"], []]] as const) {
      expect((await desk.as("will", "undelegate", olive, ...both)).code).to.equal(2);
      expect((await desk.as("will", "undelegate", olive, ...none)).code).to.equal(2);
    }
    await desk.as("will", "undelegate", olive, "--all");
    expect((await desk.as("will", "withdraw", olive)).json["paid"]).to.equal("0");
    await advance(21n * DAY);
    expect((await desk.as("will", "withdraw", olive)).json["paid"]).to.equal("10000000");
    expect(await contractsOf(stage, "will").token.balanceOf(actors.will.address)).to.equal(10_000_000n);
  });

  it("funds an account, for the account's own key and for another", async () => {
    const { escrow } = contractsOf(stage, "alice");
    const alice = actors.alice.address;
    const own = await desk.as("alice", "fund", olive, "--amount", "3");
    expect(own.json["balance"], own.stderr).to.equal("3000000");
    expect((await escrow.account(alice, olive, alice)).balance).to.equal(3_000_000n);
    await desk.as("alice", "fund", olive, "--amount", "2", "--request-keystore", desk.keystore("bob"));
    expect((await escrow.account(alice, olive, actors.bob.address)).balance).to.equal(2_000_000n);
    const nobody = await desk.as("alice", "fund", actors.will.address, "--amount", "1");
    expect(nobody.code).to.equal(2);
    expect(nobody.stderr).to.include("is no operator");
    const poor = await desk.as("will", "fund", olive, "--amount", "1");
    expect(poor.code).to.equal(1);
    expect(poor.stderr).to.include("get more of the token first");
  });

  it("takes money out in two steps, and says when the second can be taken", async () => {
    const { escrow, token } = contractsOf(stage, "alice");
    const alice = actors.alice.address;
    await desk.as("alice", "fund", olive, "--amount", "3");
    const refund = async (...words: readonly string[]) => desk.as("alice", "refund", olive, ...words);
    const thaw = await refund("--amount", "2");
    const { amount, maturesAt } = await escrow.thawOf(alice, olive, alice);
    expect([amount, thaw.json["maturesAt"]]).to.deep.equal([2_000_000n, String(maturesAt)]);
    expect((await refund()).json["steps"]).to.deep.equal([]);
    const other = await refund("--amount", "1");
    expect(other.code).to.equal(2);
    expect(other.stderr).to.include("2 TUSD are thawing");
    await refund("--cancel");
    expect((await escrow.thawOf(alice, olive, alice)).amount).to.equal(0n);
    expect((await refund("--cancel")).json["steps"]).to.deep.equal([]);
    await refund();
    await advance(16n * DAY);
    const before = await token.balanceOf(alice);
    const out = await refund();
    expect(out.json["refunded"], out.stderr).to.equal("3000000");
    expect((await token.balanceOf(alice)) - before).to.equal(3_000_000n);
    // A thaw that has lapsed starts anew.
    await desk.as("alice", "fund", olive, "--amount", "1");
    await refund();
    await advance(18n * DAY);
    const again = await refund();
    expect(again.json["amount"], again.stderr).to.equal("1000000");
    expect(BigInt(String(again.json["maturesAt"]))).to.be.greaterThan(maturesAt);
  });

  it("shows an account, and gets test tokens", async () => {
    const { json } = await desk.as("alice", "account", "show");
    expect(json).to.deep.include({ address: addressed(actors.alice), tokens: String(8n * FUNDS), awards: "0" });
    const much = await desk.as("alice", "faucet", "--amount", "1000001");
    expect(much.code).to.equal(1);
    expect(much.stderr).to.include("FaucetLimitExceeded");
    const words = await desk.type(
      {},
      ...["account", "show", actors.bob.address, "--network", desk.rpc, "--deployment", desk.deployment],
    );
    expect(words.stdout).to.match(/^tokens +80 TUSD$/m);
  });

  it("shows an operator's credit and the facts behind it", async () => {
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment];
    const { stdout, code } = await desk.type({}, "credit", olive, ...chain);
    expect(code).to.equal(0);
    expect(stdout).to.include("S 0 TUSD, P 0.2 TUSD, K 10, F 0 TUSD: 0.").and.include("It was never slashed.");
    const stranger = await desk.type({}, "credit", actors.will.address, ...chain);
    expect(stranger.code).to.equal(2);
    expect(stranger.stderr).to.include("is no operator");
  });

  it("has nothing to claim where nothing was awarded", async () => {
    expect((await desk.as("will", "claim")).json["steps"]).to.deep.equal([]);
  });
});
