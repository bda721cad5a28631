import { expect } from "chai";
import type { Deployment } from "../../../src/chain/deployment.ts";
import { openAgents } from "../../support/agents.ts";
import { changeLastByte, overwriteEntry, replaceInStorage, replaceWord } from "../../support/breaking.ts";
import { addressWord, namesOf, notRight, useChecked, withAnswers } from "../../support/checking.ts";
import { govern } from "../../support/governing.ts";
import { actors, addressed, advance, chain, connection } from "../../support/stage.ts";

const DAY = 86_400n;
const { bob: stranger } = actors;

describe("a check finds contracts that know another one than the deployment file:", () => {
  const checked = useChecked();

  const wires: readonly (readonly [keyof Deployment["contracts"], readonly (keyof Deployment["contracts"])[]])[] = [
    ["keys", ["collateral"]],
    ["escrow", ["token", "bonds"]],
    ["bonds", ["token"]],
    ["credit", ["bonds", "escrow"]],
    ["disclosureCourt", ["bonds", "keys", "ledger", "escrow", "policies"]],
    ["equivocationCourt", ["bonds", "keys", "ledger", "escrow", "policies", "disclosureCourt"]],
    ["validityCourt", ["bonds", "keys", "ledger", "escrow", "policies", "disclosureCourt"]],
    ["validityCourt", ["enclaveChecker", "snarkChecker", "optimisticChecker"]],
    ["enclaveChecker", ["keys", "models"]],
    ["snarkChecker", ["snarkVerifiers"]],
  ];
  for (const [name, others] of wires) {
    for (const other of others) {
      it(`${name} and its ${other}`, async () => {
        await replaceWord(checked.at[name], checked.at[other], addressed(stranger));
        const says = new RegExp(
          `^its ${other} is ${addressed(stranger)}, the deployment file says ${checked.at[other]}$`,
        );
        await checked.finds({ standing: "wrong", lines: [`wiring: ${name}`], says });
      });
    }
  }

  it("a checker of answers that are signed alone, which nobody judges", async () => {
    const asked = checked.stage.contracts.validityCourt.interface.encodeFunctionData("checkerOf", [0n]);
    const provider = withAnswers("call", async (call, [{ data }]) => (data === asked ? addressWord : call()));
    await checked.finds(
      { standing: "wrong", lines: ["code: validityCourt", "wiring: validityCourt"], says: /./ },
      { provider },
    );
  });

  for (const name of ["bonds", "escrow", "credit", "policies", "snarkVerifiers"] as const) {
    it(`${name} and its authority`, async () => {
      await replaceInStorage(checked.at[name], checked.at.authority.slice(2), addressed(stranger).slice(2));
      await checked.finds({ standing: "wrong", lines: [`wiring: ${name}`], says: /^its authority is/ });
    });
  }

  describe("between ERC-8004's registries and Surety:", () => {
    const adapters = {
      links: ["identity", "bonds"],
      publisher: ["links", "reputation", "bonds", "credit"],
      verdicts: ["bonds", "ledger", "escrow", "disclosureCourt", "equivocationCourt", "validityCourt"],
      validator: ["validation", "links", "verdicts"],
    } as const;
    for (const [name, others] of Object.entries(adapters)) {
      it(name, async () => {
        const { deployment } = await openAgents(checked.stage);
        const fine = await checked.check({ deployment });
        expect(notRight(fine)).to.be.empty;
        expect(namesOf(fine.rows)).to.include(`wiring: ${name}`);
        const all: Readonly<Record<string, string | undefined>> = { ...checked.at, ...deployment.erc8004 };
        const address = all[name] ?? "";
        const code = await chain.getCode(address);
        for (const other of others) {
          await replaceWord(address, all[other] ?? "", addressed(stranger));
          const { rows } = await checked.check({ deployment });
          const wrong = rows.filter(({ standing }) => standing === "wrong");
          expect(namesOf(wrong), other).to.include(`wiring: ${name}`);
          await connection.networkHelpers.setCode(address, code);
        }
        await changeLastByte(address);
        await checked.finds(
          { standing: "wrong", lines: [`code: ${name}`], says: /not what these sources give/ },
          { deployment },
        );
      });
    }
  });

  it("a fourth slasher, long before it slashes", async () => {
    await govern(checked.stage, ["bonds", "addSlasher", [stranger.address]]);
    const says = new RegExp(`^${addressed(stranger)} was added at block \\d+, it slashes from \\d+ on$`);
    await checked.finds({ standing: "wrong", lines: ["wiring: slashers"], says });
  });

  it("a court that is to slash no more", async () => {
    await govern(checked.stage, ["bonds", "removeSlasher", [checked.at.disclosureCourt]]);
    await checked.finds({
      standing: "wrong",
      lines: ["wiring: slashers"],
      says: new RegExp(`^${checked.at.disclosureCourt} was removed at block`),
    });
    await advance(22n * DAY);
    await checked.finds({ standing: "wrong", lines: ["wiring: slashers"], says: /^disclosureCourt may not slash; / });
  });

  for (const court of ["disclosureCourt", "equivocationCourt", "validityCourt"] as const) {
    it(`${court} without its power`, async () => {
      await overwriteEntry(checked.at.bonds, checked.at[court], () => 0n);
      await checked.finds({
        standing: "wrong",
        lines: ["wiring: slashers"],
        says: new RegExp(`^${court} may not slash$`),
      });
    });
  }

  it("registration that is shut", async () => {
    // The delay, the leverage, whether it is open: they share a slot.
    await replaceInStorage(checked.at.bonds, "0102000000", "0002000000");
    await checked.finds({ standing: "wrong", lines: ["wiring: open"], says: /^registration was never opened$/ });
  });

  checked.everyLine("wiring");
});
