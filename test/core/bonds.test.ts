/** The model of the bonds against the contract: random histories, and after every step the same answer and state. */
import { expect } from "chai";
import fc from "fast-check";
import { Bonds, extended, type Operator } from "../../src/core/bonds.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { activeOf, DUST, type Pool, quote, takesDeposits, worthOf } from "../../src/core/pool.ts";
import { type Call, ZERO_ADDRESS } from "../../src/core/refusal.ts";
import * as terms from "../../src/core/terms.ts";
import { AccessManager__factory, OperatorBonds__factory, TestToken__factory } from "../../typechain-types/index.ts";
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

const HISTORIES = process.env["SURETY_TEST_PROFILE"] === "deep" ? 2_000 : 60;
const STEPS = 60;
const DAY = 86_400n;
const parameters = { leastOwnBond: 1_000n, unbondingDelay: 15n * DAY, leverage: 3n, faultHalfLife: 361n * DAY };

const [governor = "0x", slasher = "0x", lateSlasher = "0x"] = addresses;
const operators = addresses.slice(3, 6);
const delegators = addresses.slice(6, 9);
/** Whoever may own shares, tickets or awards: operators delegate to each other as well. */
const everybody = [...operators, ...delegators, slasher];

/** Something that somebody does: on the chain, and to the model, which returns what the contract does. */
interface Step {
  readonly sender: Hex;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly run: (call: Call) => unknown;
  /** When it should happen, where that matters. */
  readonly time?: bigint;
}

interface TicketName {
  readonly operator: Hex;
  readonly owner: Hex;
  readonly ticket: bigint;
}

/** A history so far: the model, and what there is to ask about. */
interface World {
  readonly model: Bonds;
  readonly tickets: TicketName[];
  time: bigint;
  readonly bonds: Contract;
  readonly token: Contract;
}

function anOperator(dice: Dice): Hex {
  // One of them is at the centre of most histories.
  return dice.among(dice.below(2) === 0 ? operators.slice(0, 1) : operators, governor);
}

