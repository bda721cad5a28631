import { expect } from "chai";
import { ChainError } from "../../src/chain/errors.ts";
import { overwriteEntry } from "../support/breaking.ts";
import { namesOf, notRight, useChecked, withAnswers } from "../support/checking.ts";
import { govern } from "../support/governing.ts";
import { chain, rejectionOf } from "../support/stage.ts";

describe("a check of a deployment", () => {
  const checked = useChecked();

  it("finds nothing wrong with a fresh one, at the latest block", async () => {
    const found = await checked.check();
    expect(notRight(found)).to.be.empty;
    expect(found).to.deep.include({ isRight: true, chainId: 31_337n, block: await chain.getBlockNumber() });
    expect(new Set(namesOf(found.rows)).size).to.equal(found.rows.length);
  });

  it("reads all of it at the block that is asked for", async () => {
    const block = await chain.getBlockNumber();
    await govern(checked.stage, ["bonds", "setLeverage", [4n]]);
    await overwriteEntry(checked.at.bonds, checked.at.validityCourt, () => 0n);
    const before = await checked.check({ block });
    expect(before).to.deep.include({ block, isRight: true });
    expect(notRight(before)).to.be.empty;
    expect((await checked.check()).isRight).to.be.false;
  });

  it("says so where the block is taken back meanwhile, and where it is another chain", async () => {
    let asked = 0;
    const provider = withAnswers("getBlock", async (answer, [block]) =>
      asked++ === 0 ? answer() : chain.getBlock(Number(block) - 1),
    );
    expect((await rejectionOf(ChainError, checked.check({ provider }))).reason).to.equal("Reorganised");
    const elsewhere = { ...checked.stage.deployment, chainId: 1n };
    const error = await rejectionOf(ChainError, checked.check({ deployment: elsewhere }));
    expect(error.reason).to.equal("WrongChain");
  });
});
