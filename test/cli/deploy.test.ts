import { existsSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import { ContractFactory } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { readDeploymentParameters } from "@nomicfoundation/hardhat-ignition/helpers";
import { moduleParameters } from "../../deploy/deploy.ts";
import SuretyModule from "../../deploy/modules/Surety.ts";
import { parameterFile } from "../../deploy/parameterFile.ts";
import { localParameters } from "../../deploy/parameters.ts";
import type { Checked } from "../../src/chain/check.ts";
import { connect } from "../../src/chain/contracts.ts";
import { parseDeployment } from "../../src/chain/deployment.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { compileContract } from "../support/solc.ts";
import { actors, close, open, useStage } from "../support/stage.ts";

const CHAIN = 31_337;
/** A journal of this test's own. */
const JOURNAL = "test-cli-deploy";
const [journal, ...others] = ["", "-token", "-erc8004"].map((part) =>
  resolve(import.meta.dirname, `../../deploy/deployments/${JOURNAL}${part}`),
) as [string, string, string];

describe("surety deploy", () => {
  const stage = useStage();
  let desk: Desk;
  let words: readonly string[];
  let connection: NetworkConnection<"l1">;
  let url = "";
  const env = { SURETY_PASSWORD: PASSWORD };
  const forget = (): void => [journal, ...others].forEach((folder) => rmSync(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    forget();
    desk = close(await openDesk(stage));
    connection = await network.create({ network: "local", chainType: "l1" });
    close(connection);
    ({ url } = await open(rpcHandler(connection.provider)));
    const file = ["--deployment", desk.path("made/deployment.json"), "--journal", JOURNAL];
    words = ["deploy", "--network", url, ...file, "--keystore", desk.keystore("deployer")];
  });
  afterEach(forget);

  it("says what it would take, deploys, and has nothing to do the second time", async () => {
    const file = desk.path("made/deployment.json");
    const roles = ["--governance", actors.will.address];
    const dry = await desk.type({ env }, ...words, ...roles, "--dry-run", "--json");
    expect(dry.code, dry.stderr).to.equal(0);
    const said = JSON.parse(dry.stdout) as { readonly transactions: number; readonly gas: string };
    expect(said.transactions).to.be.greaterThan(20);
    expect(Number(said.gas)).to.be.greaterThan(10_000_000);
    expect(existsSync(file)).to.be.false;

    const done = await desk.type({ env }, ...words, ...roles, "--json");
    expect(done.code, done.stderr).to.equal(0);
    const deployment = parseDeployment(readFileSync(file, "utf8"));
    expect(JSON.parse(done.stdout)).to.deep.include({ isNew: true, file, chainId: String(CHAIN) });
    const { check } = JSON.parse(done.stdout) as { readonly check: Pick<Checked, "isRight" | "rows"> };
    expect(check).to.deep.include({ isRight: true, rows: [] });
    expect(Object.keys(deployment.codeHashes ?? {})).to.have.members(Object.keys(deployment.contracts));
    const [governance, deployer] = [actors.will, actors.deployer].map(({ address }) => address.toLowerCase());
    expect(deployment.roles).to.deep.equal({ governance, guardian: governance, treasury: deployer });
    expect(deployment.chainId).to.equal(BigInt(CHAIN));
    const again = await desk.type({ env }, ...words, ...roles);
    expect(again.stdout, again.stderr)
      .to.match(/^Nothing to do: deployed on chain 31337/)
      .and.match(/^✓ nothing is wrong: \d+ as they should be, 0 worth a look$/m);
    expect(parseDeployment(readFileSync(file, "utf8"))).to.deep.equal(deployment);

    // It can be used at once.
    const faucet = ["faucet", "--amount", "5", "--network", url, "--deployment", file];
    const used = await desk.type({ env }, ...faucet, "--keystore", desk.keystore("deployer"), "--json");
    expect(used.code, used.stderr).to.equal(0);
    expect(connect(deployment, actors.deployer)).to.have.property("bonds");

    // Where the chain has something else than what was deployed, it says so.
    const { ledger } = deployment.contracts;
    const code = await connection.ethers.provider.getCode(ledger);
    await connection.provider.request({ method: "hardhat_setCode", params: [ledger, `${code.slice(0, -2)}00`] });
    const other = await desk.type({ env }, ...words, ...roles);
    expect(other.code, other.stderr).to.equal(1);
    expect(other.stdout).to.match(/^✗ code +ledger +its code is 0x\w+, the deployment file says 0x\w+$/m);
    expect(other.stdout).to.match(/^✗ 1 wrong: /m);
  });

  it("adds what writes to ERC-8004's registries, and keeps it", async () => {
    const file = desk.path("made/deployment.json");
    await desk.type({ env }, ...words);
    const bare = parseDeployment(readFileSync(file, "utf8"));
    expect(bare.erc8004).to.be.undefined;
    const unknown = await desk.type({ env }, ...words, "--erc8004");
    expect(unknown.code).to.equal(2);
    expect(unknown.stderr).to.match(/^UsageError: no registries are known for chain 31337: name them/);

    const signer = await connection.ethers.provider.getSigner(0);
    const addresses: string[] = [];
    for (const name of ["Identity", "Reputation"] as const) {
      const { abi, bytecode } = compileContract(`test/support/Test${name}Registry.sol`);
      const contract = await new ContractFactory(abi, bytecode, signer).deploy(...addresses);
      addresses.push((await contract.getAddress()).toLowerCase());
    }
    const dry = await desk.type({ env }, ...words, "--erc8004", addresses.join(","), "--dry-run", "--json");
    const without = await desk.type({ env }, ...words, "--dry-run", "--json");
    const [more, less] = [dry, without].map(
      ({ stdout }) => (JSON.parse(stdout) as { transactions: number }).transactions,
    );
    expect(more, dry.stderr).to.equal(Number(less) + 3);

    const added = await desk.type({ env }, ...words, "--erc8004", addresses.join(","));
    expect(added.stdout, added.stderr)
      .to.match(/^✓ deployed/)
      .and.match(/^publisher +0x/m);
    const { erc8004, codeHashes, ...rest } = parseDeployment(readFileSync(file, "utf8"));
    expect({ ...rest, codeHashes: bare.codeHashes }).to.deep.equal(bare);
    expect(codeHashes).to.include.keys("identity", "reputation", "links", "publisher", "verdicts");
    expect([erc8004?.identity, erc8004?.reputation, erc8004?.validator]).to.deep.equal([...addresses, undefined]);
    const again = await desk.type({ env }, ...words);
    expect(again.stdout).to.match(/^Nothing to do/);
    expect(parseDeployment(readFileSync(file, "utf8")).erc8004).to.deep.equal(erc8004);
  });

  it("refuses to begin without coin, or without a network", async () => {
    const poor = desk.keystore(`0x${"7".repeat(64)}`);
    const dry = await desk.type({ env }, "deploy", "--network", url, "--keystore", poor, "--dry-run");
    expect(dry.code).to.equal(1);
    expect(dry.stderr).to.match(/^ChainError: 0x\w+ has 0\.0 of the coin of chain 31337, .* are needed/);
    const nowhere = await desk.type({ env }, "deploy", "--network", "http://127.0.0.1:1", "--keystore", poor);
    expect(nowhere.code).to.equal(1);
    expect(nowhere.stderr).to.match(/^ChainError: .*does not answer/);
    expect(existsSync(journal)).to.be.false;
  });

  describe("says what is wrong before anything is sent", () => {
    afterEach(async () => {
      expect(await connection.ethers.provider.getBlockNumber()).to.equal(0);
      expect(existsSync(journal)).to.be.false;
    });

    it("in its parameters", async () => {
      const wrong = desk.file("wrong.json", JSON.stringify({ extends: parameterFile("local"), leverage: 5, fee: 1 }));
      const { code, stderr } = await desk.type({ env }, ...words, "--parameters", wrong);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^ParametersError: .*wrong\.json is refused:/);
      expect(stderr)
        .to.match(/from 1 to 4 expected\s+→ at leverage/)
        .and.to.include('Unrecognized key: "fee"');
    });

    it("of a chain that is another than the network's", async () => {
      const elsewhere = ["deploy", "--network", "base-sepolia", "--rpc", url, "--keystore", desk.keystore("deployer")];
      const { code, stderr } = await desk.type({ env }, ...elsewhere);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^ChainError: no endpoint is of chain 84532/);
    });

    it("of a chain whose coin is worth something", async () => {
      const real = close(await network.create({ network: "local", chainType: "l1", override: { chainId: 8_453 } }));
      const { url: there } = await open(rpcHandler(real.provider));
      const { code, stderr } = await desk.type({ env }, ...words, "--network", there);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^PreflightError: chain 8453 .*: name the token of bonds with --token/);
      expect(await real.ethers.provider.getBlockNumber()).to.equal(0);
    });

    it("of a journal's name", async () => {
      const { code, stderr } = await desk.type({ env }, ...words, "--journal", "../other");
      expect(code).to.equal(2);
      expect(stderr).to.include("A letter, then letters");
    });

    it("where coin is missing", async () => {
      const poor = desk.keystore(`0x${"7".repeat(64)}`);
      const { code, stderr } = await desk.type({ env }, ...words, "--keystore", poor);
      expect(code).to.equal(1);
      expect(stderr).to.match(/^ChainError: 0x\w+ has 0\.0 of the coin of chain 31337, .* are needed: give it more/);
    });
  });

  it("says plainly who governs", async () => {
    const own = await desk.type({ env }, ...words, "--dry-run");
    expect(own.stdout, own.stderr).to.include("The deployer governs: whoever has its key can change parameters");
    const other = await desk.type({ env }, ...words, "--governance", actors.will.address, "--dry-run");
    expect(other.stdout).to.include(`governance  ${actors.will.address}\n`).and.not.to.include("The deployer governs");
  });

  it("writes what Ignition's own command is given", async () => {
    const token = await (await connection.ethers.deployContract("TestToken")).getAddress();
    const file = desk.path("ignition.json");
    const tokenless = await desk.type({ env }, ...words, "--ignition", file);
    expect([tokenless.code, existsSync(file)]).to.deep.equal([2, false]);
    const { code, stderr } = await desk.type({ env }, ...words, "--ignition", file, "--token", token);
    expect(code, stderr).to.equal(0);
    const parameters = await readDeploymentParameters(file);
    const { address: deployer } = actors.deployer;
    expect(parameters).to.deep.equal({
      Surety: moduleParameters(localParameters, { token: token.toLowerCase(), deployer: deployer.toLowerCase() }),
    });
    await connection.ignition.deploy(SuretyModule, { parameters });
    expect(await connection.ethers.provider.getBlockNumber()).to.be.greaterThan(20);
    expect(existsSync(journal)).to.be.false;
  });

  it("says what is not verified, and that the deployment stands", async () => {
    const { code, stdout, stderr } = await desk.type({ env }, ...words, "--verify");
    // No service knows a chain on this machine.
    expect(code, stderr).to.equal(1);
    expect(stdout).to.match(/^✓ deployed on chain 31337/);
    expect(stdout).to.match(/✗ sourcify: 18 contracts are not verified; .*run the same command again/);
    expect(stdout).to.match(/· etherscan: it wants a key: set ETHERSCAN_API_KEY/);
    expect(existsSync(desk.path("made/deployment.json"))).to.be.true;
  });

  it("begins no second deployment by mistake, and one by another name", async () => {
    const file = desk.path("made/deployment.json");
    await desk.type({ env }, ...words);
    const first = parseDeployment(readFileSync(file, "utf8"));

    const changed = desk.file("changed.json", JSON.stringify({ extends: parameterFile("local"), leverage: 3 }));
    const differs = await desk.type({ env }, ...words, "--parameters", changed);
    expect(differs.code).to.equal(1);
    expect(differs.stderr).to.match(/^DeploymentError: .*began with other parameters.*--journal/);
    const sent = await connection.ethers.provider.getBlockNumber();

    // As in another checkout: the file is there, its journal is not.
    forget();
    const again = await desk.type({ env }, ...words);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.match(/^DeploymentError: .*deployment\.json is a deployment that is there.*--deployment/);
    expect(await connection.ethers.provider.getBlockNumber()).to.equal(sent);
    expect(parseDeployment(readFileSync(file, "utf8"))).to.deep.equal(first);

    const beside = desk.path("made/beside.json");
    const second = await desk.type({ env }, ...words, "--deployment", beside, "--parameters", changed, "--json");
    expect(second.code, second.stderr).to.equal(0);
    const made = parseDeployment(readFileSync(beside, "utf8"));
    expect(made.block).to.equal(sent + 1);
    expect(made.contracts.bonds).not.to.equal(first.contracts.bonds);
  });

  it("names a journal that is of another chain", async () => {
    await desk.type({ env }, ...words);
    const fresh = close(await network.create({ network: "local", chainType: "l1" }));
    const { url: there } = await open(rpcHandler(fresh.provider));
    const { code, stderr } = await desk.type({ env }, ...words, "--network", there);
    expect(code).to.equal(1);
    expect(stderr).to.match(/^DeploymentError: the journal in .*test-cli-deploy.* is of another chain: remove it/);
    expect(await fresh.ethers.provider.getBlockNumber()).to.equal(0);
  });

  it("goes on where coin ran out, once there is more", async () => {
    const { provider } = connection.ethers;
    const deployer = actors.deployer.address;
    const chain = rpcHandler(connection.provider);
    let left = 6;
    const { url: draining } = await open(async (request) => {
      const isSending = (await request.clone().text()).includes("eth_sendRawTransaction");
      if (isSending && --left === 0) await setCoin(deployer, 1n);
      return chain(request);
    });
    const stopped = await desk.type({ env }, ...words, "--network", draining);
    expect(stopped.code, stopped.stdout).to.equal(1);
    expect(stopped.stderr).to.match(/^ChainError: the account has too little .*run the same command again/);
    expect(await provider.getTransactionCount(deployer)).to.equal(5);
    const still = await desk.type({ env }, ...words);
    expect(still.stderr).to.match(/^ChainError: the account has too little/);

    await setCoin(deployer, 10n ** 20n);
    const done = await desk.type({ env }, ...words, "--json");
    expect(done.code, done.stderr).to.equal(0);
    const { transactions } = JSON.parse((await desk.type({ env }, ...words, "--dry-run", "--json")).stdout) as {
      readonly transactions: number;
    };
    expect(await provider.getTransactionCount(deployer)).to.equal(transactions);
    expect(parseDeployment(readFileSync(desk.path("made/deployment.json"), "utf8")).block).to.equal(1);
  });

  async function setCoin(address: string, wei: bigint): Promise<void> {
    const params = [address, `0x${wei.toString(16)}`];
    await connection.provider.request({ method: "hardhat_setBalance", params });
  }
});
