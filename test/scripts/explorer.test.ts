import { expect } from "chai";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { runScript } from "../support/children.ts";
import { open, provider, useStage } from "../support/stage.ts";

describe("the explorer's and the indexer's commands, used wrongly", () => {
  useStage();
  const scripts = ["scripts/explorer.ts", "scripts/indexer.ts"];

  for (const script of scripts) {
    it(`${script} says that no chain answers`, async () => {
      const words = ["--rpc", "http://127.0.0.1:1", "--deployment", "deployment.json"];
      const { code, stderr } = await runScript(script, ...words);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^ChainError: 127\.0\.0\.1:1 does not answer/m);
    });

    it(`${script} says that the deployment's record is missing`, async () => {
      const { url } = await open(rpcHandler(provider));
      const { code, stderr } = await runScript(script, "--rpc", url, "--deployment", "/nonexistent.json");
      expect(code).to.equal(1);
      expect(stderr).to.match(/^FileError: .*\/nonexistent\.json/m);
    });
  }

  it("say what goes together, and what must be named", async () => {
    const halves = await runScript("scripts/explorer.ts", "--rpc", "http://127.0.0.1:1");
    expect(halves.code).to.equal(2);
    expect(halves.stderr).to.include("--rpc and --deployment go together");
    const nameless = await runScript("scripts/indexer.ts");
    expect(nameless.code).to.equal(2);
    expect(nameless.stderr).to.include("--deployment <file>");
  });
});
