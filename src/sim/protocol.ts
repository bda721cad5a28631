/** Everything that agents of a simulation do on the chain: each a transaction to the real contracts, and an entry in the books. */
import { AbiCoder, type Interface, keccak256 } from "ethers";
import {
  CreditHistory__factory,
  FeeEscrow__factory,
  KeyRegistry__factory,
  ModelRegistry__factory,
  OperatorBonds__factory,
  ReceiptLedger__factory,
  TestToken__factory,
  ValidityCourt__factory,
} from "../../typechain-types/index.ts";
import { domainsOf } from "../chain/deployment.ts";
import type { Parameters } from "../chain/parameters.ts";
import { convictOutput, neuronEvidence } from "../chain/evidence.ts";
import type { Batch } from "../core/batch.ts";
import { type Hex, toHex } from "../core/bytes.ts";
import { credit, type CreditFacts } from "../core/credit.ts";
import { openingOf, type PublishedModel } from "../core/model/commitment.ts";
import { findFault } from "../core/model/fault.ts";
import { least } from "../core/numbers.ts";
import type { Record } from "../core/records.ts";
import { registrationDigest, Mode } from "../core/typedData.ts";
import { addressOf, sign } from "../core/signatures.ts";
import type { Claim } from "../core/settlementPlan.ts";
import { claimedTrace, type Domains } from "../core/verify.ts";
import { AccountingError, Books } from "./books.ts";
import { type Call, type Log, type OnMined, type Outcome, SimChain } from "./chain.ts";

/** What an account of a simulation starts with of the chain's coin, in wei. */
const COIN = 1_000n * 10n ** 18n;

/** What one call of the test token's faucet gives at most. */
const FAUCET_LIMIT = 1_000_000_000_000n;

/** What a settlement takes at most, and a claim of it; and what any transaction may take (EIP-7825). */
const SETTLEMENT_GAS = { call: 300_000n, claim: 40_000n, most: 2n ** 24n };

const token = TestToken__factory.createInterface();
const bonds = OperatorBonds__factory.createInterface();
const keys = KeyRegistry__factory.createInterface();
const models = ModelRegistry__factory.createInterface();
const ledger = ReceiptLedger__factory.createInterface();
const escrow = FeeEscrow__factory.createInterface();
const history = CreditHistory__factory.createInterface();
const court = ValidityCourt__factory.createInterface();

/** A signing key, and the operator that it is of. */
export interface SigningKey {
  readonly operator: Hex;
  readonly secret: Hex;
}

/** What a settlement redeemed. Amounts in the token's smallest unit. */
export interface Settled {
  readonly paid: bigint;
  readonly protocolFee: bigint;
  readonly delegatorsFee: bigint;
}

/** What a court did. Amounts in the token's smallest unit. */
export interface Verdict {
  readonly asked: bigint;
  /** Of the own bond, and of the delegated one. */
  readonly fromOwn: bigint;
  readonly fromDelegated: bigint;
  readonly compensated: bigint;
  readonly bounty: bigint;
}

/** What the chain says of an operator. Amounts in the token's smallest unit. */
export interface Standing {
  readonly own: bigint;
  readonly delegated: bigint;
  readonly cover: bigint;
  readonly exposure: bigint;
  readonly credit: CreditFacts;
}

/** The contracts, as agents use them. */
export class Protocol {
  readonly books: Books;
  readonly domains: Domains;
  /** What transactions took since it was asked for last. */
  #gas = 0n;
  #fees = 0n;

  private constructor(
    readonly chain: SimChain,
    readonly parameters: Parameters,
  ) {
    this.books = new Books(chain.deployment, parameters, chain.now);
    this.domains = domainsOf(chain.deployment);
  }

  /** Deploys, and opens the books. @param gasPrice in wei */
  static async open(parameters: Parameters, gasPrice: bigint): Promise<Protocol> {
    const chain = await SimChain.open(parameters, gasPrice);
    const protocol = new Protocol(chain, parameters);
    protocol.books.coin.enter(chain.coinbase, await chain.coinOf(chain.coinbase));
    return protocol;
  }

  /** Lets somebody take part. */
  async admit(address: Hex): Promise<void> {
    await this.chain.admit(address, COIN);
    this.books.coin.enter(address, COIN);
  }

  /** Gives somebody tokens that it bought outside. */
  async mint(address: Hex, amount: bigint): Promise<void> {
    for (let left = amount; left > 0n; left -= FAUCET_LIMIT) {
      const part = least(left, FAUCET_LIMIT);
      await this.#send(address, "token", token.encodeFunctionData("faucet", [part]));
      this.books.tokens.enter(address, part);
    }
  }

