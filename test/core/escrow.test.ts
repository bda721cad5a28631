/**
 * The model of the escrow against the contracts: random histories, and after every step the same answer, events, movements
 * of tokens and state. The bonds behind it are real, and act; `bonds.test.ts` looks at what they say.
 */
import { expect } from "chai";
import { recoverAddress, Signature, toBeHex } from "ethers";
import fc from "fast-check";
import { accountId, type AccountName } from "../../src/core/accounts.ts";
import { Bonds, extended } from "../../src/core/bonds.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { credit } from "../../src/core/credit.ts";
import { Escrow, type Payment, type Settlement, type Skip, type Voucher } from "../../src/core/escrow.ts";
import { authorizationDigest, fundingNonce } from "../../src/core/funding.ts";
import { type Call, ZERO_ADDRESS } from "../../src/core/refusal.ts";
import { addressOf, compact, sign } from "../../src/core/signatures.ts";
import { BUCKET_LENGTH } from "../../src/core/slidingSum.ts";
import * as terms from "../../src/core/terms.ts";
import { type Order, orderHash, requestDigest } from "../../src/core/typedData.ts";
import {
  AccessManager__factory,
  CreditHistory__factory,
  FeeEscrow__factory,
  OperatorBonds__factory,
  TestToken__factory,
} from "../../typechain-types/index.ts";
import { secretNamed } from "../support/constants.ts";
import {
  act,
  addresses,
  answerOf,
  ask,
  attempt,
  compare,
  type Contract,
  contractOf,
  deployer,
  Dice,
  enrich,
  errorsOf,
  historiesOf,
  mine,
  networkHelpers,
  plain,
  type Read,
} from "../support/differential.ts";

const HISTORIES = process.env["SURETY_TEST_PROFILE"] === "deep" ? 1_000 : 30;
const STEPS = 80;
const DAY = 86_400n;
const bonded = { leastOwnBond: 1_000n, unbondingDelay: 15n * DAY, leverage: 4n, faultHalfLife: 361n * DAY };
const settledHalfLife = 31n * DAY;
const prior = 3_000_000n;
const severity = 10n;

const [governor = "0x", slasher = "0x", treasury = "0x", agent = "0x"] = addresses;
const operators = addresses.slice(4, 6);
const [olive = "0x", otto = "0x"] = operators;
const delegators = addresses.slice(6, 8);
const payers = addresses.slice(8, 10);
const secrets = [secretNamed("alice's key"), secretNamed("bob's key")] as const;
const keys = secrets.map(addressOf);
/** Has no coin: funds by authorization. */
const coinless = secretNamed("a payer's wallet");
const allPayers = [...payers, addressOf(coinless)];

const noWord: Hex = `0x${"00".repeat(32)}`;
const word: Hex = `0x${"5e".repeat(32)}`;
const order: Order = {
  modelId: word,
  inputHash: word,
  contextHash: word,
  mode: 0,
  maxPrice: 0n,
  base: 0n,
  inputRate: 0n,
  outputRate: 0n,
  salt: word,
};

/** What contracts report: of the escrow its events, of the token who got how much of whom. */
type Said = readonly [name: string, ...values: readonly unknown[]];

/** What an action comes to. */
interface Done {
  readonly returned?: unknown;
  /** Left out where nobody looks at it. */
  readonly events?: readonly Said[];
  readonly transfers?: readonly (readonly [from: Hex, to: Hex, amount: bigint])[];
  /** What is rare about it. */
  readonly corners?: readonly string[];
}

interface Step {
  readonly sender: Hex;
  readonly on?: "bonds" | "token";
  readonly method: string;
  readonly args: readonly unknown[];
  readonly run: (call: Call) => Done;
  /** When it should happen, where that matters. */
  readonly time?: bigint;
  /** Whose books and accounts it may change. */
  readonly operator?: Hex;
}

interface Contracts {
  readonly token: Contract;
  readonly bonds: Contract;
  readonly escrow: Contract;
  readonly credit: Contract;
}

/** A history so far. */
interface World extends Contracts {
  readonly model: Escrow;
  readonly stakes: Bonds;
  readonly payTos: ReadonlyMap<Hex, Hex>;
  readonly tickets: { readonly operator: Hex; readonly owner: Hex; readonly ticket: bigint }[];
  readonly chainId: bigint;
  readonly salts: { used: bigint };
  time: bigint;
}

type Stage = Pick<World, "token" | "bonds" | "escrow" | "credit" | "payTos" | "chainId" | "time">;

/** One of the operators is at the centre of most histories. */
function anOperator(dice: Dice): Hex {
  return dice.below(6) > 0 ? olive : otto;
}

function accountsWith(operator: Hex): AccountName[] {
  return allPayers.flatMap((payer) => keys.map((signer) => ({ payer, operator, signer })));
}

/** An account whose payer can act, mostly one that is as wanted. */
function anAccount(dice: Dice, isWanted: (account: AccountName) => boolean = () => true): AccountName {
  const operator = anOperator(dice);
  const accounts = accountsWith(operator).filter(({ payer }) => payers.includes(payer));
  const wanted = accounts.filter(isWanted);
  return dice.among(dice.below(6) > 0 && wanted.length > 0 ? wanted : accounts, {
    payer: governor,
    operator,
    signer: governor,
  });
}

/** Who acts for an operator, or should not. */
function actingFor(dice: Dice, operator: Hex): Hex {
  return dice.of(operator, operator, operator, operator, agent, dice.among(operators, agent));
}

