import { expect } from "chai";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { roles } from "../support/governing.ts";
import { actors, advance, close, useStage } from "../support/stage.ts";

const DAY = 86_400n;

describe("surety govern", () => {
  const stage = useStage({ governance: roles.governance.address, guardian: roles.guardian.address });
  let desk: Desk;
  beforeEach(async () => {
    desk = close(await openDesk(stage));
  });
  const list = async () => (await desk.type({}, ...["govern", "list", "--network", desk.rpc], ...trusted())).stdout;
  const trusted = (): readonly string[] => ["--deployment", desk.deployment];

  it("proposes, lists, executes after the delay and not before it", async () => {
    expect(await list()).to.equal("Nothing is scheduled.\n");
    const words = ["escrow.setProtocolFee", "250"];
    const dry = await desk.as("wendy", "govern", "propose", ...words, "--dry-run");
    expect([dry.code, await list()], dry.stderr).to.deep.equal([0, "Nothing is scheduled.\n"]);

    const proposed = await desk.as("wendy", "govern", "propose", ...words);
    expect(proposed.json["what"], proposed.stderr).to.equal("escrow.setProtocolFee(250)");
    expect(BigInt(String(proposed.json["until"])) - BigInt(String(proposed.json["from"]))).to.equal(7n * DAY);
    expect(await list()).to.match(/^· escrow\.setProtocolFee\(250\) by 0x976EA7.*: from \d{4}-/);
    const early = await desk.as("wendy", "govern", "execute", ...words);
    expect([early.code, early.stderr])
      .to.deep.include(1)
      .and.satisfy(() => early.stderr.includes("AccessManagerNotReady"));

    await advance(2n * DAY);
    expect(await list()).to.match(/^✓ escrow\.setProtocolFee\(250\) by 0x976EA7.*: now, until \d{4}-/);
    const done = await desk.as("wendy", "govern", "execute", ...words);
    expect(done.code, done.stderr).to.equal(0);
    expect(await stage.contracts.escrow.protocolFeeBps()).to.equal(250n);
    expect(await list()).to.equal("Nothing is scheduled.\n");
  });

  it("takes back what was proposed, also what another who governs did", async () => {
    await desk.as("wendy", "govern", "propose", "bonds.setLeverage", "3");
    const guardian = await desk.as("will", "govern", "cancel", "bonds.setLeverage", "3", "--by", actors.wendy.address);
    expect(guardian.code).to.equal(1);
    expect(guardian.stderr).to.include("AccessManagerUnauthorizedCancel");
    expect((await desk.as("wendy", "govern", "cancel", "bonds.setLeverage", "3")).code).to.equal(0);
    expect(await list()).to.equal("Nothing is scheduled.\n");

    await desk.as("wendy", "govern", "propose", "authority.grantRole", "0", actors.bob.address, "172800");
    await advance(2n * DAY);
    await desk.as("wendy", "govern", "execute", "authority.grantRole", "0", actors.bob.address, "172800");
    await desk.as("wendy", "govern", "propose", "bonds.setLeverage", "3");
    const other = await desk.as("bob", "govern", "cancel", "bonds.setLeverage", "3", "--by", actors.wendy.address);
    expect(other.code, other.stderr).to.equal(0);
    expect(await list()).to.equal("Nothing is scheduled.\n");
  });

  it("reads contracts by their names, and structs and lists as JSON", async () => {
    const policy = { window: 604_800, slashBps: 600, priceMultiple: 1, compensationMultiple: 1, bountyBps: 1 };
    for (const [words, what] of [
      [["bonds.removeSlasher", "validityCourt"], `bonds.removeSlasher(${at("validityCourt")})`],
      [
        ["policies.set", "0", JSON.stringify({ ...policy, effectiveFrom: 1_900_000_000 })],
        "policies.set(0, 604800,600,1,1,1,1900000000)",
      ],
      [
        ["authority.setTargetFunctionRole", "bonds", '["0x12345678"]', "1"],
        `authority.setTargetFunctionRole(${at("bonds")}, 0x12345678, 1)`,
      ],
      [["authority.setTargetClosed", "bonds", "false"], `authority.setTargetClosed(${at("bonds")}, false)`],
    ] as const) {
      const { json, stderr } = await desk.as("wendy", "govern", "propose", ...words);
      expect(String(json["what"]).toLowerCase(), stderr).to.equal(what.toLowerCase());
    }
    function at(name: "validityCourt" | "bonds"): string {
      return stage.deployment.contracts[name];
    }
  });

  it("says what is wrong with a call", async () => {
    for (const [words, says] of [
      [["keys.register", "1"], /^ProposalError: there is no function keys\.register: name one of authority, bonds/],
      [["escrow.treasury"], /^ProposalError: there is no function escrow\.treasury/],
      [["bonds.setLeverage"], /^ProposalError: 0 arguments for bonds\.setLeverage\(uint8 leverage_\)/],
      [["bonds.setLeverage", "256"], /^ProposalError: not the arguments of bonds\.setLeverage\(uint8 leverage_\): /],
      [["policies.set", "0", "{"], /^ProposalError: not the arguments of policies\.set/],
    ] as const) {
      const { code, stderr } = await desk.as("wendy", "govern", "propose", ...words);
      expect(code).to.equal(1);
      expect(stderr).to.match(says);
    }
    const stranger = await desk.as("bob", "govern", "propose", "bonds.setLeverage", "3");
    expect(stranger.stderr).to.match(/^ChainError: AccessManagerUnauthorizedCall/);
  });

  it("has the guardian suspend, and nobody else", async () => {
    const wendy = await desk.as("wendy", "govern", "suspend", "604800");
    expect(wendy.stderr).to.match(/^ChainError: AccessManagedUnauthorized/);
    const env = { SURETY_PASSWORD: PASSWORD };
    const words = ["--network", desk.rpc, ...trusted(), "--keystore", desk.keystore("will")];
    const done = await desk.type({ env }, "govern", "suspend", "604800", ...words);
    expect(done.stdout, done.stderr).to.match(/^✓ suspend bonds for 7 days \(604800 s\): block/);
    expect(done.stdout).to.match(/^It ends by itself at \d{4}-/m);
    const again = await desk.as("will", "govern", "suspend", "1");
    expect(again.stderr).to.match(/^ChainError: SuspensionCoolingDown/);
  });
});