  /** Lets the bonds, or the escrow, take whatever its owner puts there. */
  async approve(address: Hex, spender: "bonds" | "escrow"): Promise<void> {
    const to = this.chain.deployment.contracts[spender];
    await this.#send(address, "token", token.encodeFunctionData("approve", [to, 2n ** 256n - 1n]));
  }

  async publish({ publisher, model }: PublishedModel): Promise<void> {
    const { commitment, spec } = openingOf({ publisher, model });
    await this.#send(
      publisher,
      "models",
      models.encodeFunctionData("publish", [commitment, spec, 1 << Mode.optimistic, ""]),
    );
  }

  async register(operator: Hex, commissionBps: bigint): Promise<void> {
    const time = await this.#send(
      operator,
      "bonds",
      bonds.encodeFunctionData("register", [operator, commissionBps, ""]),
    );
    this.books.bonds.register({ sender: operator, time }, operator, commissionBps);
  }

  async registerKey({ operator, secret }: SigningKey): Promise<void> {
    const key = addressOf(secret);
    const { chainId, contracts } = this.chain.deployment;
    const signature = sign(registrationDigest({ key, operator }, { chainId, contract: contracts.keys }), secret);
    await this.#send(operator, "keys", keys.encodeFunctionData("register", [key, signature]));
  }

  async serve(operator: Hex, modelId: Hex): Promise<void> {
    await this.#send(operator, "models", models.encodeFunctionData("setServing", [modelId, true]));
  }

  async bond(operator: Hex, amount: bigint): Promise<void> {
    const time = await this.#send(operator, "bonds", bonds.encodeFunctionData("bond", [amount]));
    this.books.bonds.bond({ sender: operator, time }, amount);
    this.#pay(operator, "bonds", amount);
  }

  /** Returns what it cost. */
  async delegate(delegator: Hex, operator: Hex, amount: bigint): Promise<bigint> {
    const time = await this.#send(delegator, "bonds", bonds.encodeFunctionData("delegate", [operator, amount, 0n]));
    const before = this.books.bonds.held;
    this.books.bonds.delegate({ sender: delegator, time }, operator, amount, 0n);
    const cost = this.books.bonds.held - before;
    this.#pay(delegator, "bonds", cost);
    return cost;
  }

  /** Asks shares back. @returns the ticket */
  async requestUnbond(owner: Hex, operator: Hex, shares: bigint): Promise<bigint> {
    const time = await this.#send(owner, "bonds", bonds.encodeFunctionData("requestUnbond", [operator, shares]));
    return this.books.bonds.requestUnbond({ sender: owner, time }, operator, shares);
  }

  /** Returns what a mature ticket paid. */
  async withdraw(owner: Hex, operator: Hex, ticket: bigint): Promise<bigint> {
    const time = await this.#send(owner, "bonds", bonds.encodeFunctionData("withdraw", [operator, owner, ticket]));
    const paid = this.books.bonds.withdraw(time, operator, owner, ticket);
    this.#receive(owner, "bonds", paid);
    return paid;
  }

  async fund(payer: Hex, operator: Hex, amount: bigint): Promise<void> {
    await this.#send(payer, "escrow", escrow.encodeFunctionData("fund", [amount, operator, payer]));
    this.books.escrow.fund({ sender: payer }, amount, operator, payer);
    this.#pay(payer, "escrow", amount);
  }

  /** Returns when it matures, in seconds. */
  async thaw(payer: Hex, operator: Hex, amount: bigint): Promise<bigint> {
    const time = await this.#send(payer, "escrow", escrow.encodeFunctionData("thaw", [amount, operator, payer]));
    return this.books.escrow.thaw({ sender: payer, time }, amount, operator, payer);
  }

  /** Returns what it paid. */
  async refund(payer: Hex, operator: Hex): Promise<bigint> {
    const time = await this.#send(payer, "escrow", escrow.encodeFunctionData("refund", [operator, payer]));
    const paid = this.books.escrow.refund({ sender: payer, time }, operator, payer);
    this.#receive(payer, "escrow", paid);
    return paid;
  }

  /** Returns when, in seconds. */
  async commit(operator: Hex, { root, dataHash }: Batch, first: bigint, count: number): Promise<bigint> {
    const data = ledger.encodeFunctionData("commit", [operator, root, dataHash, first, count]);
    return this.#send(operator, "ledger", data);
  }

  /** Redeems vouchers, each signed by its payer's own key. @throws AccountingError where the chain pays otherwise */
  async settle(operator: Hex, claims: readonly Claim[]): Promise<Settled> {
    const { call, claim, most } = SETTLEMENT_GAS;
    const gas = least(call + claim * BigInt(claims.length), most);
    const data = escrow.encodeFunctionData("settle", [operator, [...claims]]);
    const onMined = ({ logs }: Outcome): void => {
      const found = eventIn(logs, escrow, "FeesSplit")?.("paid") ?? 0n;
      if (found !== paid) throw new AccountingError(`${operator} settled ${found} on the chain, ${paid} in the books`);
    };
    const time = await this.#send(operator, "escrow", data, { gas, onMined });
    const { paid, protocolFee, delegatorsFee } = this.books.escrow.settle(
      { sender: operator, time },
      operator,
      claims.map((claim) => ({ ...claim, signer: claim.payer })),
    );
    return { paid, protocolFee, delegatorsFee };
  }

  /** Sends an operator its earnings, if there are any. Returns them. */
  async withdrawEarnings(operator: Hex): Promise<bigint> {
    if (this.books.escrow.earningsOf(operator) === 0n) return 0n;
    await this.#send(operator, "escrow", escrow.encodeFunctionData("withdrawEarnings", [operator]));
    const paid = this.books.escrow.withdrawEarnings(operator);
    this.#receive(operator, "escrow", paid);
    return paid;
  }

  /** Brings an operator's delegators their fees, if there are any. @param sender whoever does it */
  async rewardDelegators(sender: Hex, operator: Hex): Promise<void> {
    if (this.books.escrow.delegatorsFeesOf(operator) === 0n) return;
    await this.#send(sender, "escrow", escrow.encodeFunctionData("rewardDelegators", [operator]));
    const { rewarded } = this.books.escrow.rewardDelegators(operator);
    this.books.tokens.move(this.chain.deployment.contracts.escrow, this.chain.deployment.contracts.bonds, rewarded);
  }

  /**
   * Proves a committed answer wrong: commits to the evidence, and opens it.
   * @returns undefined where somebody else had it punished before, and there is no more to punish
   * @throws RangeError where it is right
   */
  async convict(
    reporter: Hex,
    published: PublishedModel,
    { record, ...committed }: { readonly record: Record; readonly root: Hex; readonly proof: readonly Hex[] },
  ): Promise<Verdict | undefined> {
    const fault = findFault(published.model, claimedTrace(record));
    if (fault === undefined) throw new RangeError(`receipt ${record.receipt.sequence} is right`);
    const data = convictOutput(
      { record, committed },
      neuronEvidence(published, record, fault),
      toHex(new Uint8Array(32)),
    );
    const commitment = keccak256(
      AbiCoder.defaultAbiCoder().encode(["address", "bytes32"], [reporter, keccak256(data)]),
    );
    const { validityCourt } = this.chain.deployment.contracts;
    const deposit = this.parameters.evidenceDeposit;
    await this.#send(reporter, "validityCourt", court.encodeFunctionData("commitEvidence", [commitment]), {
      value: deposit,
    });
    this.books.coin.move(reporter, validityCourt, deposit);
    // It may be opened from the next block on, and not before.
    await this.chain.flush();
    let verdict: Verdict | undefined;
    const onMined = ({ logs }: Outcome): void => {
      verdict = this.#bookVerdict(record, reporter, time, logs);
    };
    const time = await this.#send(reporter, "validityCourt", data, { onMined });
    this.books.coin.move(validityCourt, reporter, deposit);
    await this.chain.flush();
    return verdict;
  }

  /** Takes what slashes awarded, if there is anything. Returns it. */
  async claimAwards(recipient: Hex): Promise<bigint> {
    if (this.books.bonds.awardsOf(recipient) === 0n) return 0n;
    await this.#send(recipient, "bonds", bonds.encodeFunctionData("claimAwards"));
    const paid = this.books.bonds.claimAwards({ sender: recipient });
    this.#receive(recipient, "bonds", paid);
    return paid;
  }

  /** What the chain says of an operator, held to the books. @throws AccountingError */
  async standingOf(operator: Hex): Promise<Standing> {
    const { contracts } = this.chain.deployment;
    const view = async (to: Hex, data: string): Promise<string> => this.chain.call(to, data);
    const [own, delegated] = bonds.decodeFunctionResult(
      "slashable",
      await view(contracts.bonds, bonds.encodeFunctionData("slashable", [operator])),
    ) as unknown as [bigint, bigint];
    const [cover] = bonds.decodeFunctionResult(
      "cover",
      await view(contracts.bonds, bonds.encodeFunctionData("cover", [operator])),
    ) as unknown as [bigint];
    const [exposure] = escrow.decodeFunctionResult(
      "exposureOf",
      await view(contracts.escrow, escrow.encodeFunctionData("exposureOf", [operator])),
    ) as unknown as [bigint];
    const [{ score, settled, faulted }] = history.decodeFunctionResult(
      "creditOf",
      await view(contracts.credit, history.encodeFunctionData("creditOf", [operator])),
    ) as unknown as [{ score: bigint; settled: bigint; faulted: bigint }];
    const { creditPrior: prior, creditSeverity: severity } = this.parameters;
    const facts = { settled, faulted, prior, severity };
    const booked = this.books.bonds.operatorOf(operator);
    const now = this.chain.now;
    for (const [what, found, expected] of [
      ["own bond", own, booked.own.assets],
      ["delegated bond", delegated, booked.delegated.assets],
      ["cover", cover, this.books.bonds.cover(operator)],
      ["exposure", exposure, this.books.escrow.exposureOf(operator, now)],
      ["settled history", settled, this.books.escrow.historyOf(operator, now)],
      ["faults", faulted, this.books.bonds.faultsOf(operator, now)],
      ["score", score, credit(facts).score],
    ] as const) {
      if (found !== expected) {
        throw new AccountingError(`${what} of ${operator}: ${found} on the chain, ${expected} in the books`);
      }
    }
    return { own, delegated, cover, exposure, credit: facts };
  }

  /** Holds the books to the chain's balances. @returns how many were compared @throws AccountingError */
  async compare(everybody = false): Promise<number> {
    const { token: at } = this.chain.deployment.contracts;
    return this.books.compare(
      {
        tokensOf: async (address) =>
          BigInt(await this.chain.call(at, token.encodeFunctionData("balanceOf", [address]))),
        supply: async () => BigInt(await this.chain.call(at, token.encodeFunctionData("totalSupply"))),
        coinOf: async (address) => this.chain.coinOf(address),
      },
      everybody,
    );
  }

  /** What an account has paid for gas so far, in wei. */
  gasPaidBy(address: Hex): bigint {
    return COIN - this.books.coin.of(address);
  }

  /** What all transactions took since this was asked last: gas, and wei. */
  takeGas(): { readonly gas: bigint; readonly fees: bigint } {
    const taken = { gas: this.#gas, fees: this.#fees };
    this.#gas = 0n;
    this.#fees = 0n;
    return taken;
  }

  #bookVerdict({ receipt }: Record, reporter: Hex, time: bigint, logs: readonly Log[]): Verdict | undefined {
    const convicted = eventIn(logs, court, "Convicted");
    if (convicted === undefined) return undefined;
    const [asked, slashed] = [convicted("asked"), convicted("slashed")];
    const [compensated, bounty] = [convicted("compensated"), convicted("bounty")];
    const { operator } = receipt;
    const before = this.books.bonds.operatorOf(operator);
    const call = { sender: this.chain.deployment.contracts.validityCourt, time };
    const booked = this.books.bonds.slash(call, operator, asked, [
      { recipient: reporter, amount: bounty },
      { recipient: receipt.client, amount: compensated },
    ]);
    const paid = booked.paid.reduce((sum, amount) => sum + amount, 0n);
    if (booked.slashed !== slashed || paid !== bounty + compensated) {
      throw new AccountingError(`${operator} lost ${slashed} on the chain, ${booked.slashed} in the books`);
    }
    const fromOwn = least(asked, before.own.assets);
    return { asked, fromOwn, fromDelegated: slashed - fromOwn, compensated, bounty };
  }

  /** Sends for the next block, and books what it takes once it is there. @returns the block's time */
  async #send(
    from: Hex,
    to: keyof SimChain["deployment"]["contracts"],
    data: string,
    { onMined, ...more }: Partial<Pick<Call, "value" | "gas">> & { readonly onMined?: OnMined } = {},
  ): Promise<bigint> {
    const call = { from, to: this.chain.deployment.contracts[to], data, ...more };
    return this.chain.send(call, (outcome) => {
      this.books.coin.move(from, this.chain.coinbase, outcome.fee);
      this.books.touch(from);
      this.#gas += outcome.gas;
      this.#fees += outcome.fee;
      onMined?.(outcome);
    });
  }

  #pay(from: Hex, to: "bonds" | "escrow", amount: bigint): void {
    this.books.tokens.move(from, this.chain.deployment.contracts[to], amount);
  }

  #receive(to: Hex, from: "bonds" | "escrow", amount: bigint): void {
    this.books.tokens.move(this.chain.deployment.contracts[from], to, amount);
    this.books.touch(to);
  }
}

/** The amounts of the first event of a name; undefined where there is none. */
function eventIn(logs: readonly Log[], from: Interface, name: string): ((field: string) => bigint) | undefined {
  for (const log of logs) {
    const event = from.parseLog(log);
    if (event?.name === name) return (field) => event.args.getValue(field) as bigint;
  }
  return undefined;
}
