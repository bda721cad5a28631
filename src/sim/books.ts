/**
 * Second books of everything that a simulation's transactions move: kept by core's models of the contracts and a purse an
 * address, from what was asked for and not from what the chain did. Every day they are held to the chain's own balances, so
 * that every unit of the token and of the chain's coin is somewhere.
 */
import { Bonds } from "../core/bonds.ts";
import type { Hex } from "../core/bytes.ts";
import { Escrow } from "../core/escrow.ts";
import { ZERO_ADDRESS } from "../core/refusal.ts";
import type { Deployment } from "../chain/deployment.ts";
import type { Parameters } from "../chain/parameters.ts";

/** The books and the chain do not agree: a bug in one of them. Never the scenario's fault. */
export class AccountingError extends Error {
  override readonly name = "AccountingError";
}

/** What the chain says of balances. */
export interface Balances {
  /** In the token's smallest unit. */
  readonly tokensOf: (address: Hex) => Promise<bigint>;
  readonly supply: () => Promise<bigint>;
  /** In wei. */
  readonly coinOf: (address: Hex) => Promise<bigint>;
}

/** Whatever is moved is first booked here; whoever pays has enough, or it is not booked. */
class Purses {
  /** All that ever came in. */
  total = 0n;
  readonly #what: string;
  readonly #held = new Map<Hex, bigint>();

  constructor(what: string) {
    this.#what = what;
  }

  of(address: Hex): bigint {
    return this.#held.get(address) ?? 0n;
  }

  addresses(): Iterable<Hex> {
    return this.#held.keys();
  }

  sum(): bigint {
    return [...this.#held.values()].reduce((sum, held) => sum + held, 0n);
  }

  enter(address: Hex, amount: bigint): void {
    this.total += amount;
    this.#add(address, amount);
  }

  move(from: Hex, to: Hex, amount: bigint): void {
    this.#add(from, -amount);
    this.#add(to, amount);
  }

  #add(address: Hex, amount: bigint): void {
    const held = this.of(address) + amount;
    if (held < 0n) throw new AccountingError(`${address} would have ${held} ${this.#what}`);
    this.#held.set(address, held);
  }
}

export class Books {
  readonly bonds: Bonds;
  readonly escrow: Escrow;
  readonly tokens = new Purses("units of the token");
  readonly coin = new Purses("wei");
  readonly #deployment: Deployment;
  readonly #touched = new Set<Hex>();

  /** @param time of the deployment, in seconds */
  constructor(deployment: Deployment, parameters: Parameters, time: bigint) {
    const { contracts } = deployment;
    this.#deployment = deployment;
    this.bonds = new Bonds(parameters);
    for (const court of [contracts.validityCourt, contracts.equivocationCourt, contracts.disclosureCourt]) {
      this.bonds.addSlasher(time, court);
    }
    this.bonds.open();
    this.escrow = new Escrow({
      ...parameters,
      bonds: this.bonds,
      // Nobody in a simulation pays without a voucher.
      payToOf: () => ZERO_ADDRESS,
      treasury: contracts.authority,
    });
  }

  /** Notes that an address's balances may have changed. */
  touch(address: Hex): void {
    this.#touched.add(address);
  }

  /**
   * Holds the books to the chain: both contracts' tokens, everybody's whose balance may have changed, and all sums.
   * @param everybody whether those whose balance should not have changed are looked at, too
   * @returns how many balances were compared
   * @throws AccountingError where one is another
   */
  async compare(chain: Balances, everybody = false): Promise<number> {
    const { bonds, escrow } = this.#deployment.contracts;
    const check = (what: string, found: bigint, expected: bigint): void => {
      if (found !== expected) throw new AccountingError(`${what}: ${found} on the chain, ${expected} in the books`);
    };
    check("supply of the token", await chain.supply(), this.tokens.total);
    check("the bonds' tokens", await chain.tokensOf(bonds), this.bonds.held);
    check("the escrow's tokens", await chain.tokensOf(escrow), this.escrow.held);
    check("all tokens", this.tokens.sum(), this.tokens.total);
    check("tokens in the bonds", this.tokens.of(bonds), this.bonds.held);
    check("tokens in the escrow", this.tokens.of(escrow), this.escrow.held);
    check("all coin", this.coin.sum(), this.coin.total);
    const looked = new Set<Hex>(everybody ? [...this.tokens.addresses(), ...this.coin.addresses()] : this.#touched);
    for (const address of looked) {
      check(`tokens of ${address}`, await chain.tokensOf(address), this.tokens.of(address));
      check(`coin of ${address}`, await chain.coinOf(address), this.coin.of(address));
    }
    this.#touched.clear();
    return 3 + 2 * looked.size;
  }
}
