import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { type Compiled, readCompiled } from "../../scripts/contracts/compiled.ts";
import { compare, describe as describeContract, findOversize } from "../../scripts/contracts/snapshot.ts";

const root = resolve(import.meta.dirname, "../..");

describe("snapshots of the contracts", () => {
  let bonds: Compiled;
  let snapshot: string;

  before(() => {
    const found = readCompiled(join(root, "artifacts")).find(({ name }) => name === "OperatorBonds");
    if (found === undefined) throw new Error("OperatorBonds was not built");
    bonds = found;
    snapshot = describeContract(bonds);
  });

  it("are there for every contract that can be deployed, and for nothing else", () => {
    const deployable = readCompiled(join(root, "artifacts")).filter(({ kind }) => kind === "contract");
    const paths = deployable.map(({ source, name }) => source.replace(/^contracts\/(.*?)[^/]*$/, `$1${name}.txt`));
    expect(globSync("**/*.txt", { cwd: join(root, "snapshots") }).sort()).to.deep.equal(paths.sort());
    expect(deployable.map(({ name }) => name)).to.include.members(["FeeEscrow", "PayTo", "IrisVerifier"]);
    expect(deployable.map(({ name }) => name)).to.not.include.members(["Court", "ICourt", "SharePool"]);
  });

  it("tell two variables that change places", () => {
    const storage = bonds.storage.storage.map((variable) => {
      if (variable.label === "_operators") return { ...variable, slot: "2" };
      return variable.label === "_positions" ? { ...variable, slot: "1" } : variable;
    });
    const lines = compare(snapshot, describeContract({ ...bonds, storage: { ...bonds.storage, storage } }));
    expect(lines).to.have.length(4);
    expect(lines[0]).to.match(/^- storage +slot 1 bytes 0 to 31: mapping\(.*Operator\) _operators$/);
  });

  it("tell a member of a struct that moves, since what a mapping holds moves with it", () => {
    const types = Object.fromEntries(
      Object.entries(bonds.storage.types ?? {}).map(([id, { members, ...type }]) => [
        id,
        type.label === "struct SharePool.Pool" && members !== undefined
          ? { ...type, members: members.map((member) => ({ ...member, offset: (member.offset + 16) % 32 })) }
          : { ...type, ...(members === undefined ? {} : { members }) },
      ]),
    );
    const lines = compare(snapshot, describeContract({ ...bonds, storage: { ...bonds.storage, types } }));
    expect(lines).to.have.length(8);
    expect(lines.every((line) => line.slice(2).startsWith("struct SharePool.Pool  slot 0 bytes"))).to.equal(true);
  });

  it("tell a function, an event and an error that are not what they were", () => {
    const text = JSON.stringify(bonds.abi)
      .replace('"name":"isSlasher"', '"name":"isJudge"')
      .replace('"indexed":true,"internalType":"address","name":"recipient"', '"indexed":false,"type":"address"')
      .replace('"name":"ZeroAmount"', '"name":"NoAmount"');
    const changed = describeContract({ ...bonds, abi: JSON.parse(text) as Compiled["abi"] });
    const kinds = compare(snapshot, changed).map((line) => line.split(" ", 2).join(" "));
    for (const kind of ["function", "event", "error"]) expect(kinds).to.include.members([`- ${kind}`, `+ ${kind}`]);
    expect(kinds).to.have.length(6);
  });

  it("tell what has grown, and refuse what has grown too far", () => {
    const larger = (runtime: number): Compiled => ({ ...bonds, size: { ...bonds.size, runtime } });
    const lines = compare(snapshot, describeContract(larger(bonds.size.runtime + 1)));
    expect(lines.map((line) => line.replace(/\d+/, "N"))).to.deep.equal([
      "- size      N bytes of code",
      "+ size      N bytes of code",
    ]);
    expect(findOversize(larger(24_576 - 2_048))).to.deep.equal([]);
    expect(findOversize(larger(24_576 - 2_047))).to.deep.equal([
      "OperatorBonds has 22529 bytes of code (EIP-170): at most 24576, less 2048 in reserve, are 22528",
    ]);
    const heavy = { ...bonds, size: { ...bonds.size, creation: 49_152 } };
    expect(findOversize(heavy)).to.have.length(1);
    expect(compare(snapshot, readFileSync(join(root, "snapshots/bonds/OperatorBonds.txt"), "utf8"))).to.deep.equal([]);
  });
});
