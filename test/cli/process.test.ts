import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import { keystoreAddress, openKeystore } from "../../src/cli/keystore.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { runScript, start } from "../support/children.ts";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { secrets } from "../support/constants.ts";
import { actors, addressed, close, contractsOf, useStage } from "../support/stage.ts";

const root = resolve(import.meta.dirname, "../..");
const MAIN = "src/cli/main.ts";

describe("the process of surety", () => {
  const stage = useStage();
  let desk: Desk;
  beforeEach(async () => (desk = close(await openDesk(stage))));

  function account(): readonly string[] {
    const password = desk.file("password", PASSWORD);
    return ["--keystore", desk.keystore("olive"), "--password-file", password];
  }

  it("ends with 0, 1 and 2, and keeps data and words apart", async () => {
    const chain = ["--network", desk.rpc, "--deployment", desk.deployment];
    const [done, failed, misused] = await Promise.all([
      runScript(MAIN, "operator", "status", actors.olive.address, ...chain, "--json"),
      runScript(MAIN, "operator", "bond", "--amount", "1", ...chain, ...account()),
      runScript(MAIN, "operator", "bond"),
    ]);
    expect([done.code, failed.code, misused.code], failed.stderr).to.deep.equal([0, 1, 2]);
    expect(done.stderr + failed.stdout + misused.stdout).to.equal("");
    expect(done.stdout.trimEnd().split("\n")).to.have.length(1);
    expect(failed.stderr).to.match(/^ChainError: .*\n$/);
  });

  it("ends well where a reader has seen enough", async () => {
    const { child, ended } = start(MAIN, ["completion", "bash"]);
    child.stdout.destroy();
    expect(await ended).to.include({ code: 0, stderr: "" });
  });

  it("serves until Ctrl-C, and then ends with 0", async () => {
    const tariff = { base: "0.02", inputRate: "0.00001", outputRate: "0.0001" };
    const models = [{ file: resolve(root, "models/digits-8x8.json"), publisher: addressed(actors.publisher) }];
    writeFileSync(desk.path("node.json"), JSON.stringify({ port: 0, tariff, models }));
    const { child, ended } = start(MAIN, [
      ...["operator", "serve", "--config", desk.path("node.json"), "--network", desk.rpc],
      ...["--deployment", desk.deployment, ...account(), "--signing-keystore", desk.keystore(secrets.olive)],
    ]);
    const [line] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer];
    const [, url = ""] = /Serving at (\S+);/.exec(String(line)) ?? [];
    expect((await fetch(`${url}/health`)).status).to.equal(200);
    child.kill("SIGINT");
    const { code, stderr } = await ended;
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include("Stopping as soon as").and.include('"stopped"');
    await fetch(`${url}/health`).then(
      () => expect.fail("it still answers"),
      () => undefined,
    );
  });

  it("does not show a password that is typed on a terminal", async function () {
    if (!existsSync("/usr/bin/script")) {
      process.stderr.write("      left out: no /usr/bin/script to be a terminal\n");
      return;
    }
    const file = desk.path("typed.json");
    const command = `${process.execPath} --import tsx ${MAIN} account create --keystore ${file}`;
    const child = spawn("/usr/bin/script", ["-qfec", command, "/dev/null"], { cwd: root });
    let shown = "";
    let typed = 0;
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
      // Each question is answered once it is there.
      const questions = (shown.match(/Password for|The same again/g) ?? []).length;
      while (typed < questions) {
        typed++;
        child.stdin.write(`${PASSWORD}\r`);
      }
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code, shown).to.equal(0);
    expect(typed).to.equal(2);
    expect(shown).not.to.include(PASSWORD);
    expect(addressOf(await openKeystore(file, PASSWORD))).to.equal(keystoreAddress(file));
  });

  it("bonds, asks back and settles as Hardhat scripts, over the same functions", async () => {
    const { bonds, token } = contractsOf(stage, "deployer");
    await bonds.register(actors.deployer.address, 0n, "");
    await token.faucet(200_000_000n);
    // Within the project, or Hardhat takes itself for a stranger's.
    const config = resolve(root, `cache/process-test-${process.pid}.config.ts`);
    close({ close: () => rmSync(config, { force: true }) });
    writeFileSync(
      config,
      `import config from "../hardhat.config.ts";
       const localhost = { type: "http", chainType: "l1", url: ${JSON.stringify(desk.rpc)} } as const;
       export default { ...config, networks: { ...config.networks, localhost } };`,
    );
    const hardhat = async (script: string, env: Readonly<Record<string, string>>) => {
      const cli = resolve(root, "node_modules/hardhat/dist/src/cli.js");
      const words = ["--config", config, "--network", "localhost", "run", "--no-compile", `scripts/${script}.ts`];
      const settings = { ...process.env, SURETY_DEPLOYMENT: desk.deployment, ...env };
      const child = spawn(process.execPath, [cli, ...words], { cwd: root, env: settings });
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
      const [code] = (await once(child, "close")) as [number];
      return { code, said };
    };
    const dry = await hardhat("bond", { SURETY_AMOUNT: "150.5", SURETY_DRY_RUN: "1" });
    expect([dry.code, dry.said.includes("Nothing was sent")], dry.said).to.deep.equal([0, true]);
    const done = await hardhat("bond", { SURETY_AMOUNT: "150.5" });
    expect(done.code, done.said).to.equal(0);
    expect((await bonds.operatorOf(actors.deployer.address)).own.active).to.equal(150_500_000n);
    const asked = await hardhat("unbond", { SURETY_AMOUNT: "all" });
    expect(asked.said).to.match(/Ticket \d+ can be withdrawn from 20\S+Z \(\d+\) on, 21 days \(1814400 s\)/);
    expect((await bonds.operatorOf(actors.deployer.address)).own.active).to.equal(0n);
    const tariff = { base: "0.02", inputRate: "0", outputRate: "0" };
    const models = [{ file: resolve(root, "models/digits-8x8.json") }];
    const settled = await hardhat("settle", {
      SURETY_CONFIG: desk.file("node.json", JSON.stringify({ endpoint: "http://127.0.0.1:1", tariff, models })),
      SURETY_SIGNING_KEYSTORE: desk.keystore(secrets.olive),
      SURETY_PASSWORD: PASSWORD,
    });
    expect(settled.said).to.include("Nothing to do: nobody owes anything.");
    const unset = await hardhat("bond", {});
    expect(unset.said).to.include("UsageError: SURETY_AMOUNT is not set");
    expect(unset.code).to.equal(2);
  });
});
