import { expect } from "chai";
import { network } from "hardhat";
import { deploy } from "../../deploy/deploy.ts";
import { parameterFile } from "../../deploy/parameterFile.ts";
import { localParameters } from "../../deploy/parameters.ts";
import type { Checked } from "../../src/chain/check.ts";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { changeLastByte } from "../support/breaking.ts";
import { type Desk, openDesk } from "../support/cli.ts";
import { actors, addressed, close, open, useStage } from "../support/stage.ts";

describe("surety check", () => {
  const stage = useStage();
  let desk: Desk;
  beforeEach(async () => {
    desk = close(await openDesk(stage));
  });

  /** A deployment as a checkout's parameters have it, on a chain of its own. */
  async function openFresh(): Promise<readonly string[]> {
    const connection = await network.create({ network: "local", chainType: "l1" });
    close(connection);
    const { roles: _, ...deployment } = await deploy({
      connection,
      parameters: localParameters,
      guardian: actors.will.address,
    });
    const { url } = await open(rpcHandler(connection.provider));
    const file = desk.file("fresh.json", serialiseDeployment(deployment));
    return ["check", "--network", url, "--deployment", file];
  }
  const people = [
    ...["--governance", actors.deployer.address, "--guardian", actors.will.address],
    ...["--treasury", actors.deployer.address],
  ];

  it("says of everything that it is right, over plain RPC and without a key", async () => {
    const words = await openFresh();
    const { code, stdout, stderr } = await desk.type({}, ...words, ...people);
    expect([code, stderr]).to.deep.equal([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).to.match(/^Chain 31337 at block \d+ \(0x\w{64}\), \d{4}-/);
    expect(lines.at(-1)).to.match(/^✓ nothing is wrong: \d+ as they should be, 0 worth a look$/);
    for (const line of lines.slice(1, -1)) expect(line).to.match(/^✓ (code|wiring|roles|parameters|state) /);
    expect(lines.length).to.be.greaterThan(60);
  });

  it("says what is worth a look, and what to do", async () => {
    const words = await openFresh();
    const { code, stdout } = await desk.type({}, ...words);
    expect(code).to.equal(0);
    expect(stdout).to.match(
      /^! roles +governance +governed by 0x\w{40}\n {4}do: say with --governance who should be$/m,
    );
    expect(stdout).to.match(/ 2 worth a look\n$/);
  });

  it("fails where something is wrong, and says so in JSON too", async () => {
    await changeLastByte(stage.deployment.contracts.ledger);
    const words = ["check", "--network", desk.rpc, "--deployment", desk.deployment, ...people];
    const { code, stdout } = await desk.type({}, ...words);
    expect(code).to.equal(1);
    expect(stdout).to.match(/^✗ code +ledger +its code is 0x\w{64}, not what/m);
    expect(stdout).to.match(/^ {4}do: use the deployment file/m);
    const json = await desk.type({}, ...words, "--json");
    expect(json.code).to.equal(1);
    const checked = JSON.parse(json.stdout) as Checked;
    expect(checked).to.deep.include({ isRight: false, chainId: "31337" });
    expect(checked.rows.filter(({ standing, part }) => standing === "wrong" && part === "code")).to.have.length(1);
  });

  it("reads at the block that is named, and knows its words", async () => {
    const words = await openFresh();
    const latest = JSON.parse((await desk.type({}, ...words, ...people, "--json")).stdout) as Checked;
    const block = latest.block - 1;
    const json = await desk.type({}, ...words, ...people, "--block", String(block), "--json");
    // The last thing that a deployment does is to give governance its role, and its delay with it.
    expect(JSON.parse(json.stdout)).to.deep.include({ block, isRight: false });
    const none = await desk.type({}, "check", "--network", desk.rpc, "--deployment", desk.path("none.json"));
    expect(none.code).to.equal(1);
    expect(none.stderr).to.match(/^FileError: /);
    for (const wrong of [["--governance", "me"], ["--block", "-1"], ["more"]]) {
      expect((await desk.type({}, ...words, ...wrong)).code, wrong.join(" ")).to.equal(2);
    }
  });

  it("holds it to the file of parameters that is named, and to the network's own otherwise", async () => {
    const words = await openFresh();
    const other = desk.file("other.json", JSON.stringify({ extends: parameterFile("local"), leverage: 3 }));
    const { code, stdout } = await desk.type({}, ...words, ...people, "--parameters", other);
    expect(code).to.equal(1);
    expect(stdout).to.match(/^✗ parameters +leverage +deployed with 2, the file says 3$/m);
    expect(stdout.match(/^✗/gm)).to.have.length(2);
    const none = await desk.type({}, ...words, "--parameters", desk.path("none.json"));
    expect(none.code).to.equal(1);
    expect(none.stderr).to.match(/^ParametersError: .*none\.json is no file of parameters/);
  });

  it("says of a token that is none what is wrong with it", async () => {
    const contracts = { ...stage.deployment.contracts, token: addressed(actors.will) };
    const file = desk.file("tokenless.json", serialiseDeployment({ ...stage.deployment, contracts }));
    const { code, stdout, stderr } = await desk.type({}, "check", "--network", desk.rpc, "--deployment", file);
    expect([code, stderr]).to.deep.equal([1, ""]);
    expect(stdout).to.match(/^✗ state +token +there is no code at its address$/m);
  });
});
