import { readFileSync } from "node:fs";
import { expect } from "chai";
import { concat, keccakHex } from "../../src/core/bytes.ts";
import { parse, serialise } from "../../src/core/model/file.ts";
import { countRight } from "../../src/datasets/digit-models.ts";
import { irisRecipe, loadIris, trainIris } from "../../src/datasets/iris.ts";

const file = readFileSync(new URL("../../models/iris.json", import.meta.url), "utf8");

describe("iris flowers", () => {
  const { train, heldOut } = loadIris();

  it("are 100 for training and 50 held out, 50 of each species, without a flower in both", () => {
    expect([train.length, heldOut.length]).to.deep.equal([100, 50]);
    for (const species of [0, 1, 2]) {
      expect([...train, ...heldOut].filter(({ label }) => label === species)).to.have.length(50);
      expect(heldOut.filter(({ label }) => label === species).length).to.be.within(10, 25);
    }
    const seen = new Set(train.map(({ pixels }) => String(pixels)));
    expect(heldOut.some(({ pixels }) => seen.has(String(pixels)))).to.be.false;
  });

  it("are in tenths of a centimetre, and split the same way every time", () => {
    const first = [...train, ...heldOut].filter(({ pixels }) => String(pixels) === "51,35,14,2");
    expect(first.map(({ label }) => label)).to.deep.equal([0]);
    const hash = keccakHex(concat(...heldOut.map(({ pixels }) => pixels)));
    expect(hash).to.equal("0x078c2c7a279bc5f59828c5cee6de9af55908a918a030e2dcc5342699d4fc13fa");
  });

  it("are told apart by the committed model as its file says", () => {
    const { model, training } = parse(file);
    const right = countRight(model, heldOut);
    expect(model.widths).to.deep.equal(irisRecipe.widths);
    expect(training["heldOut"]).to.deep.equal({ samples: 50, right });
    expect(right).to.be.at.least(47);
  });

  it("train the committed model, bit for bit", () => {
    expect(serialise(trainIris()) === file).to.be.true;
  });
});
