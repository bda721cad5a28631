import type { Contracts } from "../chain/contracts.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { Journal } from "./journal.ts";
import { journalBehind, Refusal } from "./refusals.ts";

interface StandingOptions {
  readonly operator: Hex;
  /** The address of the key that signs receipts. */
  readonly signer: Hex;
  readonly journal: Journal;
  readonly contracts: Contracts;
  readonly clock: () => bigint;
}

/** What the chain says of a node: whose its key is and when, and how many receipts it has committed. */
interface Reading {
  readonly key: { readonly operator: string; readonly validFrom: bigint; readonly validUntil: bigint };
  readonly committed: bigint;
  /** How many were given their number, as far as it is known beside the journal. */
  readonly given: bigint;
  /** The journal's next number, read after both: it only grows. */
  readonly next: bigint;
  readonly at: bigint;
}

/** How old a reading may be, in seconds. The end of a key is announced a day ahead. */
const FRESH = 60n;

/** Whether a node may sign receipts at all: a key that is not the operator's, or a number given twice, is a fault. */
export class Standing {
  readonly #options: StandingOptions;
  #reading: Reading | undefined;

  constructor(options: StandingOptions) {
    this.#options = options;
  }

  /** Reads what is not fresh, or would not do. @throws ChainError */
  async refresh(): Promise<void> {
    const { operator, signer, journal, contracts, clock } = this.#options;
    const now = clock();
    const isFresh = this.#reading !== undefined && now - this.#reading.at <= FRESH;
    if (isFresh && this.#problem(now) === undefined) return;
    this.#reading = await query(async () => {
      const [key, committed] = await Promise.all([contracts.keys.get(signer), contracts.ledger.nextSequence(operator)]);
      const { given } = journal;
      return { key, committed, given, next: await journal.nextSequence(), at: now };
    });
  }

  /** Whether a receipt may be issued at `now`, in seconds. @throws Refusal where it may not */
  check(now: bigint): void {
    const problem = this.#problem(now);
    if (problem !== undefined) throw problem;
  }

  #problem(now: bigint): Refusal | undefined {
    const { operator, signer } = this.#options;
    const { key, committed = 0n, given = 0n, next = 0n } = this.#reading ?? {};
    if (key?.operator.toLowerCase() !== operator || now >= key.validUntil) {
      return new Refusal("KeyNotValid", `the node's key ${signer} is not ${operator}'s`);
    }
    if (now < key.validFrom) {
      return new Refusal("ClockBehind", `the node's key is valid from ${key.validFrom}, its clock says ${now}`);
    }
    if (next < committed) {
      return journalBehind(`${committed} receipts are committed`);
    }
    if (next < given) return journalBehind(`${given} receipts were signed`);
    return undefined;
  }
}