function payToOf({ payTos }: Pick<World, "payTos">, operator: Hex): Hex {
  return payTos.get(operator) ?? ZERO_ADDRESS;
}

/** The events of a settlement after those of its payments. */
function splitEvents(operator: Hex, { paid, protocolFee, delegatorsFee, forfeited }: Settlement): Said[] {
  return [
    ...(paid === 0n ? [] : [["FeesSplit", operator, paid, protocolFee, delegatorsFee] satisfies Said]),
    ...(forfeited === 0n ? [] : [["DelegatorsFeesForfeited", operator, forfeited] satisfies Said]),
  ];
}

const skips: readonly Skip[] = [
  "Expired",
  "BeyondHorizon",
  "AboveCeiling",
  "BadSignature",
  "NothingDue",
  "NoFunds",
  "NoCover",
];

/** A claim: on the chain, and as the model takes it. */
interface Claim {
  readonly claim: readonly unknown[];
  readonly voucher: Voucher;
}

/** What a claim says, whose key signs it, and what is wrong with its signature. */
interface Claimed extends Omit<Voucher, "signer"> {
  readonly operator: Hex;
  readonly secret: Hex;
  readonly wrong?: "of another voucher" | "of nobody";
}

function makeClaim({ operator, secret, wrong, ...claimed }: Claimed, { chainId, escrow }: World): Claim {
  const { payer, total, ceiling, deadline } = claimed;
  const domain = { chainId, contract: escrow.address };
  const digestOf = (promised: bigint): Hex =>
    requestDigest({ payer, operator, ceiling: promised, deadline, order }, domain);
  const signature = compact(sign(digestOf(wrong === "of another voucher" ? ceiling + 1n : ceiling), secret));
  const { r, vs } = wrong === "of nobody" ? { r: noWord, vs: noWord } : signature;
  const signer = wrong === undefined ? addressOf(secret) : recovered(digestOf(ceiling), r, vs);
  return {
    claim: [payer, orderHash(order), total, ceiling, deadline, r, vs],
    voucher: { ...claimed, ...(signer === undefined ? {} : { signer }) },
  };
}

/** A claim that may have one or the other thing wrong with it. */
function someClaim(dice: Dice, operator: Hex, time: bigint, world: World): Claim {
  const { model } = world;
  const isFunded = ({ payer, signer }: AccountName): boolean => model.account(payer, operator, signer).balance > 0n;
  const account = dice.among(dice.below(4) > 0 ? accountsWith(operator).filter(isFunded) : [], undefined);
  const { payer, signer } =
    account ?? dice.among(accountsWith(operator), { payer: governor, operator, signer: ZERO_ADDRESS });
  const { balance, settled } = model.account(payer, operator, signer);
  const good = time + 3_600n;
  const early = time - terms.SETTLEMENT_GRACE - BigInt(dice.below(2));
  const late = time + terms.DEADLINE_HORIZON + BigInt(dice.below(2));
  const total =
    settled + dice.of(balance, dice.amount(balance), dice.amount(model.capOf(operator)), BigInt(dice.below(2)));
  const wrong = dice.of(
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    "of another voucher",
    "of nobody",
  );
  return makeClaim(
    {
      payer,
      operator,
      secret: signer === keys[1] ? secrets[1] : secrets[0],
      total,
      ceiling: total + dice.of(0n, 0n, 0n, 1n, 10n ** 9n, total === 0n ? 0n : -1n),
      deadline: dice.of(good, good, good, good, good, good, early, late),
      ...(wrong === undefined ? {} : { wrong }),
    },
    world,
  );
}

/** Whom a wrong signature seems to be of, by ethers. */
function recovered(digest: Hex, r: Hex, vs: Hex): Hex | undefined {
  try {
    return recoverAddress(digest, { r, yParityAndS: vs }).toLowerCase() as Hex;
  } catch {
    return undefined;
  }
}

/** What a claim's outcome says, and what is rare about it. */
function outcomeEvent(operator: Hex, voucher: Voucher, outcome: Payment | Skip, index: number): Said {
  if (typeof outcome === "string") return ["ClaimSkipped", operator, index, skips.indexOf(outcome) + 1];
  const { payer, signer = ZERO_ADDRESS } = voucher;
  return ["Settled", accountId({ payer, operator, signer }), outcome.total];
}

function cornersOf(outcome: Payment | Skip, { total }: Voucher): string[] {
  if (typeof outcome === "string") return [outcome];
  return outcome.total < total ? ["paid in part"] : [];
}

function settling(operator: Hex, sender: Hex, claims: readonly Claim[], { model, stakes }: World): Step {
  const vouchers = claims.map(({ voucher }) => voucher);
  const run = (call: Call): Done => {
    const { outcomes, ...settlement } = model.settle(call, operator, vouchers);
    const told = vouchers.map((voucher, index) => ({ voucher, outcome: outcomes[index] ?? "NothingDue" }));
    return {
      returned: settlement.paid,
      events: [
        ...told.map(({ voucher, outcome }, index) => outcomeEvent(operator, voucher, outcome, index)),
        ...splitEvents(operator, settlement),
      ],
      transfers: [],
      corners: [
        ...told.flatMap(({ voucher, outcome }) => cornersOf(outcome, voucher)),
        ...(settlement.forfeited > 0n ? ["forfeited when settled"] : []),
        ...(stakes.suspension.end > call.time && settlement.paid > 0n ? ["settled while suspended"] : []),
      ],
    };
  };
  return { sender, method: "settle", args: [operator, claims.map(({ claim }) => claim)], run, operator };
}

