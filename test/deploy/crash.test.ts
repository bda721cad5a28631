import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { encryptKeystoreJsonSync, keccak256 } from "ethers";
import { parseDeployment } from "../../src/chain/deployment.ts";
import { addressOf } from "../../src/core/signatures.ts";
import { type Anvil, BASE_SEPOLIA, missingAnvil, startAnvil } from "../../scripts/rehearsal/anvil.ts";
import { type Ended, type Running, start } from "../support/children.ts";
import { accountKey, PASSWORD } from "../support/cli.ts";
import { actors, close, closeOpened, open } from "../support/stage.ts";

const isDeep = process.env["SURETY_TEST_PROFILE"] === "deep";
const deployer = addressOf(accountKey("deployer"));

/** When a process is killed: at its so-manieth transaction, which then never arrived, or of which it never heard. */
interface Kill {
  readonly at: number;
  readonly arrives: boolean;
  readonly by: NodeJS.Signals;
}

/** A node behind a proxy that counts what is sent through it, and kills whoever sends it. */
class Wire {
  /** What was sent, by each process: hashes of signed transactions. */
  readonly sent: string[][] = [];
  url = "";
  #kill: Kill | undefined;
  #child: Running | undefined;

  constructor(readonly anvil: Anvil) {}

  /** Runs `surety deploy` in a process of its own, until it ends or is killed. */
  async deploy(words: readonly string[], kill?: Kill): Promise<Ended> {
    this.sent.push([]);
    this.#kill = kill;
    this.#child = start("src/cli/main.ts", ["deploy", "--network", this.url, ...words]);
    return this.#child.ended;
  }

