import { expect } from "chai";
import { AbiCoder, concat, HDNodeWallet, Interface, JsonRpcProvider, Wallet } from "ethers";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import {
  domainsOf,
  DeploymentError,
  makeDeployment,
  parseDeployment,
  serialiseDeployment,
} from "../../src/chain/deployment.ts";
import { listOperators } from "../../src/chain/directory.ts";
import { ChainError, explain } from "../../src/chain/errors.ts";
import { chainTime, gasPriceOf, readFacts } from "../../src/chain/facts.ts";
import { query, transact } from "../../src/chain/transactions.ts";
import { accountId } from "../../src/core/accounts.ts";
import type { Hex } from "../../src/core/bytes.ts";
import type { Bundle } from "../../src/core/records.ts";
import { Mode, receiptHash } from "../../src/core/typedData.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import * as types from "../../typechain-types/index.ts";
import { forge, Library, redeem } from "../support/forge.ts";
import {
  actors,
  addressed,
  catchUp,
  chain,
  clock,
  close,
  contractsOf,
  makeWatcher,
  open,
  PRICE,
  provider,
  published,
  rejectionOf,
  secrets,
  useStage,
} from "../support/stage.ts";

const MNEMONIC = "test test test test test test test test test test test junk";

describe("the chain layer", () => {
  const stage = useStage();

  /** The chain as a stranger reaches it: by JSON-RPC over HTTP. */
  async function remote(): Promise<JsonRpcProvider> {
    const { url } = await open(rpcHandler(provider));
    const { chainId } = stage.deployment;
    const found = new JsonRpcProvider(url, chainId, { staticNetwork: true, cacheTimeout: -1 });
    found.pollingInterval = 10;
    close({ close: () => found.destroy() });
    return found;
  }

  describe("says why a contract refused, with its values and what to do", () => {
    const refused: readonly (readonly [string, () => Promise<unknown>, readonly string[]])[] = [
      [
        "a token that was not approved",
        () => contractsOf(stage, "will").escrow.fund(5n, actors.olive.address, actors.will.address),
        ["ERC20InsufficientAllowance", "needed 5", "approve the contract"],
      ],
      [
        "an operator that is not registered",
        () => contractsOf(stage, "will").bonds.setPayout(actors.will.address),
        ["OperatorNotRegistered", actors.will.address, "register the operator first"],
      ],
      [
        "a batch out of order",
        () =>
          contractsOf(stage, "olive").ledger.commit(
            actors.olive.address,
            "0x".padEnd(66, "1"),
            "0x".padEnd(66, "1"),
            5n,
            1n,
          ),
        ["SequenceNotContiguous", "firstSequence 5", "expected 0", "commit the receipts that come next"],
      ],
      [
        "a stranger who commits",
        () =>
          contractsOf(stage, "will").ledger.commit(
            actors.olive.address,
            "0x".padEnd(66, "1"),
            "0x".padEnd(66, "1"),
            0n,
            1n,
          ),
        ["NotOperatorOrAgent", "name this account its agent"],
      ],
      [
        "a refund that thaws",
        async () => {
          const { escrow } = contractsOf(stage, "alice");
          const key = "0x".padEnd(42, "9");
          await escrow.fund(5n, actors.olive.address, key);
          await escrow.thaw(5n, actors.olive.address, key);
          await escrow.refund(actors.olive.address, key);
        },
        ["ThawNotMature", "wait until the thaw matures"],
      ],
      [
        "a delegation to somebody without a bond",
        () => contractsOf(stage, "olive").bonds.delegate(actors.will.address, 1n, 0n),
        ["DelegationFull", actors.will.address, "to another operator"],
      ],
      [
        "a gift to delegators of whom there are none",
        () => contractsOf(stage, "will").bonds.reward(actors.olive.address, 1n),
        ["NoDelegators", "when more is delegated"],
      ],
      [
        "an operator that delegates to itself",
        () => contractsOf(stage, "olive").bonds.delegate(actors.olive.address, 1n, 0n),
        ["SelfDelegation", actors.olive.address, "bond it instead"],
      ],
      [
        "fewer shares than were wanted",
        () => contractsOf(stage, "will").bonds.delegate(actors.olive.address, 1n, 2n),
        ["SharesBelowLeast", "shares 1", "least 2", "quoteDelegation"],
      ],
      [
        "shares that are not there",
        () => contractsOf(stage, "will").bonds.requestUnbond(actors.olive.address, 1n),
        ["SharesInsufficient", "active 0"],
      ],
      [
        "a ticket that was never opened",
        () => contractsOf(stage, "will").bonds.withdraw(actors.olive.address, actors.will.address, 1n),
        ["TicketUnknown", "ticket 1", "the second in which it was opened"],
      ],
      [
        "an entry while the bonds are suspended",
        async () => {
          await stage.contracts.bonds.suspend(60n);
          await contractsOf(stage, "will").bonds.register(actors.will.address, 0n, "");
        },
        ["Suspended", "wait until the suspension ends"],
      ],
      [
        "a permit of nothing",
        async () => {
          const empty = { amount: 1n, deadline: 0n, v: 27, r: "0x".padEnd(66, "0"), s: "0x".padEnd(66, "0") };
          await contractsOf(stage, "will").bonds.delegateWithPermit(actors.olive.address, 1n, 0n, empty);
        },
        ["PermitRefused", "asked 1", "approve the contract"],
      ],
      [
        "a collection for an operator that takes nothing without a voucher",
        () => contractsOf(stage, "will").escrow.collect(actors.olive.address),
        ["PayToNotOpen", actors.olive.address, "have the operator open its address first"],
      ],
      [
        "an address that is open",
        async () => {
          const { escrow } = contractsOf(stage, "olive");
          await escrow.openPayTo();
          await escrow.openPayTo();
        },
        ["PayToAlreadyOpen", actors.olive.address, "use the address as it is"],
      ],
      [
        "a collection where no cover is left",
        async () => {
          const { bonds, escrow, token } = contractsOf(stage, "olive");
          await escrow.openPayTo();
          await token.faucet(1n);
          await token.transfer(await escrow.payToOf(actors.olive.address), 1n);
          await bonds.requestUnbond(actors.olive.address, 1_000_000_000n);
          await escrow.collect(actors.olive.address);
        },
        ["NoCoverLeft", actors.olive.address, "stays where it is"],
      ],
      [
        "what governance did not schedule",
        () => stage.contracts.bonds.setLeverage(1n),
        ["AccessManagerNotScheduled", "wait for its delay"],
      ],
      [
        "what governance alone may do",
        () => contractsOf(stage, "will").escrow.setProtocolFee(1n),
        ["AccessManagedUnauthorized", actors.will.address],
      ],
    ];
    for (const [what, act, says] of refused) {
      it(what, async () => {
        const error = await rejectionOf(ChainError, query(act));
        expect(error.reason).to.equal(says[0]);
        for (const part of says) expect(error.message).to.include(part);
        expect(error.cause).to.not.be.undefined;
      });
    }

    it("and whatever a token gave as its reason", async () => {
      const { interface: escrow } = stage.contracts.escrow;
      const [token, will] = [stage.deployment.contracts.token, actors.will.address];
      const said = (reason: string): string =>
        explain({ data: escrow.encodeErrorResult("AuthorizationRefused", [token, will, reason]) }).message;
      const words = new Interface(["error Error(string reason)"]).encodeErrorResult("Error", ["invalid signature"]);
      expect(said(words)).to.include("reason Error").and.include("invalid signature)): sign another authorization");
      for (const odd of ["0x", "0x12", "0x12345678"]) expect(said(odd)).to.include(`reason ${odd})`);
      const nested = escrow.encodeErrorResult("ThawNotMature", [7n]);
      expect(said(nested)).to.include("reason ThawNotMature (maturesAt 7)");
      expect(said(nested.slice(0, 20)), "cut short").to.include("AuthorizationRefused");
    });

    it("whichever error of the contracts it is", () => {
      const coder = AbiCoder.defaultAbiCoder();
      for (const [name, exported] of Object.entries(types)) {
        if (!("abi" in exported)) continue;
        new Interface(exported.abi).forEachError(({ name: error, inputs, selector }) => {
          const data = concat([selector, coder.encode(inputs, coder.getDefaultValue(inputs))]);
          const { reason, message } = explain({ data });
          expect(reason, name).to.equal(error);
          // Its name, its values, and what to do.
          expect(message, name).to.match(/^\w+( \(.*\))?: \w/s);
        });
      }
    });

    it("over JSON-RPC too, in a call, an estimate and a transaction", async () => {
      const rpc = await remote();
      const will = HDNodeWallet.fromPhrase(MNEMONIC, "", "m/44'/60'/0'/0/7").connect(rpc);
      expect(addressed(will)).to.equal(addressed(actors.will));
      const { escrow } = connect(stage.deployment, will);
      const parameters = [actors.olive.address, actors.will.address] as const;
      for (const act of [
        () => escrow.refund.staticCall(...parameters),
        () => escrow.refund.estimateGas(...parameters),
        () => transact(() => escrow.refund(...parameters)),
        () => transact(() => escrow.refund(...parameters, { gasLimit: 200_000n })),
      ]) {
        expect((await rejectionOf(ChainError, query<unknown>(act))).reason).to.equal("NoThaw");
      }
      expect(
        (
          await rejectionOf(
            ChainError,
            query(() => escrow.refund.staticCall(...parameters)),
          )
        ).reason,
      ).to.equal("NoThaw");
    });
  });

  it("names an endpoint that nobody answers at", async () => {
    const server = await open(() => new Response());
    await server.close();
    const rpc = new JsonRpcProvider(server.url, 31_337n, { staticNetwork: true });
    close({ close: () => rpc.destroy() });
    const error = await rejectionOf(
      ChainError,
      query(() => rpc.getBlockNumber()),
    );
    expect(error.reason).to.equal("Unreachable");
    expect(error.message).to.include("check its address");
  });

  it("names an endpoint that answers what is no JSON-RPC", async () => {
    const { url } = await open(() => new Response("no", { status: 404 }));
    const rpc = new JsonRpcProvider(url, 31_337n, { staticNetwork: true });
    close({ close: () => rpc.destroy() });
    expect(
      (
        await rejectionOf(
          ChainError,
          query(() => rpc.getBlockNumber()),
        )
      ).reason,
    ).to.equal("Unreachable");
  });

  it("names an account without coin", async () => {
    const poor = new Wallet(secrets.stranger, await remote());
    const error = await rejectionOf(
      ChainError,
      transact(() => connect(stage.deployment, poor).token.faucet(1n, { gasLimit: 100_000n })),
    );
    expect(error.reason).to.equal("InsufficientFunds");
    expect(error.message).to.include("coin");
  });

  it("names an address without a contract", async () => {
    const nowhere = { ...stage.deployment.contracts, escrow: addressed(actors.will) };
    const { escrow } = connect({ ...stage.deployment, contracts: nowhere }, await remote());
    const error = await rejectionOf(
      ChainError,
      query(() => escrow.protocolFees()),
    );
    expect(error.reason).to.equal("NoContract");
    expect(error.message).to.include("deployment file");
  });

  it("keeps what it explained already, and whatever else was thrown as the cause", () => {
    const error = new ChainError("Known", "known");
    expect(explain(error)).to.equal(error);
    for (const thrown of [
      "text",
      undefined,
      null,
      7,
      { data: "0x1234" },
      { data: { data: "0x" } },
      new Error("boom"),
    ]) {
      expect(explain(thrown)).to.include({ reason: "Unknown", cause: thrown });
    }
  });

  it("names an account as the escrow does", async () => {
    const [payer, operator, client] = [actors.alice, actors.olive, actors.will].map(addressed) as [Hex, Hex, Hex];
    const id = await stage.contracts.escrow.accountId(payer, operator, client);
    expect(accountId({ payer, operator, signer: client })).to.equal(id);
  });

  it("knows what gas costs, and says where the chain knows neither that nor the time", async () => {
    expect(await gasPriceOf(stage.contracts)).to.satisfy((price: bigint) => price > 0n);
    const mute = { getFeeData: async () => ({ gasPrice: null }), getBlock: async () => null };
    const contracts = { ledger: { runner: { provider: mute } } } as unknown as Contracts;
    expect((await rejectionOf(ChainError, gasPriceOf(contracts))).reason).to.equal("NoGasPrice");
    expect((await rejectionOf(ChainError, chainTime(contracts))).reason).to.equal("NoBlock");
  });

  it("knows no time without a provider", async () => {
    const { reason } = await rejectionOf(ChainError, chainTime(connect(stage.deployment, new Wallet(secrets.alice))));
    expect(reason).to.equal("NoProvider");
  });

  it("lists the operators and where they are", async () => {
    const { bonds } = contractsOf(stage, "will");
    await bonds.register(actors.will.address, 0n, "http://127.0.0.1:1/");
    const operators = await listOperators(stage.contracts, 0);
    expect(operators.map(({ operator }) => operator)).to.deep.equal(
      [actors.olive, actors.otto, actors.will].map(addressed),
    );
    expect(operators.at(-1)?.endpoint).to.equal("http://127.0.0.1:1");
    expect(await listOperators(stage.contracts, (await chain.getBlockNumber()) + 1)).to.be.empty;
  });

  it("lists operators that register with what is no text, as being nowhere", async () => {
    const bytes = new Interface(["function register(address payout, uint16 commissionBps, bytes metadata)"]);
    const data = bytes.encodeFunctionData("register", [actors.will.address, 0n, "0xff"]);
    const { selector } = stage.contracts.bonds.interface.getFunction("register");
    await actors.will.sendTransaction({ to: stage.deployment.contracts.bonds, data: selector + data.slice(10) });
    expect((await listOperators(stage.contracts, 0)).at(-1)).to.deep.equal({
      operator: addressed(actors.will),
      endpoint: "",
    });
  });

  describe("reads the facts of a bundle", () => {
    const bundleOf = (record: Bundle["record"], inclusion?: Bundle["inclusion"]): Bundle => ({
      format: "surety-bundle-1",
      chainId: stage.deployment.chainId,
      escrow: stage.deployment.contracts.escrow,
      ledger: stage.deployment.contracts.ledger,
      record,
      ...(inclusion === undefined ? {} : { inclusion }),
    });

    it("before anything is on the chain", async () => {
      const record = forge(stage, { ask: { who: "alice", secret: secrets.stranger }, secret: secrets.stranger });
      const root = "0x".padEnd(66, "1") as `0x${string}`;
      const facts = await readFacts(bundleOf(record, { root, proof: [] }), stage.contracts, stage.deployment);
      expect(facts).to.deep.equal({
        domains: domainsOf(stage.deployment),
        batch: undefined,
        key: { operator: "0x".padEnd(42, "0"), validFrom: 0n, validUntil: 0n },
        model: { publisher: published.publisher, modes: 1 << Mode.optimistic },
        settled: 0n,
        convicted: false,
        silent: false,
      });
    });

    it("when it is committed, settled and convicted", async () => {
      const library = new Library();
      const record = forge(stage, { trace: () => ({ hidden: [] }) });
      const root = await library.commit(stage, [record]);
      await catchUp();
      const committedAt = clock.now;
      await redeem(stage, record);
      const bundle = bundleOf(record, { root, proof: [] });
      const before = await readFacts(bundle, stage.contracts, stage.deployment);
      expect(before.batch).to.deep.equal({ firstSequence: 0n, count: 1n, committedAt });
      expect(before.key).to.deep.include({ operator: addressed(actors.olive), validUntil: 2n ** 48n - 1n });
      expect(before).to.include({ settled: PRICE, convicted: false });

      const watcher = makeWatcher(stage, "wendy", library.fetch);
      for (const finding of (await watcher.inspect(0)).findings) await watcher.prosecute(finding);
      expect(await stage.contracts.validityCourt.isPunished(receiptHash(record.receipt))).to.be.true;
      expect((await readFacts(bundle, stage.contracts, stage.deployment)).convicted).to.be.true;
      const { batch } = await readFacts(bundleOf(record), stage.contracts, stage.deployment);
      expect(batch).to.be.undefined;
    });

    it("and says where the chain cannot be read", async () => {
      const server = await open(() => new Response());
      await server.close();
      const rpc = new JsonRpcProvider(server.url, stage.deployment.chainId, { staticNetwork: true });
      close({ close: () => rpc.destroy() });
      const bundle = bundleOf(forge(stage, {}));
      const { reason } = await rejectionOf(
        ChainError,
        readFacts(bundle, connect(stage.deployment, rpc), stage.deployment),
      );
      expect(reason).to.equal("Unreachable");
    });
  });

  describe("reads a deployment file", () => {
    it("as it was written", () => {
      expect(parseDeployment(serialiseDeployment(stage.deployment))).to.deep.equal(stage.deployment);
      const checksummed = serialiseDeployment(stage.deployment).replace(
        stage.deployment.contracts.bonds,
        stage.deployment.contracts.bonds.toUpperCase().replace("0X", "0x"),
      );
      expect(parseDeployment(checksummed)).to.deep.equal(stage.deployment);
    });

    const broken: readonly (readonly [string, (text: string) => string, string])[] = [
      ["that is no JSON", () => "{", "not JSON"],
      ["that is empty", () => "", "not JSON"],
      ["that is another JSON value", () => "[]", "expected object"],
      ["without a contract", (text) => text.replace(/"bonds": "0x[0-9a-f]{40}",/, ""), "bonds"],
      ["with a contract too many", (text) => text.replace('"bonds"', '"x": "", "bonds"'), "x"],
      [
        "with an address that is none",
        (text) => text.replace(/"bonds": "0x[0-9a-f]/, '"bonds": "0x'),
        "an address expected",
      ],
      ["with a chain id that is none", (text) => text.replace(/"chainId": "\d+"/, '"chainId": "-1"'), "chainId"],
      ["with a block that is none", (text) => text.replace(/"block": \d+/, '"block": 1.5'), "block"],
    ];
    for (const [what, change, says] of broken) {
      it(what, () => {
        const text = change(serialiseDeployment(stage.deployment));
        expect(() => parseDeployment(text)).to.throw(DeploymentError, says);
      });
    }

    it("and makes none of what is incomplete", () => {
      expect(() => makeDeployment({ ...stage.deployment, contracts: {} })).to.throw(DeploymentError, "token");
    });
  });
});