const actions = {
  register: (dice: Dice, { model }: World): Step => {
    const [sender, payout] = [anOperator(dice), dice.of(anOperator(dice), anOperator(dice), ZERO_ADDRESS)];
    const bps = BigInt(dice.below(10_050));
    return {
      sender,
      method: "register",
      args: [payout, bps, ""],
      run: (call) => model.register(call, payout, bps),
    };
  },
  setPayout: (dice: Dice, { model }: World): Step => {
    const [sender, payout] = [anOperator(dice), dice.of(anOperator(dice), ZERO_ADDRESS)];
    return { sender, method: "setPayout", args: [payout], run: (call) => model.setPayout(call, payout) };
  },
  setCommission: (dice: Dice, { model }: World): Step => {
    const [sender, bps] = [anOperator(dice), BigInt(dice.below(10_050))];
    return { sender, method: "setCommission", args: [bps], run: (call) => model.setCommission(call, bps) };
  },
  bond: (dice: Dice, { model }: World): Step => {
    const sender = anOperator(dice);
    const { debt, own } = model.operatorOf(sender);
    const amount = dice.amount(dice.of(debt < 2n ** 88n ? debt : 7n, own.assets, 5_000_000n));
    return { sender, method: "bond", args: [amount], run: (call) => model.bond(call, amount) };
  },
  delegate: (dice: Dice, { model }: World): Step => {
    const operator = anOperator(dice);
    const sender = dice.among(everybody, governor);
    const amount = dice.amount(dice.of(model.delegationRoom(operator), 3_000_000n, 3n));
    const { shares } = quote(model.operatorOf(operator).delegated, amount);
    const least = dice.of(0n, 0n, 0n, shares, shares + 1n);
    return {
      sender,
      method: "delegate",
      args: [operator, amount, least],
      run: (call) => model.delegate(call, operator, amount, least),
    };
  },
  reward: (dice: Dice, { model }: World): Step => {
    const [sender, operator] = [dice.among(everybody, governor), anOperator(dice)];
    const amount = dice.amount(dice.of(model.operatorOf(operator).delegated.assets, 100n));
    return { sender, method: "reward", args: [operator, amount], run: () => model.reward(operator, amount) };
  },
  requestUnbond: (dice: Dice, { model, tickets }: World): Step => {
    const operator = anOperator(dice);
    const sender = dice.of(operator, dice.among(everybody, governor));
    const { own } = model.operatorOf(operator);
    const staying = sender === operator ? own.shares - own.unbonding : model.positionOf(operator, sender);
    const shares = dice.amount(staying);
    return {
      sender,
      method: "requestUnbond",
      args: [operator, shares],
      run: (call) => {
        const ticket = model.requestUnbond(call, operator, shares);
        tickets.push({ operator, owner: sender, ticket });
        return ticket;
      },
    };
  },
  withdraw: (dice: Dice, { model, tickets, time }: World): Step => {
    const strange = { operator: anOperator(dice), owner: dice.among(everybody, governor), ticket: time };
    const { operator, owner, ticket } = dice.among(tickets, strange);
    const end = extended(model.suspension, ticket, model.ticketOf(operator, owner, ticket).maturesAt);
    return {
      sender: dice.of(owner, strange.owner),
      method: "withdraw",
      args: [operator, owner, ticket],
      run: ({ time }) => model.withdraw(time, operator, owner, ticket),
      time: dice.of(end, end, end - 1n, end + 1n, 0n),
    };
  },
  slash: (dice: Dice, { model }: World): Step => {
    const operator = anOperator(dice);
    const { own, delegated } = model.operatorOf(operator);
    const all = own.assets + delegated.assets;
    const amount = dice.of(
      dice.amount(own.assets),
      dice.amount(all),
      leavingDust(dice, own, 0n),
      leavingDust(dice, delegated, own.assets),
      dice.of(0n, 2n ** 96n - 1n),
    );
    const awards = Array.from({ length: dice.below(4) }, () => ({
      recipient: dice.among(everybody, governor),
      amount: dice.amount(own.assets / 2n),
    }));
    return {
      sender: dice.of(slasher, slasher, slasher, slasher, lateSlasher, operator),
      method: "slash",
      args: [operator, amount, awards],
      run: (call) => {
        const { slashed, paid } = model.slash(call, operator, amount, awards);
        return [slashed, paid];
      },
    };
  },
  claimAwards: (dice: Dice, { model }: World): Step => {
    const sender = dice.among(everybody, governor);
    return { sender, method: "claimAwards", args: [], run: (call) => model.claimAwards(call) };
  },
  open: (_dice: Dice, { model }: World): Step => ({
    sender: governor,
    method: "open",
    args: [],
    run: () => model.open(),
  }),
  addSlasher: (dice: Dice, { model }: World): Step => {
    const added = dice.of(lateSlasher, slasher);
    return { sender: governor, method: "addSlasher", args: [added], run: ({ time }) => model.addSlasher(time, added) };
  },
  removeSlasher: (dice: Dice, { model }: World): Step => {
    const removed = dice.of(lateSlasher, lateSlasher, lateSlasher, slasher);
    const run = ({ time }: Call): void => model.removeSlasher(time, removed);
    return { sender: governor, method: "removeSlasher", args: [removed], run };
  },
  suspend: (dice: Dice, { model }: World): Step => {
    const length = BigInt(dice.of(dice.below(604_803), 604_800, dice.below(3)));
    return { sender: governor, method: "suspend", args: [length], run: ({ time }) => model.suspend(time, length) };
  },
  setUnbondingDelay: (dice: Dice, { model }: World): Step => {
    const delay = dice.of(15n, 15n, 20n, 60n) * DAY + BigInt(dice.below(3)) - 1n;
    const run = (): void => model.setUnbondingDelay(delay);
    return { sender: governor, method: "setUnbondingDelay", args: [delay], run };
  },
  setLeverage: (dice: Dice, { model }: World): Step => {
    const leverage = BigInt(dice.below(6));
    return { sender: governor, method: "setLeverage", args: [leverage], run: () => model.setLeverage(leverage) };
  },
};

/** A slash that leaves a pool, behind `before` other assets, about as much as is dust. */
function leavingDust(dice: Dice, { assets, shares }: Pool, before: bigint): bigint {
  const left = dice.of(DUST, shares / 2n ** 30n) + BigInt(dice.below(4)) - 1n;
  return left < 0n || left > assets ? before + assets : before + assets - left;
}

