import { expect } from "chai";
import { network } from "hardhat";
import { deploy } from "../../../deploy/deploy.ts";
import { localParameters } from "../../../deploy/parameters.ts";
import { checkDeployment } from "../../../src/chain/check.ts";
import { bringCollateral } from "../../../src/chain/collateral.ts";
import { IrisVerifier__factory } from "../../../typechain-types/index.ts";
import { changeLastByte } from "../../support/breaking.ts";
import { useChecked } from "../../support/checking.ts";
import { govern } from "../../support/governing.ts";
import { actors, addressed, advance, clock, close, contractsOf } from "../../support/stage.ts";
import { datesAround, makeCollateral } from "../../support/tdx.ts";

const DAY = 86_400n;
const WEEK = 7n * DAY;

describe("a check tells what a deployment is in:", () => {
  const checked = useChecked();
  const saysOf = async (name: string): Promise<string | undefined> =>
    (await checked.check()).rows.find((row) => row.part === "state" && row.name === name)?.says;

  for (const [chainId, standing] of [
    [8_453, "wrong"],
    [990_002, "notable"],
    [84_532, "right"],
  ] as const) {
    it(`the test token on chain ${chainId} is ${standing}`, async () => {
      const connection = await network.create({ network: "local", chainType: "l1", override: { chainId } });
      close(connection);
      const deployment = await deploy({ connection, parameters: localParameters });
      const { rows } = await checkDeployment({ deployment, provider: connection.ethers.provider });
      const token = rows.find((row) => row.part === "state" && row.name === "token");
      expect(token?.standing).to.equal(standing);
      expect(token?.says).to.equal("TUSD, 6 decimals: the test token, which anybody can make more of");
    });
  }

  it("another token by its name, and none where there is none", async () => {
    await changeLastByte(checked.at.token);
    expect(await saysOf("token")).to.equal("TUSD, 6 decimals");
    const contracts = { ...checked.at, token: addressed(actors.bob) };
    const lines = ["code: token", "wiring: bonds", "wiring: escrow", "state: token"];
    const deployment = { ...checked.stage.deployment, contracts };
    await checked.finds({ standing: "wrong", lines, says: /^there is no code at/ }, { deployment });
  });

  it("a suspension, until it ends", async () => {
    expect(await saysOf("suspension")).to.equal("never suspended");
    await contractsOf(checked.stage, "will").bonds.suspend(WEEK);
    const says = /^suspended until \d+: nobody enters, withdraws bond or is slashed$/;
    await checked.finds({ standing: "notable", lines: ["state: suspension"], says });
    await advance(WEEK);
    expect(await saysOf("suspension")).to.match(/^not suspended; it was from \d+ to \d+$/);
  });

  it("verifiers that are not ours, and ours where it is not admitted", async () => {
    await govern(checked.stage, ["snarkVerifiers", "admit", [checked.at.optimisticChecker]]);
    const other = new RegExp(`^${checked.at.optimisticChecker} was admitted at block \\d+, code 0x\\w{64}$`);
    await checked.finds({ standing: "notable", lines: ["state: verifiers"], says: other });
    const irisVerifier = addressed({
      address: await (await new IrisVerifier__factory(actors.bob).deploy()).getAddress(),
    });
    const deployment = { ...checked.stage.deployment, contracts: { ...checked.at, irisVerifier } };
    const says = /^the iris verifier is not admitted$/;
    await checked.finds({ standing: "wrong", lines: ["state: verifiers"], says }, { deployment });
  });

  it("Intel's word: fresh, about to end, and ended", async () => {
    expect(await saysOf("collateral")).to.match(/^nothing of Intel's is kept/);
    await bringCollateral(contractsOf(checked.stage, "olive").collateral, makeCollateral(datesAround(clock.now)));
    expect(await saysOf("collateral")).to.match(/^fresh: the first of 5 parts ends in /);
    const lines = ["state: collateral"];
    await advance(10n * DAY);
    await checked.finds({ standing: "notable", lines, says: / ends in \d/ });
    await advance(WEEK);
    await checked.finds({ standing: "notable", lines, says: / ended at \d+/ });
  });

  checked.everyLine("state");
});
