import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import { missingAnvil, startAnvil } from "../../scripts/rehearsal/anvil.ts";
import { checksOf } from "../../scripts/rehearsal/facts.ts";
import { commandsIn, fill } from "../../scripts/rehearsal/readme.ts";
import { connect } from "../../src/chain/contracts.ts";
import { makeDeployment } from "../../src/chain/deployment.ts";
import { runScript } from "../support/children.ts";
import { close } from "../support/stage.ts";

interface Summary {
  readonly isRight: boolean;
  readonly people: { readonly operator: string; readonly delegator: string; readonly client: string };
  readonly commands: number;
  readonly contracts: unknown;
  readonly own: string;
  readonly delegated: string;
  readonly settled: string;
}

describe("npm run rehearsal", () => {
  it("types all that the README says, and the chain has what it shows", async function () {
    if (missingAnvil !== undefined) {
      process.stderr.write(`      left out: ${missingAnvil}\n`);
      this.skip();
    }
    this.timeout(600_000);
    const { url, provider } = close(await startAnvil());
    const { code, stdout, stderr } = await runScript("scripts/rehearsal.ts", "--rpc", url, "--json");
    expect(code, stderr).to.equal(0);
    const said = JSON.parse(stdout) as Summary;
    // The delegator's stake, and its part of the fee: a third of what the protocol leaves, less the commission.
    const delegated = 500_000_000n + (((((20_000n * 97n) / 100n) * 500n) / 1_500n) * 9n) / 10n;
    expect(said).to.deep.include({ isRight: true, own: "1000000000", settled: "20000" });
    expect(Number(BigInt(said.delegated) - delegated)).to.be.within(0, 1);
    const { operator, delegator, client } = said.people;
    const { contracts } = said;
    const { bonds, escrow, ledger } = connect(makeDeployment({ chainId: 84_532n, block: 1, contracts }), provider);
    expect((await bonds.operatorOf(operator)).own.active).to.equal(1_000_000_000n);
    expect((await bonds.operatorOf(operator)).delegated.active).to.equal(BigInt(said.delegated));
    expect(await bonds.cover(operator)).to.equal(1_000_000_000n + BigInt(said.delegated));
    expect((await escrow.account(client, operator, client)).settled).to.equal(20_000n);
    expect(await ledger.queryFilter(ledger.filters.BatchCommitted(operator))).to.have.length(1);
    expect(await provider.getTransactionCount(delegator)).to.be.greaterThan(1);
  });

  it("fails where one of its facts does not hold", () => {
    const facts = { own: 2n, delegated: 1n, cover: 3n, batches: 1, settled: 1n };
    expect(Object.values(checksOf(facts))).to.deep.equal([true, true, true, true]);
    for (const [index, wrong] of [{ own: 0n, cover: 1n }, { cover: 2n }, { batches: 0 }, { settled: 0n }].entries()) {
      const expected = [true, true, true, true].with(index, false);
      expect(Object.values(checksOf({ ...facts, ...wrong }))).to.deep.equal(expected);
    }
  });

  it("finds the README's commands, and fills their places", () => {
    const commands = commandsIn(readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8"));
    expect(commands).to.have.length.above(20);
    expect(() => commandsIn("# Surety\n")).to.throw("README.md has no commands");
    expect(fill("ask <model> <model>", { model: "0x1" })).to.equal("ask 0x1 0x1");
    expect(() => fill("ask <model>", {})).to.throw("nothing that was typed before says what <model> is: ask <model>");
  });

  it("knows its words", async () => {
    expect((await runScript("scripts/rehearsal.ts", "--network", "x")).code).to.equal(2);
    const nowhere = await runScript("scripts/rehearsal.ts", "--rpc", "http://127.0.0.1:1");
    expect(nowhere.code).to.equal(1);
  });
});