const weights: Readonly<Record<keyof typeof actions, number>> = {
  register: 3,
  setPayout: 1,
  setCommission: 2,
  bond: 8,
  delegate: 12,
  reward: 5,
  requestUnbond: 12,
  withdraw: 12,
  slash: 9,
  claimAwards: 3,
  open: 1,
  addSlasher: 1,
  removeSlasher: 1,
  suspend: 3,
  setUnbondingDelay: 1,
  setLeverage: 1,
};
/** When the next step happens: in the same second, soon, later, or about when something ends. */
function laterTime(dice: Dice, { model, time }: World, wanted: bigint | undefined): bigint {
  const { commission } = model.operatorOf(anOperator(dice));
  const { end } = model.suspension;
  const about = dice.of(wanted ?? 0n, wanted ?? 0n, end, end + terms.SUSPENSION_COOLDOWN, commission.from);
  const step = dice.of(0n, 0n, 1n, BigInt(dice.below(50_000)), BigInt(dice.below(20)) * DAY);
  const later = about + BigInt(dice.below(3)) - 1n;
  if (wanted !== undefined && wanted >= time && dice.below(3) > 0) return wanted;
  return dice.below(5) === 0 && later >= time ? later : time + step;
}

/** Bonds that are not open yet, with a slasher in them, and rich actors. */
async function prepare(): Promise<Pick<World, "bonds" | "token" | "time">> {
  const token = await contractOf(await new TestToken__factory(deployer).deploy());
  const authority = await new AccessManager__factory(deployer).deploy(deployer);
  const { leastOwnBond, unbondingDelay, leverage, faultHalfLife } = parameters;
  const deployed = await new OperatorBonds__factory(deployer).deploy(
    token.address,
    leastOwnBond,
    unbondingDelay,
    leverage,
    faultHalfLife,
    authority,
  );
  const bonds = await contractOf(deployed);
  for (const address of [...everybody, governor]) await enrich(token, address, [bonds]);
  await (await deployed.addSlasher(slasher)).wait();
  return { bonds, token, time: BigInt(await networkHelpers.time.latest()) };
}

function readsOfOperator({ model, time, tickets }: World, operator: Hex, owners: readonly Hex[]): Read[] {
  const { payout, debt, own, delegated } = model.operatorOf(operator);
  const { current, next, from } = model.commissionOf(operator, time);
  const { cover, ownCover, delegatorsRate, delegatedEpoch, activeTime } = model.termsOf(operator, time);
  const bought = takesDeposits(delegated) ? quote(delegated, 1_234_567n) : { shares: 0n, cost: 0n };
  const view = (pool: Pool): unknown[] => [pool.assets, activeOf(pool), pool.shares, pool.unbonding, pool.epoch];
  const of = (method: string, expected: readonly unknown[], ...args: readonly unknown[]): Read => ({
    method,
    args: [operator, ...args],
    expected,
  });
  return [
    of("operatorOf", [[payout, debt, view(own), view(delegated)]]),
    of("commissionOf", [[current, next, from]]),
    of("termsOf", [[cover, ownCover, delegatorsRate, delegatedEpoch, activeTime]]),
    of("delegationRoom", [model.delegationRoom(operator)]),
    of("faultsOf", [model.faultsOf(operator, time)]),
    of("quoteDelegation", [bought.shares, bought.cost], 1_234_567n),
    ...owners.map((owner) => {
      const shares = model.positionOf(operator, owner);
      return of("positionOf", [shares, worthOf(delegated, shares)], owner);
    }),
    ...tickets
      .filter((ticket) => ticket.operator === operator && owners.includes(ticket.owner))
      .map(({ owner, ticket }) => {
        const { shares, epoch, maturesAt } = model.ticketOf(operator, owner, ticket);
        return of("ticketOf", [[shares, epoch, maturesAt]], owner, ticket);
      }),
  ];
}

