/**
 * What settlement costs, with everything on: a protocol fee, delegators with a part of the fees, the cap, credit. As for
 * operators and clients in their second period: the words that a settlement writes are in use. Every payer's key is its
 * own, and every voucher is another's.
 */
import { type Hex, keccakHex } from "../src/core/bytes.ts";
import { addressOf, compact, sign } from "../src/core/signatures.ts";
import { Mode, type Order, orderHash, type Request, requestDigest } from "../src/core/typedData.ts";
import type { Measured } from "./bonds.ts";
import { type Bench, type Call, openBench } from "./chain.ts";

const UNIT = 1_000_000n;
const PLENTY = 1_000_000n * UNIT;
const OWN_BOND = 500_000n * UNIT;
const DEPOSIT = 1_000n * UNIT;
/** What a client pays in a period. */
const FEE = 1_234_567n;
const HOUR = 3_600n;
const DAY = 24n * HOUR;
/** The cap window and a bucket of it, see `contracts/settlement/SlidingSum.sol`. */
const CAP_WINDOW = 14n * DAY;
const BUCKET = 2n * DAY;
const COMMISSION_BPS = 1_000n;
/** How many receipts and clients a period of the headline has. */
const RECEIPTS = 10_000n;
const CLIENTS = 100;
const MANY_CLIENTS = 500;

/** Words and accounts without zeroes to speak of, as real ones are: zeroes are cheaper to send. */
const word = (number: number): Hex => keccakHex(new TextEncoder().encode(`bench ${number}`));
const account = (number: number): Hex => `0x${word(number).slice(26)}`;
const operator = account(1);
const settler = account(2);
const delegator = account(3);
const newcomer = account(4);
const anOrder: Order = {
  modelId: word(5),
  inputHash: word(6),
  contextHash: word(7),
  mode: Mode.optimistic,
  maxPrice: FEE,
  base: FEE,
  inputRate: 0n,
  outputRate: 0n,
  salt: word(8),
};
const payer = (client: number): Hex => account(1_000 + client);
const secret = (client: number): Hex => word(1_000 + client);

/** Every operation of escrow and ledger that the happy path is made of, and what one inference comes to. */
export async function measureSettlement(): Promise<Measured> {
  const bench = await openBench();
  await enter(bench);
  const clients = Array.from({ length: MANY_CLIENTS }, (_, index) => index);
  for (const client of clients) await bench.sendAll([payer(client)], await wallet(bench, secret(client)));
  await settle(bench, clients, 1n);
  await settle(bench, clients, 2n);
  const one = await settle(bench, clients.slice(0, 1), 3n);
  const some = await settle(bench, clients.slice(1, 1 + CLIENTS), 3n);
  const many = await settle(bench, clients, 4n);
  await bench.sendAll([newcomer], await purse(bench));
  const depositFirst = await fund(bench, newcomer);
  const depositLater = await fund(bench, newcomer);
  await commit(bench, 0n);
  const committed = await commit(bench, 1n);
  return {
    "deposit, first of an account": depositFirst,
    "deposit, later": depositLater,
    "settle 1 voucher": one,
    "settle 1 voucher, first of two days": await settleAfter(bench, CAP_WINDOW + BUCKET),
    [`settle ${CLIENTS} vouchers, each`]: each(some, CLIENTS),
    [`settle ${MANY_CLIENTS} vouchers, each`]: each(many, MANY_CLIENTS),
    "commit a batch of any size": committed,
    [`inference, ${RECEIPTS} of ${CLIENTS} clients in a period`]: each(some + committed, Number(RECEIPTS)),
    "collect what x402 brought": await collect(bench),
  };
}

/** An operator with delegators and a settler. */
async function enter(bench: Bench): Promise<void> {
  const { bonds, escrow, ledger, token } = bench.contracts;
  const { contracts } = bench.deployment;
  const money = [
    await token.faucet.populateTransaction(PLENTY),
    await token.approve.populateTransaction(contracts.bonds, PLENTY),
  ];
  await bench.sendAll(
    [operator],
    [
      ...money,
      await bonds.register.populateTransaction(operator, COMMISSION_BPS, ""),
      await bonds.bond.populateTransaction(OWN_BOND),
      await escrow.setAgent.populateTransaction(settler),
      await ledger.setAgent.populateTransaction(settler),
      await escrow.openPayTo.populateTransaction(),
    ],
  );
  await bench.sendAll([delegator], [...money, await bonds.delegate.populateTransaction(operator, OWN_BOND / 2n, 0n)]);
}

/** Plenty of tokens, and the escrow's allowance to take them. */
async function purse({ contracts, deployment }: Bench): Promise<Call[]> {
  return [
    await contracts.token.faucet.populateTransaction(PLENTY),
    await contracts.token.approve.populateTransaction(deployment.contracts.escrow, PLENTY),
  ];
}

/** A payer with money, and an account for a key of its own. */
async function wallet(bench: Bench, key: Hex): Promise<Call[]> {
  const funding = await bench.contracts.escrow.fund.populateTransaction(DEPOSIT, operator, addressOf(key));
  return [...(await purse(bench)), funding];
}

async function fund(bench: Bench, from: Hex): Promise<bigint> {
  return (await bench.send(from, await bench.contracts.escrow.fund.populateTransaction(DEPOSIT, operator, from))).gas;
}

/** Settles the vouchers that clients signed in their account's given period. */
async function settle(bench: Bench, clients: readonly number[], period: bigint): Promise<bigint> {
  const { deployment, contracts } = bench;
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.escrow };
  const deadline = (await bench.now()) + HOUR;
  const claims = clients.map((client) => {
    const order: Order = { ...anOrder, salt: word(client) };
    const total = FEE * period;
    const request: Request = { payer: payer(client), operator, ceiling: total, deadline, order };
    const signature = compact(sign(requestDigest(request, domain), secret(client)));
    return { payer: payer(client), total, ceiling: total, deadline, orderHash: orderHash(order), ...signature };
  });
  return (await bench.send(settler, await contracts.escrow.settle.populateTransaction(operator, claims))).gas;
}

/** Settles a voucher when the first bucket of the cap window has become history: what a new bucket costs at most. */
async function settleAfter(bench: Bench, seconds: bigint): Promise<bigint> {
  await bench.wait(seconds);
  return settle(bench, [0], 5n);
}

async function commit(bench: Bench, batch: bigint): Promise<bigint> {
  const [root, dataHash] = [word(Number(batch) + 1), word(Number(batch) + 2)];
  const call = bench.contracts.ledger.commit.populateTransaction(operator, root, dataHash, RECEIPTS * batch, RECEIPTS);
  return (await bench.send(settler, await call)).gas;
}

/** What was paid by x402 since the last time, twice: the second time as always. */
async function collect({ contracts, send }: Bench): Promise<bigint> {
  const payTo = await contracts.escrow.payToOf(operator);
  const pay = await contracts.token.transfer.populateTransaction(payTo, FEE);
  const call = await contracts.escrow.collect.populateTransaction(operator);
  await send(newcomer, pay);
  await send(settler, call);
  await send(newcomer, pay);
  return (await send(settler, call)).gas;
}

function each(gas: bigint, count: number): bigint {
  return (gas + BigInt(count) - 1n) / BigInt(count);
}