function opening(operator: Hex, { model }: World): Step {
  const run = (call: Call): Done => {
    const payTo = model.openPayTo(call);
    return { returned: payTo, events: [["PayToOpened", operator, payTo]], transfers: [] };
  };
  return { sender: operator, method: "openPayTo", args: [], run, operator };
}

function sending(sender: Hex, operator: Hex, amount: bigint, { model, payTos }: World): Step {
  const payTo = payTos.get(operator) ?? ZERO_ADDRESS;
  const run = (): Done => {
    model.receive(operator, amount);
    return { returned: true, events: [], transfers: [[sender, payTo, amount]] };
  };
  return { sender, on: "token", method: "transfer", args: [payTo, amount], run, operator };
}

function collecting(operator: Hex, sender: Hex, { model, payTos, escrow }: World): Step {
  const run = (call: Call): Done => {
    const { total, ...settlement } = model.collect(call, operator);
    return {
      returned: settlement.paid,
      events: [["Collected", operator, total], ...splitEvents(operator, settlement)],
      transfers: [[payTos.get(operator) ?? ZERO_ADDRESS, escrow.address, settlement.paid]],
      corners: [
        ...(model.receivedOf(operator) > 0n ? ["collected in part"] : []),
        ...(settlement.forfeited > 0n ? ["forfeited when collected"] : []),
      ],
    };
  };
  return { sender, method: "collect", args: [operator], run, operator };
}

function funding(payer: Hex, amount: bigint, operator: Hex, signer: Hex, { model, escrow }: World): Step {
  const run = (call: Call): Done => {
    model.fund(call, amount, operator, signer);
    return { events: [["Funded", payer, operator, signer, amount]], transfers: [[payer, escrow.address, amount]] };
  };
  return { sender: payer, method: "fund", args: [amount, operator, signer], run, operator };
}

function thawing(payer: Hex, operator: Hex, signer: Hex, amount: bigint, { model }: World): Step {
  const run = (call: Call): Done => {
    const end = model.thaw(call, amount, operator, signer);
    return { events: [["ThawStarted", payer, operator, signer, amount, end]], transfers: [] };
  };
  return { sender: payer, method: "thaw", args: [amount, operator, signer], run, operator };
}

function refunding(payer: Hex, operator: Hex, signer: Hex, { model, escrow }: World): Step {
  const run = (call: Call): Done => {
    const asked = model.thawOf(payer, operator, signer).amount;
    const amount = model.refund(call, operator, signer);
    return {
      returned: amount,
      events: [["Refunded", payer, operator, signer, amount]],
      transfers: [[escrow.address, payer, amount]],
      corners: amount < asked ? ["refunded in part"] : [],
    };
  };
  return { sender: payer, method: "refund", args: [operator, signer], run, operator };
}

function rewarding(operator: Hex, sender: Hex, { model, escrow, bonds }: World): Step {
  const run = (): Done => {
    const { rewarded, forfeited } = model.rewardDelegators(operator);
    return {
      returned: rewarded,
      events: forfeited === 0n ? [] : [["DelegatorsFeesForfeited", operator, forfeited]],
      transfers: rewarded === 0n ? [] : [[escrow.address, bonds.address, rewarded]],
      corners: [forfeited === 0n ? "brought" : "forfeited when brought"],
    };
  };
  return { sender, method: "rewardDelegators", args: [operator], run, operator };
}

/** Something that is done to the bonds. */
function staking(sender: Hex, method: string, args: readonly unknown[], run: (call: Call) => unknown): Step {
  const [operator] = operators.filter((it) => it === sender || it === args[0]);
  const done = (call: Call): Done => ({ returned: run(call) });
  return { sender, on: "bonds", method, args, run: done, ...(operator === undefined ? {} : { operator }) };
}

function bonding(operator: Hex, amount: bigint, { stakes }: World): Step {
  return staking(operator, "bond", [amount], (call) => stakes.bond(call, amount));
}

function delegating(sender: Hex, operator: Hex, amount: bigint, { stakes }: World): Step {
  return staking(sender, "delegate", [operator, amount, 0n], (call) => stakes.delegate(call, operator, amount, 0n));
}

function leaving(owner: Hex, operator: Hex, shares: bigint, { stakes, tickets }: World): Step {
  return staking(owner, "requestUnbond", [operator, shares], (call) => {
    const ticket = stakes.requestUnbond(call, operator, shares);
    tickets.push({ operator, owner, ticket });
    return ticket;
  });
}

function withdrawing(owner: Hex, operator: Hex, ticket: bigint, { stakes }: World): Step {
  return staking(owner, "withdraw", [operator, owner, ticket], ({ time }) =>
    stakes.withdraw(time, operator, owner, ticket),
  );
}

function isThawing({ payer, operator, signer }: AccountName, model: Escrow): boolean {
  return model.thawOf(payer, operator, signer).amount > 0n;
}

/** Something that only sets a parameter. */
function setting(method: string, value: Hex | bigint, event: string, run: () => void): Step {
  return {
    sender: governor,
    method,
    args: [value],
    run: () => {
      run();
      return { events: [[event, value]], transfers: [] };
    },
  };
}

