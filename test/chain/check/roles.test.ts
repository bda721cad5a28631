import { expect } from "chai";
import type { Interface } from "ethers";
import { GUARDIAN_ROLE } from "../../../deploy/modules/Surety.ts";
import { localParameters } from "../../../deploy/parameters.ts";
import { type Finding, notRight, useChecked } from "../../support/checking.ts";
import { type Act, authorityOf, callOf, govern, governed, roles } from "../../support/governing.ts";
import { actors, addressed, advance } from "../../support/stage.ts";

const DAY = 86_400n;
const { governance, guardian } = roles;
const { bob: stranger, deployer } = actors;

const wrong = (says: RegExp, ...lines: readonly string[]): Finding => ({ standing: "wrong", lines, says });
const notable = (says: RegExp, ...lines: readonly string[]): Finding => ({ standing: "notable", lines, says });
const about = (account: { readonly address: string }, says: string): RegExp =>
  new RegExp(`^${addressed(account)} ${says}$`);

/** What governance tells the authority, and what a check says of it. */
const acts: Readonly<Record<string, readonly [name: string, values: readonly unknown[], finding: Finding]>> = {
  "another administrator": [
    "grantRole",
    [0n, stranger.address, 0n],
    wrong(about(stranger, "governs too"), "roles: governance", "roles: governance's delay"),
  ],
  "an administrator that waits as long": [
    "grantRole",
    [0n, stranger.address, localParameters.governanceDelay],
    wrong(about(stranger, "governs too"), "roles: governance"),
  ],
  "a deployer that has its power": [
    "grantRole",
    [0n, deployer.address, localParameters.governanceDelay],
    wrong(new RegExp(`^the deployer ${addressed(deployer)} has kept its power$`), "roles: governance"),
  ],
  "governance that gave up": [
    "revokeRole",
    [0n, governance.address],
    wrong(new RegExp(`^${governance.address} does not govern$`), "roles: governance"),
  ],
  "governance that is to wait longer": [
    "grantRole",
    [0n, governance.address, 10n * DAY],
    notable(about(governance, "waits 10 days, more than 2 days"), "roles: governance's delay"),
  ],
  "another guardian": [
    "grantRole",
    [GUARDIAN_ROLE, stranger.address, 0n],
    wrong(about(stranger, "may suspend too"), "roles: guardian"),
  ],
  "a guardian whose role was taken": [
    "revokeRole",
    [GUARDIAN_ROLE, guardian.address],
    wrong(new RegExp(`^${guardian.address} may not suspend$`), "roles: guardian"),
  ],
  "a guardian that has to wait": [
    "grantRole",
    [GUARDIAN_ROLE, guardian.address, DAY],
    notable(about(guardian, "waits 1 day before it suspends"), "roles: guardian"),
  ],
  "another role's member": [
    "grantRole",
    [7n, stranger.address, 0n],
    wrong(about(stranger, "has the role 7"), "roles: other roles"),
  ],
  "another role that hands out the guardian's": [
    "setRoleAdmin",
    [GUARDIAN_ROLE, 7n],
    wrong(/^role 1 is handed out by role 7$/, "roles: other roles"),
  ],
  "another role that watches over the guardian's": [
    "setRoleGuardian",
    [GUARDIAN_ROLE, 7n],
    notable(/^what role 1 may do is cancelled by role 7$/, "roles: other roles"),
  ],
};

