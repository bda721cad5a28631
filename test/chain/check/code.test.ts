import { expect } from "chai";
import { codeHashesOf } from "../../../src/chain/check.ts";
import { type Deployment, parseDeployment, serialiseDeployment } from "../../../src/chain/deployment.ts";
import { changeLastByte, replaceFirstWord } from "../../support/breaking.ts";
import { namesOf, useChecked } from "../../support/checking.ts";
import { actors, addressed, chain } from "../../support/stage.ts";

const { bob: stranger } = actors;

describe("a check finds code that is not from these sources:", () => {
  const checked = useChecked();

  const contracts = [
    ...["authority", "bonds", "collateral", "keys", "models", "ledger", "escrow", "credit", "policies"],
    ...["disclosureCourt", "equivocationCourt", "validityCourt", "enclaveChecker", "snarkVerifiers"],
    ...["snarkChecker", "optimisticChecker"],
  ] as (keyof Deployment["contracts"])[];
  for (const name of contracts) {
    it(`a byte of ${name}`, async () => {
      await changeLastByte(checked.at[name]);
      await checked.finds({
        standing: "wrong",
        lines: [`code: ${name}`],
        says: /^its code is 0x\w{64}, not what these sources give/,
      });
    });
  }

  it("a byte of the iris verifier, which is admitted by its code", async () => {
    await changeLastByte(checked.at.irisVerifier);
    await checked.finds({
      standing: "wrong",
      lines: ["code: irisVerifier", "state: verifiers"],
      says: /not what these sources give/,
    });
  });

  it("a byte of what reads Intel's texts", async () => {
    await changeLastByte(await checked.stage.contracts.collateral.texts());
    await checked.finds({ standing: "wrong", lines: ["code: texts"], says: /not what these sources give/ });
  });

  it("an immutable that is another in one of its places", async () => {
    await replaceFirstWord(checked.at.validityCourt, checked.at.escrow, checked.at.models);
    const { rows } = await checked.check();
    expect(namesOf(rows.filter(({ standing }) => standing === "wrong"))).to.include("code: validityCourt");
  });

  it("what is not what was deployed, by the deployment file", async () => {
    const codeHashes = await codeHashesOf(checked.stage.deployment, chain);
    expect(Object.keys(codeHashes)).to.have.members(Object.keys(checked.at));
    const recorded = parseDeployment(serialiseDeployment({ ...checked.stage.deployment, codeHashes }));
    expect((await checked.check({ deployment: recorded })).isRight).to.be.true;
    for (const name of ["token", "bonds"] as const) {
      const other = { ...recorded, codeHashes: { ...codeHashes, [name]: codeHashes["keys"] ?? "0x" } } as Deployment;
      await checked.finds(
        { standing: "wrong", lines: [`code: ${name}`], says: /the deployment file says 0x/ },
        { deployment: other },
      );
    }
  });

  it("the code of another version, which is what was deployed", async () => {
    await changeLastByte(checked.at.models);
    const deployment = { ...checked.stage.deployment, codeHashes: await codeHashesOf(checked.stage.deployment, chain) };
    await checked.finds(
      { standing: "wrong", lines: ["code: models"], says: /it is what was deployed$/ },
      { deployment },
    );
  });

  for (const name of ["token", "escrow", "snarkVerifiers", "irisVerifier"] as const) {
    it(`none at all where the file has ${name}`, async () => {
      const contracts = { ...checked.at, [name]: addressed(stranger) };
      const { rows, isRight } = await checked.check({ deployment: { ...checked.stage.deployment, contracts } });
      expect(isRight).to.be.false;
      const code = rows.find((row) => row.part === "code" && row.name === name);
      expect(code?.says).to.equal(`there is no code at ${addressed(stranger)}`);
    });
  }

  checked.everyLine("code");
});