const actions = {
  fund: (dice: Dice, world: World): Step => {
    const { payer, operator, signer } = anAccount(dice);
    const amount = dice.amount(dice.of(world.model.capOf(operator), 2_000_000n));
    const [to, key] =
      dice.below(30) > 0 ? [operator, signer] : dice.of([ZERO_ADDRESS, signer], [operator, ZERO_ADDRESS]);
    return funding(payer, amount, to, key, world);
  },
  fundWithAuthorization: (dice: Dice, { model, escrow, token, chainId, salts, time }: World): Step => {
    const [payer, operator, signer] = [addressOf(coinless), anOperator(dice), dice.among(keys, ZERO_ADDRESS)];
    const amount = dice.amount(2_000_000n);
    const salt = toBeHex(salts.used++, 32) as Hex;
    const window = { validAfter: time - 1n, validBefore: time + 10_000n * DAY };
    const nonce = fundingNonce({ payer, operator, signer, salt });
    const digest = authorizationDigest(
      { type: "ReceiveWithAuthorization", from: payer, to: escrow.address, value: amount, ...window, nonce },
      { name: "Surety Test Dollar", version: "1", chainId, contract: token.address },
    );
    const { v, r, s } = Signature.from(sign(digest, coinless));
    const run = (): Done => {
      model.fund({ sender: payer }, amount, operator, signer);
      return { events: [["Funded", payer, operator, signer, amount]], transfers: [[payer, escrow.address, amount]] };
    };
    const authorization = [window.validAfter, window.validBefore, salt, v, r, s];
    return {
      sender: dice.among(addresses, governor),
      method: "fundWithAuthorization",
      args: [amount, payer, operator, signer, authorization],
      run,
      operator,
    };
  },
  settle: (dice: Dice, world: World): Step => {
    const operator = anOperator(dice);
    const time = laterTime(dice, world);
    const count = dice.below(16) === 0 ? 0 : 1 + dice.below(4);
    const claims = Array.from({ length: count }, () => someClaim(dice, operator, time, world));
    return { ...settling(operator, actingFor(dice, operator), claims, world), time };
  },
  setAgent: (dice: Dice, { model }: World): Step => {
    const [sender, named] = [anOperator(dice), dice.of(agent, agent, ZERO_ADDRESS, slasher)];
    const run = (call: Call): Done => {
      model.setAgent(call, named);
      return { events: [["AgentSet", sender, named]], transfers: [] };
    };
    return { sender, method: "setAgent", args: [named], run, operator: sender };
  },
  openPayTo: (dice: Dice, world: World): Step => {
    return opening(anOperator(dice), world);
  },
  transfer: (dice: Dice, world: World): Step => {
    const operator = anOperator(dice);
    return sending(dice.among(payers, governor), operator, dice.amount(world.model.capOf(operator)), world);
  },
  collect: (dice: Dice, world: World): Step => collecting(anOperator(dice), dice.among(addresses, governor), world),
  thaw: (dice: Dice, world: World): Step => {
    const { model } = world;
    const { payer, operator, signer } = anAccount(
      dice,
      (it) => model.account(it.payer, it.operator, it.signer).balance > 0n,
    );
    const { balance } = model.account(payer, operator, signer);
    const { maturesAt } = model.thawOf(payer, operator, signer);
    const lapse = maturesAt + terms.REFUND_LAPSE;
    const time = dice.of(0n, lapse, lapse + 1n);
    return { ...thawing(payer, operator, signer, dice.of(balance, dice.amount(balance)), world), time };
  },
  cancelThaw: (dice: Dice, { model }: World): Step => {
    const { payer, operator, signer } = anAccount(dice, (account) => isThawing(account, model));
    const run = (call: Call): Done => {
      model.cancelThaw(call, operator, signer);
      return { events: [["ThawCancelled", payer, operator, signer]], transfers: [] };
    };
    return { sender: payer, method: "cancelThaw", args: [operator, signer], run, operator };
  },
  refund: (dice: Dice, world: World): Step => {
    const { payer, operator, signer } = anAccount(dice, (account) => isThawing(account, world.model));
    const { maturesAt } = world.model.thawOf(payer, operator, signer);
    const lapse = maturesAt + terms.REFUND_LAPSE;
    const time = dice.of(maturesAt - 1n, maturesAt, maturesAt, lapse, lapse + 1n);
    return { ...refunding(payer, operator, signer, world), time };
  },
  withdrawEarnings: (dice: Dice, { model, stakes, escrow }: World): Step => {
    const operator = anOperator(dice);
    const run = (): Done => {
      const { payout } = stakes.operatorOf(operator);
      const amount = model.withdrawEarnings(operator);
      const events: Said[] = [["EarningsWithdrawn", operator, payout, amount]];
      return { returned: amount, events, transfers: [[escrow.address, payout, amount]] };
    };
    return { sender: dice.among(addresses, governor), method: "withdrawEarnings", args: [operator], run, operator };
  },
  rewardDelegators: (dice: Dice, world: World): Step =>
    rewarding(anOperator(dice), dice.among(addresses, governor), world),
  withdrawProtocolFees: (dice: Dice, { model, escrow }: World): Step => {
    const run = (): Done => {
      const amount = model.withdrawProtocolFees();
      const events: Said[] = [["ProtocolFeesWithdrawn", model.treasury, amount]];
      return { returned: amount, events, transfers: [[escrow.address, model.treasury, amount]] };
    };
    return { sender: dice.among(addresses, governor), method: "withdrawProtocolFees", args: [], run };
  },
  setProtocolFee: (dice: Dice, { model }: World): Step => {
    const bps = dice.of(0n, 1_000n, 1_001n, BigInt(dice.below(1_000)));
    return setting("setProtocolFee", bps, "ProtocolFeeSet", () => model.setProtocolFee(bps));
  },
  setCoverage: (dice: Dice, { model }: World): Step => {
    const bps = dice.of(9_999n, 10_000n, 10_000n, 100_000n, 100_001n, 10_000n + BigInt(dice.below(30_000)));
    return setting("setCoverage", bps, "CoverageSet", () => model.setCoverage(bps));
  },
  setTreasury: (dice: Dice, { model }: World): Step => {
    const to = dice.of(treasury, agent, ZERO_ADDRESS);
    return setting("setTreasury", to, "TreasurySet", () => model.setTreasury(to));
  },
  register: (dice: Dice, { stakes }: World): Step => {
    const [sender, bps] = [anOperator(dice), BigInt(dice.below(10_000))];
    return staking(sender, "register", [treasury, bps, ""], (call) => stakes.register(call, treasury, bps));
  },
  bond: (dice: Dice, world: World): Step =>
    bonding(anOperator(dice), dice.of(5_000_000n, BigInt(dice.below(10 ** dice.below(8)))), world),
  delegate: (dice: Dice, world: World): Step => {
    const [sender, operator] = [dice.among(delegators, governor), anOperator(dice)];
    const room = world.stakes.delegationRoom(operator);
    return delegating(sender, operator, dice.of(room, 3_000_000n, 3_000_000n, 1_000_000n, 999_999n), world);
  },
  requestUnbond: (dice: Dice, world: World): Step => {
    const operator = anOperator(dice);
    const staying = delegators.filter((delegator) => world.stakes.positionOf(operator, delegator) > 0n);
    const owner = dice.below(6) > 0 ? dice.among(staying, operator) : operator;
    const { own } = world.stakes.operatorOf(operator);
    const all = owner === operator ? own.shares - own.unbonding : world.stakes.positionOf(operator, owner);
    return leaving(owner, operator, owner === operator ? all / 3n : dice.of(all, all, all / 2n), world);
  },
  withdraw: (dice: Dice, world: World): Step => {
    const { stakes, tickets, time } = world;
    const open = tickets.filter(({ operator, owner, ticket }) => stakes.ticketOf(operator, owner, ticket).shares > 0n);
    const { operator, owner, ticket } = dice.among(open, { operator: olive, owner: olive, ticket: time });
    const { maturesAt } = stakes.ticketOf(operator, owner, ticket);
    return { ...withdrawing(owner, operator, ticket, world), time: extended(stakes.suspension, ticket, maturesAt) };
  },
  slash: (dice: Dice, { stakes }: World): Step => {
    const operator = anOperator(dice);
    const { own, delegated } = stakes.operatorOf(operator);
    const amount = dice.of(own.assets / 3n, own.assets / 3n, own.assets, own.assets + delegated.assets);
    return staking(slasher, "slash", [operator, amount, []], (call) => {
      const { slashed, paid } = stakes.slash(call, operator, amount, []);
      return [slashed, paid];
    });
  },
  suspend: (dice: Dice, { stakes }: World): Step => {
    const length = BigInt(dice.of(604_800, 1 + dice.below(604_800)));
    return staking(governor, "suspend", [length], ({ time }) => stakes.suspend(time, length));
  },
  setCommission: (dice: Dice, { stakes }: World): Step => {
    const [sender, bps] = [anOperator(dice), BigInt(dice.below(10_000))];
    return staking(sender, "setCommission", [bps], (call) => stakes.setCommission(call, bps));
  },
  setLeverage: (dice: Dice, { stakes }: World): Step => {
    const leverage = BigInt(1 + dice.below(4));
    return staking(governor, "setLeverage", [leverage], () => stakes.setLeverage(leverage));
  },
};

