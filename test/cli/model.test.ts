import { resolve } from "node:path";
import { expect } from "chai";
import type { Hex } from "../../src/core/bytes.ts";
import { modelId } from "../../src/core/model/commitment.ts";
import { type Desk, openDesk } from "../support/cli.ts";
import { actors, addressed, close, contractsOf, published, smallId, useStage } from "../support/stage.ts";

const FILE = resolve(import.meta.dirname, "../../models/digits-8x8.json");

describe("surety model", () => {
  const stage = useStage();
  let desk: Desk;
  beforeEach(async () => (desk = close(await openDesk(stage))));

  async function show(id: string): Promise<{ readonly code: number | null; readonly stdout: string }> {
    return desk.type({}, "model", "show", id, "--network", desk.rpc, "--deployment", desk.deployment);
  }

  it("publishes a model file under the account's name, once", async () => {
    const id = modelId(addressed(actors.otto), published.model);
    const dry = await desk.as("otto", "model", "publish", FILE, "--dry-run");
    expect(dry.json["id"], dry.stderr).to.equal(id);
    expect((await contractsOf(stage, "otto").models.get(id)).publishedAt).to.equal(0n);
    const { json } = await desk.as("otto", "model", "publish", FILE, "--uri", "https://models.example");
    expect(json["id"]).to.equal(id);
    expect((await contractsOf(stage, "otto").models.get(id)).modes).to.equal(0b1001n);
    const again = await desk.as("otto", "model", "publish", FILE);
    expect([again.json["id"], again.json["steps"]]).to.deep.equal([id, []]);
    const { stdout } = await show(id);
    expect(stdout).to.include("an integer network of 64-16-10").and.include("https://models.example");
    expect(stdout).to.match(/^modes +signed, optimistic$/m);
  });

  it("publishes a model that a server runs, by its name", async () => {
    const { json, stderr } = await desk.as("otto", "model", "publish", "--upstream", "llama3.2:1b");
    const id = String(json["id"]);
    expect((await contractsOf(stage, "otto").models.get(id)).modes, stderr).to.equal(0b0001n);
    expect((await show(id)).stdout).to.include('"llama3.2:1b", run by an OpenAI-compatible server');
    const weighed = await desk.as("otto", "model", "publish", "--upstream", "llama3.2:1b", "--commitment", id);
    expect(weighed.json["commitment"]).to.equal(id);
    expect(weighed.json["id"]).not.to.equal(id);
  });

  it("says that an operator serves a model, and that it no longer does", async () => {
    const { models } = contractsOf(stage, "olive");
    const serving = async (): Promise<boolean> => models.isServing(actors.olive.address, smallId);
    expect((await desk.as("olive", "model", "opt-in", smallId)).json["steps"]).to.deep.equal([]);
    await desk.as("olive", "model", "opt-out", smallId);
    expect(await serving()).to.be.false;
    expect((await show(smallId)).stdout).not.to.include(actors.olive.address);
    await desk.as("olive", "model", "opt-in", smallId);
    expect(await serving()).to.be.true;
    expect((await show(smallId)).stdout).to.include(`served by   ${actors.olive.address}`);
  });

  it("refuses what is no model, mode or id", async () => {
    const nothing: Hex = `0x${"00".repeat(32)}`;
    for (const [words, code, says] of [
      [["model", "publish"], 2, "say which model"],
      [["model", "publish", FILE, "--upstream", "x"], 2, "say which model"],
      [["model", "publish", FILE, "--commitment", nothing], 2, "goes with --upstream"],
      [["model", "publish", "--upstream", "x", "--modes", "optimistic"], 2, "cannot be served in the mode optimistic"],
      [["model", "publish", FILE, "--modes", "fast"], 2, "A mode is one of signed"],
      [["model", "publish", desk.deployment], 1, "ModelFileError: not a model file"],
      [["model", "publish", desk.path("missing")], 1, "cannot be read"],
      [["model", "opt-in", "0x12"], 2, "32 bytes in hexadecimal"],
      [["model", "opt-in", nothing], 1, "ModelUnknown"],
    ] as const) {
      const ended = await desk.as("otto", ...words);
      expect(ended, ended.stderr).to.include({ code, stdout: "" });
      expect(ended.stderr).to.include(says).and.not.include("    at ");
    }
    expect((await show(nothing)).code).to.equal(1);
  });
});
