import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { type Compiled, readCompiled } from "../../scripts/contracts/compiled.ts";
import { partsOf, splitComment, wordsOf } from "../../scripts/contracts/natspec.ts";
import { writeContractPages } from "../../scripts/contracts/reference.ts";
import { remedies } from "../../src/chain/remedies.ts";

const root = resolve(import.meta.dirname, "../..");

describe("the contracts' reference", () => {
  let contracts: readonly Compiled[];
  const folder = "docs/reference/contracts";
  const pageOf = (name: string): string => readFileSync(join(root, folder, name), "utf8");

  before(() => (contracts = readCompiled(join(root, "artifacts"))));

  it("is what is committed, a page for each folder (npm run reference)", () => {
    for (const { file, text } of writeContractPages(contracts)) expect(pageOf(file), file).to.equal(text);
  });

  it("has every function, event and error of what is deployed, with what to do about errors", () => {
    for (const contract of contracts.filter(
      ({ kind, source }) => kind === "contract" && !source.includes("generated"),
    )) {
      const page = pageOf(`${contract.source.split("/")[1] ?? ""}.md`);
      const [, own = ""] = page.split(`\n## ${contract.name}\n`);
      const [section = ""] = own.split("\n## ");
      for (const kind of ["function", "event", "error"] as const) {
        for (const { name, id } of partsOf(contract, kind)) {
          expect(section, `${contract.name}.${name}`).to.include(`\`${id}\``);
          if (kind === "error") expect(section).to.include(remedies[name]);
        }
      }
    }
    const bonds = pageOf("bonds.md");
    expect(bonds).to.include("function slash(address operator, uint96 amount, IOperatorBonds.Award[] awards) external");
    expect(bonds).to.include("#### IOperatorBonds.Award\n");
  });

  it("leads to files that are there", () => {
    for (const { file, text } of writeContractPages(contracts)) {
      const links = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, link = ""]) => link);
      expect(links, file).to.not.be.empty;
      for (const link of links) expect(existsSync(resolve(root, folder, link)), `${file}: ${link}`).to.equal(true);
    }
  });

  it("reads what the compiler keeps of NatSpec, and what it leaves as it is", () => {
    const bonds = contracts.find(({ name }) => name === "OperatorBonds");
    if (bonds === undefined) throw new Error("OperatorBonds was not built");
    const words = (name: string) => {
      const part = partsOf(bonds, "function").find((one) => one.name === name);
      return part && wordsOf(bonds, part);
    };
    expect(words("slash")?.sentences.join(" ")).to.match(/INVARIANT: no token's hook/);
    expect(words("delegate")?.params.map(([name]) => name)).to.deep.equal(["leastShares"]);
    expect(words("token")?.sentences).to.deep.equal(["The token in which bonds are held and fees are paid."]);
    expect(
      splitComment(" @notice What it\n is.\n @dev How.\n @param a, b the\n both.\n @param c one @ 2."),
    ).to.deep.equal({
      sentences: ["What it is.", "How."],
      params: [
        ["a, b", "the both."],
        ["c", "one @ 2."],
      ],
    });
    expect(splitComment("bare words")).to.deep.equal({ sentences: ["bare words"], params: [] });
  });
});