function readsOfAll(world: World): Read[] {
  const { model, time } = world;
  return [
    ...operators.flatMap((operator) => readsOfOperator(world, operator, everybody)),
    ...operators.map((operator) => ({ method: "cover", args: [operator], expected: [model.cover(operator)] })),
    ...everybody.map((account) => ({ method: "awardsOf", args: [account], expected: [model.awardsOf(account)] })),
    ...[slasher, lateSlasher, governor].map((account) => ({
      method: "isSlasher",
      args: [account],
      expected: [model.isSlasher(account, time)],
    })),
    { method: "activeTime", args: [], expected: [model.activeTime(time)] },
    { method: "suspension", args: [], expected: [[model.suspension.start, model.suspension.end]] },
    { method: "unbondingDelay", args: [], expected: [model.unbondingDelay] },
    { method: "leverage", args: [], expected: [model.leverage] },
  ];
}

async function compareAll({ bonds, token, model }: World, reads: readonly Read[], after: string): Promise<void> {
  await compare(bonds, reads, after);
  await compare(token, [{ method: "balanceOf", args: [bonds.address], expected: [model.held] }], after);
}

const corners = [
  "delegated pool wiped",
  "own pool left by all",
  "own pool wiped",
  "debt burnt",
  "void ticket",
  "ticket grows",
];

/** What rare thing a step did, if any. */
function cornerOf(
  { sender, method, args }: Step,
  before: Operator,
  { own, delegated, debt }: Operator,
  { model, time }: World,
): (typeof corners)[number] | undefined {
  const how = method === "slash" ? "wiped" : "left by all";
  if (delegated.epoch > before.delegated.epoch) return `delegated pool ${how}`;
  if (own.epoch > before.own.epoch) return `own pool ${how}`;
  if (debt > 0n && debt < before.debt) return "debt burnt";
  const isPaid = own.shares < before.own.shares || delegated.shares < before.delegated.shares;
  if (method === "withdraw" && !isPaid) return "void ticket";
  const [operator, shares] = args as [Hex, bigint];
  return method === "requestUnbond" && model.ticketOf(operator, sender, time).shares > shares
    ? "ticket grows"
    : undefined;
}

/** Takes a step on both sides, at `time`. */
async function take(step: Step, time: bigint, world: World, number: number, seen: Set<string>): Promise<void> {
  const { sender, method, args } = step;
  const what = `step ${number}: ${method}(${plain(args.map((arg) => (Array.isArray(arg) ? arg.length : arg)))})`;
  world.time = time;
  await mine(time);
  const answer = await ask(world.bonds, method, args, sender);
  const operator = operators.find((it) => it === args[0]) ?? sender;
  const before = world.model.operatorOf(operator);
  const attempted = attempt(step.run, { sender, time });
  expect(answer, what).to.equal(answerOf(attempted));
  seen.add("refused" in attempted ? attempted.refused.replace(/\(.*/, "") : method);
  if ("done" in attempted) {
    const corner = cornerOf(step, before, world.model.operatorOf(operator), world);
    if (corner !== undefined) seen.add(corner);
    await act(world.bonds, { sender, method, args, time });
  }
  const reads = operators.includes(operator)
    ? readsOfOperator(world, operator, [sender, ...(typeof args[1] === "string" ? [args[1] as Hex] : [])])
    : [];
  await compareAll(world, number % 20 === 19 ? readsOfAll(world) : reads, what);
}

/** How most histories begin: with somebody to delegate to. */
const beginning = ["open", "register", "bond"] as const;

describe("Bonds", () => {
  it(`do what the contract does, in ${HISTORIES} histories of ${STEPS} steps`, async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(historiesOf(weights, STEPS), async (throws) => {
        const chain = await networkHelpers.loadFixture(prepare);
        const world: World = { ...chain, model: new Bonds(parameters), tickets: [] };
        world.model.addSlasher(world.time, slasher);
        for (const [number, { action, dice: numbers }] of throws.entries()) {
          const dice = new Dice(numbers);
          const first = dice.below(8) > 0 ? beginning[number] : undefined;
          const step = actions[first ?? action](dice, world);
          const sender = first === undefined || first === "open" ? step.sender : (operators[0] ?? step.sender);
          await take({ ...step, sender }, laterTime(dice, world, step.time), world, number, seen);
        }
        await compareAll(world, readsOfAll(world), "the end");
      }),
      { seed: 0x5e7e, numRuns: HISTORIES, endOnFailure: true },
    );
    // The histories are of use only where everything happens in them.
    const wanted = [...Object.keys(actions), ...errorsOf(OperatorBonds__factory.createInterface()), ...corners];
    expect(wanted.filter((event) => !seen.has(event))).to.deep.equal([]);
  }).timeout(600_000);
});

