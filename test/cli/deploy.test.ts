import { existsSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import { ContractFactory } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { connect } from "../../src/chain/contracts.ts";
import { parseDeployment } from "../../src/chain/deployment.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import { compileContract } from "../support/solc.ts";
import { actors, close, open, useStage } from "../support/stage.ts";

/** A chain of this test's own: Ignition keeps a journal of it, by its id. */
const CHAIN = 990_001;
const journal = resolve(import.meta.dirname, `../../deploy/deployments/chain-${CHAIN}`);

describe("surety deploy", () => {
  const stage = useStage();
  let desk: Desk;
  let words: readonly string[];
  let connection: NetworkConnection<"l1">;
  let url = "";
  const env = { SURETY_PASSWORD: PASSWORD };
  const forget = (): void => rmSync(journal, { recursive: true, force: true });

  beforeEach(async () => {
    forget();
    desk = close(await openDesk(stage));
    connection = await network.create({ network: "local", chainType: "l1", override: { chainId: CHAIN } });
    close(connection);
    ({ url } = await open(rpcHandler(connection.provider)));
    const file = ["--deployment", desk.path("made/deployment.json")];
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
    expect(deployment.chainId).to.equal(BigInt(CHAIN));
    const again = await desk.type({ env }, ...words, ...roles);
    expect(again.stdout, again.stderr).to.match(/^Nothing to do: deployed on chain 990001/);
    expect(parseDeployment(readFileSync(file, "utf8"))).to.deep.equal(deployment);

    // It can be used at once.
    const faucet = ["faucet", "--amount", "5", "--network", url, "--deployment", file];
    const used = await desk.type({ env }, ...faucet, "--keystore", desk.keystore("deployer"), "--json");
    expect(used.code, used.stderr).to.equal(0);
    expect(connect(deployment, actors.deployer)).to.have.property("bonds");
  });

  it("adds what writes to ERC-8004's registries, and keeps it", async () => {
    const file = desk.path("made/deployment.json");
    await desk.type({ env }, ...words);
    const bare = parseDeployment(readFileSync(file, "utf8"));
    expect(bare.erc8004).to.be.undefined;
    const unknown = await desk.type({ env }, ...words, "--erc8004");
    expect(unknown.code).to.equal(2);
    expect(unknown.stderr).to.match(/^UsageError: no registries are known for chain 990001: name them/);

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
    const { erc8004, ...rest } = parseDeployment(readFileSync(file, "utf8"));
    expect(rest).to.deep.equal(bare);
    expect([erc8004?.identity, erc8004?.reputation, erc8004?.validator]).to.deep.equal([...addresses, undefined]);
    const again = await desk.type({ env }, ...words);
    expect(again.stdout).to.match(/^Nothing to do/);
    expect(parseDeployment(readFileSync(file, "utf8")).erc8004).to.deep.equal(erc8004);
  });

  it("refuses to begin without coin, or without a network", async () => {
    const poor = desk.keystore(`0x${"7".repeat(64)}`);
    const dry = await desk.type({ env }, "deploy", "--network", url, "--keystore", poor, "--dry-run");
    expect(dry.code).to.equal(1);
    expect(dry.stderr).to.match(/^ChainError: 0x\w+ has 0\.0 of the coin of chain 990001, .* are needed/);
    const nowhere = await desk.type({ env }, "deploy", "--network", "http://127.0.0.1:1", "--keystore", poor);
    expect(nowhere.code).to.equal(1);
    expect(nowhere.stderr).to.match(/^ChainError: .*does not answer/);
    expect(existsSync(journal)).to.be.false;
  });
});