const weights: Readonly<Record<keyof typeof actions, number>> = {
  fund: 9,
  fundWithAuthorization: 3,
  settle: 26,
  setAgent: 2,
  openPayTo: 1,
  transfer: 4,
  collect: 6,
  thaw: 6,
  cancelThaw: 1,
  refund: 6,
  withdrawEarnings: 3,
  rewardDelegators: 3,
  withdrawProtocolFees: 2,
  setProtocolFee: 2,
  setCoverage: 2,
  setTreasury: 1,
  register: 1,
  bond: 4,
  delegate: 7,
  requestUnbond: 5,
  withdraw: 6,
  slash: 2,
  suspend: 3,
  setCommission: 1,
  setLeverage: 1,
};

/** When the next step happens: in the same second, soon, days later, or about when a bucket or a suspension ends. */
function laterTime(dice: Dice, { stakes, time }: World): bigint {
  const toNextBucket = BUCKET_LENGTH - (stakes.activeTime(time) % BUCKET_LENGTH);
  const bucketEnd = time + toNextBucket + BUCKET_LENGTH * BigInt(dice.of(0, dice.below(9)));
  const about = dice.of(bucketEnd, bucketEnd, stakes.suspension.end) + BigInt(dice.below(3)) - 1n;
  const step = dice.of(
    0n,
    1n,
    BigInt(dice.below(50_000)),
    BigInt(dice.below(40_000)),
    BigInt(dice.below(6)) * DAY,
    BigInt(dice.below(30)) * DAY,
  );
  return dice.below(3) === 0 && about >= time ? about : time + step;
}