/** A history that is written out: each line is a time, who acts, and what. */
type Line = readonly [
  time: bigint,
  sender: Hex,
  method: string,
  args: readonly unknown[],
  run: (call: Call) => unknown,
];

async function play(write: (world: World) => readonly Line[]): Promise<Set<string>> {
  const chain = await networkHelpers.loadFixture(prepare);
  const world: World = { ...chain, model: new Bonds(parameters), tickets: [] };
  const seen = new Set<string>();
  world.model.addSlasher(world.time, slasher);
  for (const [number, [time, sender, method, args, run]] of write(world).entries()) {
    await take({ sender, method, args, run }, time, world, number, seen);
    await compareAll(world, readsOfAll(world), `line ${number}`);
  }
  return seen;
}

describe("Bonds, where chance seldom leads", () => {
  const [olive = "0x", otto = "0x"] = operators;
  const [dora = "0x"] = delegators;
  const register = (time: bigint, operator: Hex, { model }: World): Line => {
    const run = (call: Call): void => model.register(call, operator, 0n);
    return [time, operator, "register", [operator, 0n, ""], run];
  };
  const bond = (time: bigint, operator: Hex, amount: bigint, { model }: World): Line => {
    return [time, operator, "bond", [amount], (call) => model.bond(call, amount)];
  };
  const leave = (time: bigint, operator: Hex, owner: Hex, shares: bigint, { model, tickets }: World): Line => {
    const run = (call: Call): bigint => {
      const ticket = model.requestUnbond(call, operator, shares);
      tickets.push({ operator, owner, ticket });
      return ticket;
    };
    return [time, owner, "requestUnbond", [operator, shares], run];
  };
  const withdraw = (time: bigint, operator: Hex, owner: Hex, ticket: bigint, { model }: World): Line => {
    const run = (call: Call): bigint => model.withdraw(call.time, operator, owner, ticket);
    return [time, dora, "withdraw", [operator, owner, ticket], run];
  };
  const slash = (time: bigint, by: Hex, operator: Hex, amount: bigint, award: bigint, { model }: World): Line => {
    const awards = [{ recipient: dora, amount: award }];
    const run = (call: Call): unknown => {
      const { slashed, paid } = model.slash(call, operator, amount, awards);
      return [slashed, paid];
    };
    return [time, by, "slash", [operator, amount, awards], run];
  };
  const delegate = (time: bigint, operator: Hex, amount: bigint, { model }: World): Line => {
    const run = (call: Call): bigint => model.delegate(call, operator, amount, 1n);
    return [time, dora, "delegate", [operator, amount, 1n], run];
  };
  const govern = (time: bigint, method: string, args: readonly unknown[], run: (call: Call) => unknown): Line => {
    return [time, governor, method, args, run];
  };

  it("do what the contract does with two delays and two pools in one second", async () => {
    const seen = await play((world) => {
      const { model } = world;
      const now = world.time + 10n;
      return [
        govern(now, "open", [], () => model.open()),
        register(now, olive, world),
        bond(now, olive, 10_000n, world),
        govern(now, "setUnbondingDelay", [20n * DAY], () => model.setUnbondingDelay(20n * DAY)),
        leave(now, olive, olive, 4_000n, world),
        govern(now, "setUnbondingDelay", [15n * DAY], () => model.setUnbondingDelay(15n * DAY)),
        leave(now, olive, olive, 100n, world),
        slash(now, slasher, olive, 10_000n, 9_000n, world),
        bond(now, olive, 5_000n, world),
        leave(now, olive, olive, 700n, world),
        withdraw(now + 15n * DAY, olive, olive, now, world),
        withdraw(now + 20n * DAY - 1n, olive, olive, now, world),
        withdraw(now + 20n * DAY, olive, olive, now, world),
      ];
    });
    expect([...seen]).to.include.members(["ticket grows", "own pool wiped", "TicketNotMature", "withdraw"]);
  });

  it("do what the contract does with tickets that a suspension meets in every way", async () => {
    const seen = await play((world) => {
      const { model } = world;
      const now = world.time + 10n;
      const start = now + 15n * DAY;
      const end = start + 7n * DAY;
      const within = [start, start + 3n * DAY, end - 1n];
      return [
        govern(now, "open", [], () => model.open()),
        register(now, olive, world),
        bond(now, olive, 10_000n, world),
        // Matures when the suspension starts; lives through it; begins within it; begins at its end.
        leave(now, olive, olive, 1_000n, world),
        leave(now + DAY, olive, olive, 1_000n, world),
        govern(start, "suspend", [7n * DAY], ({ time }) => model.suspend(time, 7n * DAY)),
        ...within.map((time) => leave(time, olive, olive, 1_000n, world)),
        withdraw(end - 1n, olive, olive, now, world),
        leave(end, olive, olive, 1_000n, world),
        withdraw(end, olive, olive, now, world),
        withdraw(now + 23n * DAY - 1n, olive, olive, now + DAY, world),
        withdraw(now + 23n * DAY, olive, olive, now + DAY, world),
        ...within.map((ticket) => withdraw(end + 15n * DAY - 1n, olive, olive, ticket, world)),
        ...[...within, end].map((ticket) => withdraw(end + 15n * DAY, olive, olive, ticket, world)),
      ];
    });
    expect([...seen]).to.include.members(["suspend", "Suspended", "TicketNotMature", "withdraw"]);
  });

  it("do what the contract does with a slasher that a suspension meets at both ends", async () => {
    const seen = await play((world) => {
      const { model } = world;
      const now = world.time + 10n;
      const works = now + 82n * DAY;
      const removed = works + 88n * DAY;
      const stops = removed + 27n * DAY;
      return [
        govern(now, "open", [], () => model.open()),
        register(now, olive, world),
        bond(now, olive, 100_000n, world),
        govern(now, "addSlasher", [lateSlasher], ({ time }) => model.addSlasher(time, lateSlasher)),
        govern(now + 70n * DAY, "suspend", [7n * DAY], ({ time }) => model.suspend(time, 7n * DAY)),
        slash(now + 75n * DAY, slasher, olive, 1_000n, 0n, world),
        slash(works - 1n, lateSlasher, olive, 1_000n, 0n, world),
        slash(works, lateSlasher, olive, 1_000n, 0n, world),
        // Stops when the next suspension starts.
        govern(removed - 21n * DAY, "removeSlasher", [slasher], ({ time }) => model.removeSlasher(time, slasher)),
        govern(removed, "removeSlasher", [lateSlasher], ({ time }) => model.removeSlasher(time, lateSlasher)),
        govern(removed + DAY, "suspend", [5n * DAY], ({ time }) => model.suspend(time, 5n * DAY)),
        slash(stops - 1n, lateSlasher, olive, 1_000n, 0n, world),
        slash(stops, lateSlasher, olive, 1_000n, 0n, world),
      ];
    });
    expect([...seen]).to.include.members(["NotSlasher", "Suspended", "removeSlasher", "slash"]);
  });

  it("do what the contract does with awards out of both pools, and with pools that are exhausted or left", async () => {
    const seen = await play((world) => {
      const now = world.time + 10n;
      const later = now + 15n * DAY;
      const much = 2n ** 80n;
      return [
        govern(now, "open", [], () => world.model.open()),
        register(now, olive, world),
        register(now, otto, world),
        bond(now, olive, much, world),
        delegate(now, olive, much, world),
        // Takes the own pool and nearly all of the delegated one.
        slash(now, slasher, olive, 2n * much - 2_000n, much, world),
        bond(now, olive, much, world),
        delegate(now, olive, much, world),
        leave(now, olive, dora, much, world),
        withdraw(later, olive, dora, now, world),
        delegate(later, olive, much, world),
        bond(later, otto, much, world),
        slash(later, slasher, otto, much - 1_000n, much, world),
        bond(later, otto, much, world),
      ];
    });
    expect([...seen]).to.include.members(["PoolExhausted", "own pool wiped", "delegated pool left by all", "delegate"]);
  });
});
