import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect } from "chai";
import { type } from "../support/cli.ts";

/** What a shell would offer after these words, the last of which is being typed. */
function completed(script: string, words: readonly string[]): readonly string[] {
  const typed = words.map((word) => `'${word}'`).join(" ");
  const program = `${script}
COMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _surety; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", program], { encoding: "utf8" });
  expect(stderr).to.equal("");
  return stdout.split("\n").filter((word) => word !== "");
}

describe("surety completion", () => {
  it("has bash complete commands, groups and options", async () => {
    const { stdout: script, code } = await type({}, "completion", "bash");
    expect(code).to.equal(0);
    expect(completed(script, ["surety", "dep"])).to.deep.equal(["deploy"]);
    expect(completed(script, ["surety", "operator", "key", ""])).to.include.members(["add", "end"]);
    expect(completed(script, ["surety", "operator", "bond", "--a"])).to.deep.equal(["--amount"]);
    expect(completed(script, ["surety", "operator", "bond", "--amount", "5", "--dry"])).to.deep.equal(["--dry-run"]);
    expect(completed(script, ["surety", "credit", "0x12", "--n"])).to.deep.equal(["--network"]);
  });

  for (const shell of ["zsh", "fish"] as const) {
    it(`names every command for ${shell}`, async () => {
      const { stdout: script } = await type({}, "completion", shell);
      for (const word of ["deploy", "unbond", "opt-out", "--request-keystore", "nitro"]) {
        expect(script).to.include(word);
      }
      if (!existsSync(`/usr/bin/${shell}`)) {
        process.stderr.write(`      left out: no ${shell} to read its script\n`);
        return;
      }
      const { status, stderr } = spawnSync(shell, ["-n", "-c", script], { encoding: "utf8" });
      expect(status, stderr).to.equal(0);
    });
  }
});
