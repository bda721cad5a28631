import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import { format, resolveConfig } from "prettier";
import { describeCommands } from "../../src/cli/docs.ts";
import { readNodeConfig } from "../../src/cli/nodeConfig.ts";
import { type Desk, openDesk } from "../support/cli.ts";
import { close, useStage } from "../support/stage.ts";

const file = resolve(import.meta.dirname, "../../docs/cli.md");

describe("docs/cli.md", () => {
  const stage = useStage();
  let desk: Desk;
  beforeEach(async () => (desk = close(await openDesk(stage))));

  it("says what the commands say (node --import tsx scripts/cli-docs.ts)", async () => {
    const written = await format(describeCommands(), { ...(await resolveConfig(file)), filepath: file });
    expect(readFileSync(file, "utf8")).to.equal(written);
    expect(written).to.include("## `surety operator key end`");
    for (const section of written.split("\n## ").filter((text) => text.includes("Options:\n  --"))) {
      expect(section)
        .to.match(/Examples?:\n/)
        .and.include("Exit codes: 0 done");
    }
  });

  it("shows a node's file that can be read", () => {
    const [, example = ""] = /```json\n([^`]+)```/.exec(readFileSync(file, "utf8")) ?? [];
    const { port, upstreams } = readNodeConfig(desk.file("node.json", example));
    expect([port, upstreams.length]).to.deep.equal([8_600, 2]);
  });
});