describe("a check finds who holds which power:", () => {
  const checked = useChecked();
  const selectorOf = (face: Interface, name: string): string => face.getFunction(name)?.selector ?? "";

  for (const [what, [name, values, finding]] of Object.entries(acts)) {
    it(what, async () => {
      await govern(checked.stage, ["authority", name, values]);
      await checked.finds(finding);
    });
  }

  it("governance that will wait less, before and after it does", async () => {
    await govern(checked.stage, ["authority", "grantRole", [0n, governance.address, DAY]]);
    await checked.finds(notable(/ waits 2 days, and 1 day from \d+ on$/, "roles: governance's delay"));
    await advance(5n * DAY);
    await checked.finds(wrong(about(governance, "waits 1 day, not 2 days"), "roles: governance's delay"));
  });

  it("who has which role, where nobody says who should; the deployment file may", async () => {
    const { roles: _, ...unnamed } = checked.stage.deployment;
    const nobody = { governance: undefined, guardian: undefined, deployment: unnamed };
    const says = new RegExp(`^governed by ${addressed(governance)}$`);
    await checked.finds(notable(says, "roles: governance", "roles: guardian"), nobody);
    const named = { governance: addressed(governance), guardian: addressed(guardian), treasury: addressed(deployer) };
    const deployment = { ...unnamed, roles: named };
    expect(notRight(await checked.check({ ...nobody, treasury: undefined, deployment }))).to.be.empty;
    const other = { ...deployment, roles: { ...named, guardian: addressed(stranger) } };
    await checked.finds(wrong(about(guardian, "may suspend too; 0x\\w+ may not suspend"), "roles: guardian"), {
      ...nobody,
      deployment: other,
    });
  });

  for (const [part, name, role] of [
    ["escrow", "setCoverage", GUARDIAN_ROLE],
    ["bonds", "addSlasher", 2n ** 64n - 1n],
    ["bonds", "suspend", 0n],
  ] as const) {
    it(`${part}.${name} in the hands of another role`, async () => {
      const values = [checked.at[part], [selectorOf(governed[part], name)], role];
      await govern(checked.stage, ["authority", "setTargetFunctionRole", values]);
      await checked.finds(wrong(new RegExp(`^${part}\\.${name} is open to role ${role}, not to`), "roles: functions"));
    });
  }

  for (const target of ["bonds", "escrow", "credit", "policies", "snarkVerifiers"] as const) {
    it(`${target} shut, or slow to change its roles`, async () => {
      await govern(checked.stage, ["authority", "setTargetAdminDelay", [checked.at[target], DAY]]);
      // What lengthens a delay takes effect as late as what shortens it.
      await advance(5n * DAY);
      const slow = new RegExp(`^roles on ${target} change 1 day after they are asked for$`);
      await checked.finds(notable(slow, "roles: target delays"));
      await govern(checked.stage, ["authority", "setTargetClosed", [checked.at[target], true]]);
      const shut = new RegExp(`^${target}: shut to governance and the guardian$`);
      await checked.finds(wrong(shut, "roles: closed", "roles: target delays"));
    });
  }

  describe("what waits to be executed,", () => {
    const act: Act = ["bonds", "setLeverage", [4n]];
    const says = (when: string): RegExp =>
      new RegExp(`^bonds\\.setLeverage\\(4\\), by ${addressed(governance)}, can be executed ${when}$`);

    it("until it lapses", async () => {
      await authorityOf(checked.stage).schedule(...callOf(checked.stage, act), 0n);
      await checked.finds(notable(says("from \\d+ on"), "roles: scheduled"));
      await advance(localParameters.governanceDelay);
      await checked.finds(notable(says("now"), "roles: scheduled"));
      await advance(7n * DAY);
      expect(notRight(await checked.check())).to.be.empty;
    });

    it("until it is cancelled", async () => {
      const authority = authorityOf(checked.stage);
      await authority.schedule(...callOf(checked.stage, act), 0n);
      await authority.cancel(governance.address, ...callOf(checked.stage, act));
      expect(notRight(await checked.check())).to.be.empty;
    });

    it("be it a call that nobody here knows", async () => {
      await authorityOf(checked.stage).schedule(addressed(stranger), "0x12345678", 0n);
      const unknown = new RegExp(`^a call of ${addressed(stranger)} with 0x12345678, by`);
      await checked.finds(notable(unknown, "roles: scheduled"));
    });
  });

  checked.everyLine("roles");
});