/** Contracts that are wired and open, and rich actors. */
async function prepare(): Promise<Stage> {
  const authority = await new AccessManager__factory(deployer).deploy(deployer);
  const token = await contractOf(await new TestToken__factory(deployer).deploy());
  const { leastOwnBond, unbondingDelay, leverage, faultHalfLife } = bonded;
  const deployedBonds = await new OperatorBonds__factory(deployer).deploy(
    token.address,
    leastOwnBond,
    unbondingDelay,
    leverage,
    faultHalfLife,
    authority,
  );
  const bonds = await contractOf(deployedBonds);
  const deployed = await new FeeEscrow__factory(deployer).deploy(
    token.address,
    bonds.address,
    treasury,
    200n,
    10_000n,
    settledHalfLife,
    authority,
  );
  const escrow = await contractOf(deployed);
  const history = await new CreditHistory__factory(deployer).deploy(
    bonds.address,
    escrow.address,
    prior,
    severity,
    authority,
  );
  await (await deployedBonds.addSlasher(slasher)).wait();
  await (await deployedBonds.open()).wait();
  for (const owner of [...operators, ...delegators, ...payers, governor]) await enrich(token, owner, [bonds, escrow]);
  await enrich(token, addressOf(coinless), []);
  const payTos = await Promise.all(
    operators.map(async (operator) => [operator, (await deployed.payToOf(operator)).toLowerCase() as Hex] as const),
  );
  return {
    token,
    bonds,
    escrow,
    credit: await contractOf(history),
    payTos: new Map(payTos),
    chainId: (await deployed.eip712Domain()).chainId,
    time: BigInt(await networkHelpers.time.latest()),
  };
}

/** The models as `prepare` leaves the contracts. */
function begin(stage: Stage): World {
  const stakes = new Bonds(bonded);
  stakes.addSlasher(stage.time, slasher);
  stakes.open();
  const model = new Escrow({
    bonds: stakes,
    payToOf: (operator) => payToOf(stage, operator),
    treasury,
    protocolFeeBps: 200n,
    coverageBps: 10_000n,
    settledHalfLife,
  });
  return { ...stage, model, stakes, tickets: [], salts: { used: 0n } };
}

function readsOfOperator({ model, time }: World, operator: Hex): Read[] {
  return [
    ["exposureOf", model.exposureOf(operator, time)],
    ["collectedOf", model.collectedOf(operator, time)],
    ["historyOf", model.historyOf(operator, time)],
    ["earningsOf", model.earningsOf(operator)],
    ["delegatorsFeesOf", model.delegatorsFeesOf(operator)],
    ["agentOf", model.agentOf(operator)],
    ["isPayToOpen", model.isPayToOpen(operator)],
  ].map(([method, expected]) => ({ method: String(method), args: [operator], expected: [expected] }));
}

function readsOfAccount({ model }: World, payer: Hex, operator: Hex, signer: Hex): Read[] {
  const { balance, settled, settledAt } = model.account(payer, operator, signer);
  const { amount, maturesAt } = model.thawOf(payer, operator, signer);
  const args = [payer, operator, signer];
  return [
    { method: "account", args, expected: [[balance, settled, settledAt]] },
    { method: "thawOf", args, expected: [[amount, maturesAt]] },
  ];
}

/** Everything that the escrow, the credit and the token say of these operators. */
async function compareAll(world: World, about: readonly Hex[], after: string): Promise<void> {
  const { model, stakes, time, escrow, token } = world;
  const accounts = about.flatMap((operator) => [
    ...allPayers.flatMap((payer) => keys.flatMap((key) => readsOfAccount(world, payer, operator, key))),
    ...readsOfAccount(world, payToOf(world, operator), operator, ZERO_ADDRESS),
  ]);
  const common = [
    ["protocolFees", model.protocolFees],
    ["protocolFeeBps", model.protocolFeeBps],
    ["coverageBps", model.coverageBps],
    ["treasury", model.treasury],
  ].map(([method, expected]) => ({ method: String(method), args: [], expected: [expected] }));
  await compare(
    escrow,
    [...about.flatMap((operator) => readsOfOperator(world, operator)), ...accounts, ...common],
    after,
  );
  const credits = about.map((operator) => {
    const [settled, faulted] = [model.historyOf(operator, time), stakes.faultsOf(operator, time)];
    const { score, proven } = credit({ settled, faulted, prior, severity });
    return { method: "creditOf", args: [operator], expected: [[settled, faulted, score, proven]] };
  });
  await compare(world.credit, credits, after);
  const holders = [[escrow.address, model.held], ...about.map((it) => [payToOf(world, it), model.receivedOf(it)])];
  const balances = holders.map(([holder, held]) => ({ method: "balanceOf", args: [holder], expected: [held] }));
  await compare(token, balances, after);
}

/** What a contract's logs say. */
function saidBy({ address, abi }: Contract, logs: Awaited<ReturnType<typeof act>>): Said[] {
  return logs
    .filter((log) => log.address === address)
    .map((log) => abi.parseLog(log))
    .map((event) => [event?.name ?? "", ...((event?.args.toArray() ?? []) as unknown[])]);
}

