import { readFileSync } from "node:fs";
import { expect } from "chai";
import { network } from "hardhat";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { accountKey, type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { actors, close, open, useStage } from "../support/stage.ts";

describe("surety where something is wrong", () => {
  const stage = useStage();
  let desk: Desk;
  let chain: readonly string[];
  const env = { SURETY_PASSWORD: PASSWORD };
  beforeEach(async () => {
    desk = close(await openDesk(stage));
    chain = ["--network", desk.rpc, "--deployment", desk.deployment];
  });

  it("ends with 2 and the usage where a command is not used as it should be", async () => {
    const { address } = actors.olive;
    const wrongSum = address.replace(/[a-f]/, (letter) => letter.toUpperCase()).replace(/[A-F]$/, "c");
    for (const words of [
      ["no-such-command"],
      ["operator"],
      ["operator", "bond"],
      ["operator", "bond", "--amount", "a few"],
      ["operator", "bond", "--amount", "-1"],
      ["operator", "bond", "--amount", "0.0"],
      ["operator", "bond", "--amount", "1", "--colour"],
      ["operator", "register", "--commission", "101"],
      ["operator", "register", "--commission", "1.234"],
      ["operator", "register", "--endpoint", "ftp://node.example"],
      ["operator", "key", "end", address, "--at", "soon"],
      ["delegate", "olive", "--amount", "1"],
      ["delegate", wrongSum, "--amount", "1"],
      ["ask", "--model", `0x${"00".repeat(32)}`, "--input", "x", "--recheck", "2"],
      ["watch", "--interval", "often"],
      ["completion", "powershell"],
    ]) {
      const ended = await desk.type({ env }, ...words);
      expect(ended.code, words.join(" ")).to.equal(2);
      expect(ended.stdout).to.equal("");
      expect(ended.stderr, words.join(" ")).to.match(/error: |^Usage: surety operator/m);
    }
    const exact = await desk.as("olive", "operator", "bond", "--amount", "0.0000001");
    expect(exact.code).to.equal(2);
    expect(exact.stderr).to.include("6 digits behind the point");
    const huge = await desk.as("olive", "operator", "bond", "--amount", `1${"0".repeat(30)}`);
    expect(huge.code).to.equal(2);
  });

  it("ends with 0 where it is asked for help, which says how to use it and how it ends", async () => {
    for (const words of [[], ["operator"], ["operator", "key", "end"], ["ask"], ["deploy"]]) {
      const { code, stdout, stderr } = await desk.type({}, ...words, "--help");
      expect([code, stderr], words.join(" ")).to.deep.equal([0, ""]);
      if (words.length > 1) expect(stdout).to.include("Example").and.include("Exit codes: 0 done, 1 ");
    }
  });

  it("names a network, a chain or a deployment that is not there", async () => {
    const shut = await open(() => new Response());
    await shut.close();
    const other = desk.file("other.json", serialiseDeployment({ ...stage.deployment, chainId: 1n }));
    const keystore = ["--keystore", desk.keystore("olive")];
    for (const [words, code, says] of [
      [["--network", "mars"], 2, /^UsageError: there is no network "mars": name one of local, sepolia, base-sepolia/],
      [["--network", shut.url, "--deployment", desk.deployment], 1, /^ChainError: .*does not answer/],
      [["--network", desk.rpc, "--deployment", other], 1, /^ChainError: .*is chain 31337, the deployment is on 1/],
      [["--network", desk.rpc, "--deployment", desk.path("none")], 1, /^FileError: .*check the path/],
      [["--network", desk.rpc, "--deployment", desk.keystore("olive")], 1, /^DeploymentError: not a deployment/],
    ] as const) {
      for (const command of [
        ["operator", "unbond", "--all", ...keystore],
        ["credit", actors.olive.address],
      ]) {
        const ended = await desk.type({ env }, ...command, ...words);
        expect(ended, ended.stderr).to.include({ code, stdout: "" });
        expect(ended.stderr).to.match(says).and.not.include("    at ");
      }
    }
    // A chain of which nothing is known.
    const fresh = close(await network.create({ network: "local", chainType: "l1", override: { chainId: 424_242 } }));
    const { url } = await open(rpcHandler(fresh.provider));
    const unknown = await desk.type({}, "credit", actors.olive.address, "--network", url);
    expect(unknown.code).to.equal(1);
    expect(unknown.stderr).to.match(/^DeploymentError: .*chain 424242.*deploy with `surety deploy`/);
  });

  it("names a keystore that does not open, and never says what it holds", async () => {
    const keystore = desk.keystore("olive");
    const unbond = ["operator", "unbond", "--all", ...chain];
    const wrong = { SURETY_PASSWORD: "wrong horse" };
    const none = desk.path("none.json");
    for (const [person, words, code, says] of [
      [{ env: wrong }, ["--keystore", keystore], 1, /^KeystoreError: .*does not open: the password is not its/],
      [{ env: { SURETY_PASSWORD: "" } }, ["--keystore", keystore], 2, /^UsageError: the password is empty/],
      [{ env: {} }, ["--keystore", keystore], 2, /^UsageError: no password for .*--password-file/],
      [{ env }, ["--keystore", none], 1, /^KeystoreError: there is no keystore .*surety operator init/],
      [{ env }, ["--keystore", desk.deployment], 1, /^KeystoreError: .*is no keystore/],
      [{ env }, ["--keystore", keystore, "--password-file", none], 1, /^FileError: .*none\.json cannot be read/],
    ] as const) {
      const ended = await desk.type(person, ...unbond, ...words);
      expect(ended, ended.stderr).to.include({ code, stdout: "" });
      expect(ended.stderr).to.match(says).and.not.include("wrong horse");
      expect(ended.stderr).not.to.include(accountKey("olive").slice(2));
    }
    const file = desk.file("password", `${PASSWORD}\n`);
    const opened = await desk.type({ env: wrong }, ...unbond, "--keystore", keystore, "--password-file", file);
    expect(opened.code, opened.stderr).to.equal(0);
  });

  it("names a keystore that does not say whose it is", async () => {
    const nameless = JSON.parse(readFileSync(desk.keystore("olive"), "utf8")) as Record<string, unknown>;
    delete nameless["address"];
    const file = desk.file("nameless.json", JSON.stringify(nameless));
    const ended = await desk.type({ env }, "operator", "status", "--keystore", file, ...chain);
    expect(ended.code).to.equal(1);
    expect(ended.stderr).to.match(/^KeystoreError: .*does not say its address/);
  });

  it("says that an account has no coin for gas", async () => {
    const secret = "0x".padEnd(66, "7") as `0x${string}`;
    const words = ["claim", ...chain, "--keystore", desk.keystore(secret)];
    expect((await desk.type({ env }, ...words)).stdout).to.include("Nothing to do");
    const faucet = ["faucet", "--amount", "1", ...chain, "--keystore", desk.keystore(secret)];
    const ended = await desk.type({ env }, ...faucet);
    expect(ended.code).to.equal(1);
    expect(ended.stderr).to.match(/^ChainError: .*(coin|funds)/);
  });
});

describe("surety account", () => {
  const stage = useStage();
  let desk: Desk;
  beforeEach(async () => (desk = close(await openDesk(stage))));
  const secret = accountKey("bob");

  it("asks for a new password twice, and shows neither", async () => {
    const file = desk.path("deep/new.json");
    const words = ["account", "create", "--keystore", file];
    const differing = await desk.type({ answers: ["one", "other"] }, ...words);
    expect(differing.code).to.equal(2);
    expect(differing.stderr).to.include("the two passwords differ");
    const stopped = await desk.type({ answers: ["one"] }, ...words);
    expect(stopped.code).to.equal(130);
    const made = await desk.type({ answers: [PASSWORD, PASSWORD] }, ...words);
    expect(made.code, made.stderr).to.equal(0);
    expect(made.stdout + made.stderr).not.to.include(PASSWORD);
    const again = await desk.type({ answers: [] }, ...words);
    expect(again.stdout).to.match(/^· there already/);
  });

  it("takes a key from a file or a person, and never shows it or writes over another", async () => {
    const [file, typed] = [desk.path("file.json"), desk.path("typed.json")];
    const key = desk.file("key", `${secret}\n`);
    const env = { SURETY_PASSWORD: PASSWORD };
    const from = await desk.type({ env }, "account", "import", "--key-file", key, "--keystore", file);
    expect(from.stdout, from.stderr).to.include(`✓ made ${file}: ${actors.bob.address}`);
    const asked = await desk.type({ env, answers: [secret.slice(2)] }, "account", "import", "--keystore", typed);
    expect(asked.stdout, asked.stderr).to.include(actors.bob.address);
    const twice = await desk.type({ env }, "account", "import", "--key-file", key, "--keystore", file);
    expect(twice.code).to.equal(1);
    expect(twice.stderr).to.match(/^FileError: .*is there already/);
    const nobody = await desk.type({ env }, "account", "import", "--keystore", desk.path("x.json"));
    expect(nobody.code).to.equal(2);
    const bad = desk.file("bad", secret.slice(0, -1));
    const wrong = await desk.type({ env }, "account", "import", "--key-file", bad, "--keystore", desk.path("x.json"));
    expect(wrong.code).to.equal(2);
    for (const { stdout, stderr } of [from, asked, twice, nobody, wrong]) {
      expect(stdout + stderr).not.to.include(secret.slice(2, 40));
    }
  });
});
