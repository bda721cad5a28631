/** A check of the stage's deployment, and what it finds. */
import { expect } from "chai";
import type { Provider } from "ethers";
import { localParameters } from "../../deploy/parameters.ts";
import { type Checked, checkDeployment, type CheckOptions, type Part } from "../../src/chain/check.ts";
import type { Deployment } from "../../src/chain/deployment.ts";
import type { Parameters as Chosen } from "../../src/chain/parameters.ts";
import { toHex } from "../../src/core/bytes.ts";
import { roles } from "./governing.ts";
import { actors, chain, type Stage, useStage } from "./stage.ts";
import { keys as certified } from "./tdx.ts";

const { root } = certified;

/** What the stage was deployed with. */
export const parameters: Chosen = { ...localParameters, intelRootX: toHex(root.x), intelRootY: toHex(root.y) };

/** The lines of a check that are not right. */
export function notRight({ rows }: Checked): Checked["rows"] {
  return rows.filter(({ standing }) => standing !== "right");
}

/** What lines are about. */
export function namesOf(rows: Checked["rows"]): string[] {
  return rows.map(({ part, name }) => `${part}: ${name}`);
}

/** What a check is expected to find: which lines, and what the first of the worst says. */
export interface Finding {
  readonly standing: "wrong" | "notable";
  readonly lines: readonly string[];
  readonly says: RegExp;
}

/** A stage and its checks. */
export interface CheckedStage {
  readonly stage: Stage;
  readonly at: Deployment["contracts"];
  check(changes?: Partial<CheckOptions>): Promise<Checked>;
  /** Checks that just these lines are not right. */
  finds(finding: Finding, changes?: Partial<CheckOptions>): Promise<void>;
  /** Adds the test that fails where a line of a part was never seen to find anything, or is gone. */
  everyLine(part: Part): void;
}

/** Has every test of a suite begin with a deployment in which all is right. */
export function useChecked(): CheckedStage {
  const stage = useStage({ governance: roles.governance.address, guardian: roles.guardian.address });
  const seen = new Set<string>();
  const check: CheckedStage["check"] = async (changes = {}) =>
    checkDeployment({
      deployment: stage.deployment,
      provider: chain,
      parameters,
      governance: roles.governance.address,
      guardian: roles.guardian.address,
      treasury: actors.deployer.address,
      ...changes,
    });
  return {
    stage,
    get at() {
      return stage.deployment.contracts;
    },
    check,
    finds: async ({ standing, lines, says }, changes) => {
      const checked = await check(changes);
      const found = notRight(checked);
      expect(namesOf(found), found.map((row) => row.says).join("\n")).to.have.members(lines);
      expect(found.find((row) => row.standing === standing)?.says).to.match(says);
      for (const { remedy = "" } of found) expect(remedy).to.not.equal("");
      expect(checked.isRight).to.equal(!found.some((row) => row.standing === "wrong"));
      for (const line of lines) seen.add(line);
    },
    everyLine: (part) => {
      // Tests of nested suites run after a suite's own, and in order.
      describe("and all of it", () => {
        it("has no line that finds nothing", async () => {
          const { rows } = await check();
          const lines = namesOf(rows.filter((row) => row.part === part));
          expect([...seen].filter((line) => line.startsWith(`${part}: `))).to.include.members(lines);
        });
      });
    },
  };
}

/** What is an address to a contract: one that stands for none. */
export const addressWord = `0x${"1".padStart(64, "0")}`;

/** The chain, which answers one kind of question otherwise. */
export function withAnswers<Name extends "call" | "getBlock">(
  method: Name,
  instead: (answer: () => Promise<unknown>, asked: Parameters<Provider[Name]>) => Promise<unknown>,
): Provider {
  return new Proxy<Provider>(chain, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      const answer = value.bind(target) as (...asked: unknown[]) => Promise<unknown>;
      if (name !== method) return answer;
      return async (...asked: Parameters<Provider[Name]>) => instead(async () => answer(...asked), asked);
    },
  });
}