/** Takes a step on both sides, at `time`. */
async function take(step: Step, time: bigint, world: World, number: number, seen: Set<string>): Promise<void> {
  const { sender, method, args, on = "escrow", operator } = step;
  const what = `step ${number}: ${method}(${plain([...args])})`;
  world.time = time;
  await mine(time);
  const answer = await ask(world[on], method, args, sender);
  const attempted = attempt(step.run, { sender, time });
  const isDone = "done" in attempted;
  expect(answer, what).to.equal(answerOf(isDone ? { done: attempted.done.returned } : attempted));
  if (isDone) {
    const { events, transfers, corners = [] } = attempted.done;
    const logs = await act(world[on], { sender, method, args, time });
    if (events !== undefined) expect(plain(saidBy(world.escrow, logs)), what).to.equal(plain(events));
    const moved = saidBy(world.token, logs).filter(([name]) => name === "Transfer");
    if (transfers !== undefined) expect(plain(moved.map(([, ...rest]) => rest)), what).to.equal(plain(transfers));
    for (const one of [method, ...corners]) seen.add(one);
  } else {
    seen.add(attempted.refused.replace(/\(.*/, ""));
  }
  const about = operator === undefined ? [] : [operator];
  await compareAll(world, number % 20 === 19 ? operators : about, what);
}

/** How most histories begin: with somebody to pay, and money to pay with. */
const beginning = ["register", "bond", "delegate", "openPayTo", "fund", "fund"] as const;

const corners = [
  ...skips,
  "paid in part",
  "forfeited when brought",
  "brought",
  "collected in part",
  "settled while suspended",
];

describe("Escrow", () => {
  it(`does what the contract does, in ${HISTORIES} histories of ${STEPS} steps`, async () => {
    const seen = new Set<string>();
    await fc.assert(
      // Without a bias to the ends: which numbers are worth trying, the actions know.
      fc.asyncProperty(fc.noBias(historiesOf(weights, STEPS)), async (throws) => {
        const world = begin(await networkHelpers.loadFixture(prepare));
        for (const [number, { action, dice: numbers }] of throws.entries()) {
          const dice = new Dice(numbers);
          const first = dice.below(8) > 0 ? beginning[number] : undefined;
          const step = actions[first ?? action](dice, world);
          const wanted = step.time ?? 0n;
          const time = wanted >= world.time ? wanted : laterTime(dice, world);
          await take(step, time, world, number, seen);
        }
        await compareAll(world, operators, "the end");
      }),
      { seed: 0x5e7e, numRuns: HISTORIES, endOnFailure: true },
    );
    // The histories are of use only where everything happens in them.
    const refusals = errorsOf(FeeEscrow__factory.createInterface());
    const wanted = [...Object.keys(actions), ...refusals, ...corners];
    expect(wanted.filter((event) => !seen.has(event))).to.deep.equal([]);
  }).timeout(600_000);
});

/** A history that is written out: when, and what. */
type Line = readonly [time: bigint, step: Step];

async function play(write: (world: World) => readonly Line[]): Promise<Set<string>> {
  const world = begin(await networkHelpers.loadFixture(prepare));
  const seen = new Set<string>();
  for (const [number, [time, step]] of write(world).entries()) await take(step, time, world, number, seen);
  await compareAll(world, operators, "the end");
  return seen;
}

describe("Escrow, where chance seldom leads", () => {
  const [alice = "0x"] = payers;
  const [dora = "0x", dan = "0x"] = delegators;
  const [key = "0x"] = keys;
  const OWN = 5_000_000n;

  /** An operator with a bond and an account with money. */
  const enter = (now: bigint, world: World): Line[] => [
    [now, staking(olive, "register", [treasury, 500n, ""], (call) => world.stakes.register(call, treasury, 500n))],
    [now, bonding(olive, OWN, world)],
    [now, funding(alice, 100n * OWN, olive, key, world)],
  ];
  /** Settles alice's voucher up to `total`. */
  const pay = (time: bigint, total: bigint, world: World): Line => {
    const claimed = { payer: alice, operator: olive, secret: secrets[0], total, ceiling: total, deadline: time };
    return [time, settling(olive, olive, [makeClaim(claimed, world)], world)];
  };

  it("does what the contract does with fees of delegators who have left when others come", async () => {
    const seen = await play((world) => {
      const now = world.time + 10n;
      const [left, gone, late] = [now + 15n * DAY, now + 30n * DAY, now + 45n * DAY];
      return [
        ...enter(now, world),
        [now, delegating(dora, olive, 3_000_000n, world)],
        pay(now, 1_000_003n, world),
        [now, leaving(dora, olive, 3_000_000n, world)],
        // Who leaves still earns, until all have left.
        pay(now, 1_100_003n, world),
        [left, withdrawing(dora, olive, now, world)],
        pay(left, 1_200_003n, world),
        [left, delegating(dan, olive, 2_000_000n, world)],
        pay(left, 2_000_003n, world),
        pay(left, 2_000_008n, world),
        [left, leaving(dan, olive, 2_000_000n, world)],
        [gone, withdrawing(dan, olive, left, world)],
        [gone, delegating(dora, olive, 999_999n, world)],
        pay(gone, 3_000_003n, world),
        [gone, delegating(dora, olive, 1n, world)],
        [gone, opening(olive, world)],
        [gone, sending(alice, olive, 1_000_003n, world)],
        [gone, collecting(olive, alice, world)],
        [gone, rewarding(olive, alice, world)],
        pay(gone, 4_000_003n, world),
        [gone, leaving(dora, olive, 1_000_000n, world)],
        [late, withdrawing(dora, olive, gone, world)],
        [late, rewarding(olive, alice, world)],
      ];
    });
    const wanted = ["forfeited when settled", "forfeited when collected", "forfeited when brought", "brought"];
    expect([...seen]).to.include.members(wanted);
  });

  it("does what the contract does with fees of delegators of whom hardly any stay", async () => {
    const seen = await play((world) => {
      const now = world.time + 10n;
      const [left, gone] = [now + 15n * DAY, now + 30n * DAY];
      return [
        ...enter(now, world),
        [now, delegating(dora, olive, 3_000_000n, world)],
        pay(now, 1_000_003n, world),
        // The least that still gets something.
        [now, leaving(dora, olive, 2_000_000n, world)],
        [left, withdrawing(dora, olive, now, world)],
        [left, rewarding(olive, alice, world)],
        pay(left, 2_000_003n, world),
        [left, leaving(dora, olive, 1n, world)],
        [gone, withdrawing(dora, olive, left, world)],
        [gone, rewarding(olive, alice, world)],
      ];
    });
    expect([...seen]).to.include.members(["brought", "forfeited when brought"]);
  });

  it("does what the contract does with fees of delegators who lost all", async () => {
    const seen = await play((world) => {
      const { stakes, time } = world;
      const now = time + 10n;
      const all = OWN + 3_000_000n;
      return [
        ...enter(now, world),
        [now, delegating(dora, olive, 3_000_000n, world)],
        pay(now, 1_000_003n, world),
        [now, staking(slasher, "slash", [olive, all, []], (call) => [stakes.slash(call, olive, all, []).slashed, []])],
        pay(now, 2_000_003n, world),
        [now, bonding(olive, OWN, world)],
        [now, delegating(dan, olive, 3_000_000n, world)],
        pay(now, 3_000_003n, world),
        [now, rewarding(olive, alice, world)],
      ];
    });
    expect([...seen]).to.include.members(["NoCover", "forfeited when settled", "brought"]);
  });

  it("does what the contract does at both ends of every bucket, with a suspension in one of them", async () => {
    const seen = await play((world) => {
      const { stakes, time } = world;
      // The first second of a bucket.
      const start = (time / BUCKET_LENGTH + 2n) * BUCKET_LENGTH;
      const week = 7n * DAY;
      const at = (bucket: bigint): bigint => start + bucket * BUCKET_LENGTH + (bucket > 3n ? week : 0n);
      const part = OWN / 8n;
      const suspended = at(3n) + DAY;
      const full = (from: bigint, totals: readonly bigint[]): Line[] =>
        totals.flatMap((total, index) => [
          pay(at(from + BigInt(index)) - 1n, total, world),
          pay(at(from + BigInt(index)), total, world),
        ]);
      const totals = Array.from({ length: 8 }, (_, index) => part * BigInt(index + 1));
      return [
        ...enter(start, world),
        // All of the cover, an eighth in each bucket: nothing more until the first has left.
        ...[0n, 1n, 2n].map((bucket) => pay(at(bucket), part * (bucket + 1n), world)),
        [suspended, staking(governor, "suspend", [week], (call) => stakes.suspend(call.time, week))],
        pay(suspended + 3n * DAY, part * 4n, world),
        ...[4n, 5n, 6n, 7n].map((bucket) => pay(at(bucket), part * (bucket + 1n), world)),
        pay(at(8n) - 1n, OWN + 1n, world),
        ...full(
          8n,
          totals.map((more) => OWN + more),
        ),
        // A year later all has left.
        pay(at(8n) + 365n * DAY, 3n * OWN, world),
      ];
    });
    expect([...seen]).to.include.members(["NoCover", "settle", "settled while suspended"]);
  });

  it("does what the contract does with half of the cap for what is collected", async () => {
    const seen = await play((world) => {
      const start = (world.time / BUCKET_LENGTH + 2n) * BUCKET_LENGTH;
      const end = start + 8n * BUCKET_LENGTH;
      const coverage = 12_347n;
      const covering = setting("setCoverage", coverage, "CoverageSet", () => world.model.setCoverage(coverage));
      return [
        ...enter(start, world),
        [start, covering],
        // Before it is open.
        [start, sending(alice, olive, OWN, world)],
        [start, collecting(olive, alice, world)],
        [start, opening(olive, world)],
        [start, collecting(olive, alice, world)],
        [start, collecting(olive, alice, world)],
        pay(start, 3n * OWN, world),
        [end - 1n, collecting(olive, alice, world)],
        [end, collecting(olive, alice, world)],
        pay(end, 3n * OWN, world),
        // Vouchers used the cap up: there is less than the half.
        [end + 8n * BUCKET_LENGTH, sending(alice, olive, OWN, world)],
        pay(end + 8n * BUCKET_LENGTH, 10n * OWN, world),
        [end + 8n * BUCKET_LENGTH, collecting(olive, alice, world)],
      ];
    });
    expect([...seen]).to.include.members(["PayToNotOpen", "collect", "collected in part", "NoCoverLeft"]);
  });

  it("does what the contract does with a thaw of what is spent meanwhile, and with one that lapsed", async () => {
    const seen = await play((world) => {
      const now = world.time + 10n;
      const end = now + terms.REFUND_THAW;
      const lapse = end + terms.REFUND_LAPSE;
      const thaw = thawing(alice, olive, key, 100n * OWN, world);
      return [
        ...enter(now, world),
        [now, thaw],
        [now, thaw],
        pay(end - 1n, OWN, world),
        [end - 1n, refunding(alice, olive, key, world)],
        [end, refunding(alice, olive, key, world)],
        [end, refunding(alice, olive, key, world)],
        [end, funding(alice, OWN, olive, key, world)],
        [end, thawing(alice, olive, key, OWN, world)],
        [lapse + terms.REFUND_THAW, thawing(alice, olive, key, OWN, world)],
        [lapse + terms.REFUND_THAW + 1n, refunding(alice, olive, key, world)],
        [lapse + terms.REFUND_THAW + 1n, thawing(alice, olive, key, OWN, world)],
      ];
    });
    const wanted = ["refunded in part", "ThawNotMature", "ThawUnderWay", "ThawLapsed", "NoThaw"];
    expect([...seen]).to.include.members(wanted);
  });
});
