/** Pools of bonded assets, owned in shares: what `contracts/bonds/SharePool.sol` does, and why, is told there. */

/** A slash that leaves less than this, in the asset's smallest unit, wipes the pool out. */
export const DUST = 1_000n;

/** A pool in which a share is worth less than 2^-30 of a unit takes no deposits. */
const PRICE_SHIFT = 30n;

/** Assets owned in shares; `unbonding` are the shares in tickets, `epoch` is how often it ended: wiped out, or left by all. */
export interface Pool {
  readonly assets: bigint;
  readonly shares: bigint;
  readonly unbonding: bigint;
  readonly epoch: bigint;
}

export const emptyPool: Pool = { assets: 0n, shares: 0n, unbonding: 0n, epoch: 0n };

/** Shares, and what they cost. */
export interface Purchase {
  readonly shares: bigint;
  readonly cost: bigint;
}

/** What a deposit of up to `amount` buys: whole shares, and what they cost. */
export function quote({ assets, shares }: Pool, amount: bigint): Purchase {
  if (shares === 0n) return { shares: amount, cost: amount };
  const minted = (amount * shares) / assets;
  return { shares: minted, cost: (minted * assets + shares - 1n) / shares };
}

/** A pool that somebody bought shares of. */
export function joined(pool: Pool, { shares, cost }: Purchase): Pool {
  return { ...pool, assets: pool.assets + cost, shares: pool.shares + shares };
}

/** What shares of a pool are worth, rounded down. */
export function worthOf(pool: Pool, shares: bigint): bigint {
  return shares === 0n ? 0n : (shares * pool.assets) / pool.shares;
}

/** What the shares that stay are worth. */
export function activeOf(pool: Pool): bigint {
  return worthOf(pool, pool.shares - pool.unbonding);
}

/** Whether a share is worth enough for deposits. */
export function takesDeposits({ assets, shares }: Pool): boolean {
  return shares <= assets << PRICE_SHIFT;
}

/** A pool that shares in tickets have left, paid with what they were worth. */
export function redeemed(pool: Pool, shares: bigint): Pool {
  const left = pool.shares - shares;
  return {
    assets: pool.assets - worthOf(pool, shares),
    shares: left,
    unbonding: pool.unbonding - shares,
    epoch: left === 0n ? pool.epoch + 1n : pool.epoch,
  };
}

/** A pool that lost `amount`, at most what it has: what is left, unless that is dust. */
export function slashed(pool: Pool, amount: bigint): Pool {
  const assets = pool.assets - amount;
  return amount > 0n && assets < DUST ? { ...emptyPool, epoch: pool.epoch + 1n } : { ...pool, assets };
}