  readonly handler = async (request: Request): Promise<Response> => {
    const text = await request.text();
    const { method, params } = JSON.parse(text) as { readonly method: string; readonly params: readonly string[] };
    const forward = async () =>
      fetch(this.anvil.url, { method: "POST", body: text, headers: { "content-type": "application/json" } });
    if (method !== "eth_sendRawTransaction") return forward();
    const now = this.sent.at(-1) ?? [];
    now.push(keccak256(params[0] ?? ""));
    if (this.#kill?.at !== now.length) return forward();
    const { arrives, by } = this.#kill;
    const response = arrives ? await forward() : undefined;
    this.#child?.child.kill(by);
    if (by !== "SIGKILL") return response ?? forward();
    await this.#child?.ended;
    return new Response();
  };
}

describe("a deployment that is killed", function () {
  this.timeout(isDeep ? 1_200_000 : 240_000);
  let folder = "";
  const journals: string[] = [];

  before(function () {
    if (missingAnvil !== undefined) {
      process.stderr.write(`${missingAnvil}: deployments are not killed\n`);
      this.skip();
    }
    folder = mkdtempSync(join(tmpdir(), "surety-crash-"));
  });
  afterEach(async () => {
    await closeOpened();
    for (const name of journals.splice(0)) {
      for (const part of ["", "-token", "-erc8004"])
        rmSync(journalOf(`${name}${part}`), { recursive: true, force: true });
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function journalOf(name: string): string {
    return resolve(import.meta.dirname, "../../deploy/deployments", name);
  }

  async function openWire(): Promise<{
    readonly wire: Wire;
    readonly words: readonly string[];
    readonly file: string;
  }> {
    const wire = new Wire(close(await startAnvil()));
    wire.url = (await open(wire.handler)).url;
    const name = `test-${randomUUID()}`;
    journals.push(name);
    const [keystore, password, file] = ["account.json", "password.txt", `${name}.json`].map((part) =>
      join(folder, part),
    ) as [string, string, string];
    const scrypt = { N: 2, r: 8, p: 1 };
    const account = { address: deployer, privateKey: accountKey("deployer") };
    writeFileSync(keystore, encryptKeystoreJsonSync(account, PASSWORD, { scrypt }));
    writeFileSync(password, PASSWORD);
    const roles = ["--governance", actors.wendy.address, "--guardian", actors.will.address];
    const files = ["--keystore", keystore, "--password-file", password, "--deployment", file, "--journal", name];
    return { wire, words: [...files, ...roles, "--json"], file };
  }

  it("goes on at each transaction, with no contract and no transaction more", async () => {
    const whole = await openWire();
    const done = await whole.wire.deploy(whole.words);
    expect(done.code, done.stderr).to.equal(0);
    const expected = parseDeployment(readFileSync(whole.file, "utf8"));
    const transactions = whole.wire.sent[0] ?? [];
    expect(expected.chainId).to.equal(BASE_SEPOLIA);

    const killed = await openWire();
    const { wire, words, file } = killed;
    let [count, from] = [0, 0];
    for (const at of isDeep ? transactions.keys() : [0, 7, transactions.length - 1]) {
      for (const arrives of [false, true]) {
        // What never arrived is sent again first.
        const kill = { at: at - from + 1, arrives, by: "SIGKILL" } as const;
        const { code, stderr } = await wire.deploy(words, kill);
        expect(code, `transaction ${at}, ${arrives ? "arrived" : "lost"}: ${stderr}`).to.be.null;
        expect(existsSync(file)).to.be.false;
        from = arrives ? at + 1 : at;
        count = await wire.anvil.provider.getTransactionCount(deployer);
        expect(count).to.equal(from);
      }
    }
    const resumed = await wire.deploy(words);
    expect(resumed.code, resumed.stderr).to.equal(0);
    expect(await wire.anvil.provider.getTransactionCount(deployer)).to.equal(transactions.length);
    // What was sent twice was the same, so that it could never have been in two blocks.
    expect(new Set(wire.sent.flat()).size).to.equal(transactions.length);
    // Which contract comes first of several that need each other not is another after each start; each comes once.
    const deployment = parseDeployment(readFileSync(file, "utf8"));
    const receipts = await Promise.all(
      [...new Set(wire.sent.flat())].map(async (hash) => wire.anvil.provider.getTransactionReceipt(hash)),
    );
    expect(receipts.map((receipt) => receipt?.status)).to.deep.equal(transactions.map(() => 1));
    const created = receipts.flatMap((receipt) => receipt?.contractAddress?.toLowerCase() ?? []);
    expect(created).to.have.members(Object.values(deployment.contracts));
    expect(Object.keys(deployment.contracts)).to.deep.equal(Object.keys(expected.contracts));

    const again = await wire.deploy(words);
    expect(JSON.parse(again.stdout), again.stderr).to.include({ isNew: false });
    expect(wire.sent.at(-1)).to.deep.equal([]);
    expect(parseDeployment(readFileSync(file, "utf8"))).to.deep.equal(deployment);

    // History is read from the first contract on, not from where the last process went on.
    const [first = ""] = transactions;
    expect(deployment.block).to.equal((await whole.wire.anvil.provider.getTransactionReceipt(first))?.blockNumber);
    expect(await wire.anvil.provider.getBlockNumber()).to.be.greaterThan(deployment.block + 20);
  });

  it("is said to cost what a rollup asks for data, too", async () => {
    const { wire, words } = await openWire();
    const { stdout, stderr } = await wire.deploy([...words, "--dry-run"]);
    const said = JSON.parse(stdout || "{}") as Readonly<Record<"gas" | "gasPrice" | "cost", string>>;
    const forData = BigInt(said.cost) - BigInt(said.gas) * BigInt(said.gasPrice);
    expect(forData > 0n, stderr).to.be.true;
    expect(wire.sent.flat()).to.deep.equal([]);
  });

  it("stops between two transactions on Ctrl-C, and says what to do", async () => {
    const { wire, words, file } = await openWire();
    const stopped = await wire.deploy(words, { at: 5, arrives: true, by: "SIGINT" });
    expect(stopped.code, stopped.stderr).to.equal(130);
    expect(stopped.stderr).to.match(/run the same command again, and it goes on where this one stopped/);
    expect(wire.sent[0]).to.have.length(5);
    // A machine whose power fails leaves half a line.
    const [name = ""] = journals;
    appendFileSync(join(journalOf(name), "journal.jsonl"), '\n{"futureId":"Sur');
    const resumed = await wire.deploy(words);
    expect(resumed.code, resumed.stderr).to.equal(0);
    const all = wire.sent.flat();
    expect(new Set(all).size).to.equal(all.length);
    expect(all).to.have.length(await wire.anvil.provider.getTransactionCount(deployer));
    expect(existsSync(file)).to.be.true;
  });
});
