import { isError, type Provider, Transaction, type TransactionLike, type TransactionReceipt } from "ethers";
import { ChainError, explain } from "./errors.ts";
import { type Fees, feesFrom, raiseFees } from "./fees.ts";
import { pause } from "./pause.ts";
import { query } from "./transactions.ts";

/** How transactions are sent. */
export interface SendingTerms {
  /** How many blocks, a transaction's own with them, make it certain. */
  readonly confirmations: number;
  /** The most that a unit of gas may cost, in wei. */
  readonly maxFeePerGas: bigint;
  /** After how many blocks a transaction that waits is sent again with higher fees. */
  readonly patience: number;
  /** How often the chain is asked what became of transactions, in milliseconds. */
  readonly pollMs: number;
}

/** What is to be sent: all of a transaction but its place among the account's, and what it pays for gas. */
export type Call = Pick<TransactionLike, "to" | "data" | "value" | "gasLimit" | "chainId" | "accessList">;

/** What an outbox works with. */
export interface OutboxOptions {
  readonly provider: Provider;
  readonly address: string;
  /** Signs a transaction: the raw bytes, in hexadecimal. */
  readonly sign: (transaction: TransactionLike) => Promise<string>;
  readonly terms: SendingTerms;
}

/** A call under way: its place, and every version of it that was broadcast. Only one of them can be mined. */
interface Parcel {
  readonly call: Call;
  nonce: number;
  fees: Fees;
  /** The newest first. */
  versions: readonly [Transaction, ...Transaction[]];
  /** A block before it was signed: a certain one, or it might be replaced by one that holds it. */
  born: number;
  /** The latest block when it was first looked after, and when its newest version was sent. */
  since: number | undefined;
  sentAt: number | undefined;
  /** Whether a node took the newest version, and no block that held it was thrown out since. */
  isOut: boolean;
  isMined: boolean;
  /** How often in a row its place was seen to be taken by none of its versions. */
  timesLost: number;
  /** Whether nobody waits for it any longer. */
  isGivenUp: boolean;
  outcome: PromiseWithResolvers<TransactionReceipt>;
}

/** How many times its patience a transaction is waited for. */
const GIVE_UP = 20;

/** How often in a row the chain may fail to be read before those who wait are told. */
const MAX_FAILURES = 30;

/** How often a place is seen to be taken, without a receipt, before it is found out by whom: receipts may come late. */
const TIMES_LOST = 3;

/** For how many places in a row a node may say that something waits there already. */
const MAX_PLACES = 10;

/** Reasons that say nothing of what became of a transaction. */
const undecided = ["Unreachable", "NoContract", "WrongChain"];

/** What nodes say of a transaction that they have. */
const known = /already known|already imported|known transaction|already exists/i;

/**
 * The transactions of one account: gives each its place without a gap, sends it, and sends it again until it is certain:
 * with higher fees where it waits too long, as it was where a reorganisation threw it out, and in another place where a
 * stranger with the same key took its own.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  /** In the order of their places. */
  #parcels: readonly Parcel[] = [];
  /** By hash: what is under way, and, of versions in whose stead another was mined, that one's hash. */
  readonly #byHash = new Map<string, Parcel | string>();
  /** Places below are taken. */
  #floor = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #isWatching = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /**
   * Sends a call.
   * @returns the transaction as it was sent first
   * @throws ChainError where the chain refuses it; then its place is given to the next
   */
  async send(call: Call, fees: Fees): Promise<Transaction> {
    return this.#inTurn(async () => {
      // What was given up may still be mined: to send the same beside it would do it twice.
      const before = this.#parcels.find((parcel) => parcel.isGivenUp && isSame(parcel.call, call));
      const parcel = before ?? { ...fresh(), call, fees, ...(await this.#place(call, fees)) };
      Object.assign(parcel, before === undefined ? {} : fresh());
      this.#keep(parcel);
      if (!this.#isWatching) void this.#watch();
      return parcel.versions[0];
    });
  }

  /** What becomes of a transaction that was sent here: the receipt of the version that was mined, once it is certain. */
  async receiptOf(hash: string): Promise<TransactionReceipt | null> {
    const found = this.#byHash.get(hash);
    if (typeof found === "object") return found.outcome.promise;
    return this.#options.provider.getTransactionReceipt(found ?? hash);
  }

  /** One at a time: places are given in the order in which transactions go out. */
  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Sends a call in the next free place. @throws ChainError where no node takes it */
  async #place(call: Call, fees: Fees): Promise<Pick<Parcel, "nonce" | "versions" | "isOut" | "born">> {
    const { provider, address } = this.#options;
    const [head, count] = await query(() =>
      Promise.all([provider.getBlockNumber(), provider.getTransactionCount(address, "pending")]),
    );
    const born = Math.max(head - this.#options.terms.confirmations, 0);
    const first = Math.max(count, this.#floor, (this.#parcels.at(-1)?.nonce ?? -1) + 1);
    for (let nonce = first; nonce < first + MAX_PLACES; nonce++) {
      const version = await this.#sign(call, nonce, fees);
      const fate = await this.#broadcast(version);
      if (fate !== "refused") return { nonce, born, versions: [version], isOut: fate === "taken" };
    }
    const message = `other transactions of ${address} wait to be mined: let nothing else send with its key, and try again`;
    throw new ChainError("NonceTaken", message);
  }

  async #sign(call: Call, nonce: number, fees: Fees): Promise<Transaction> {
    return Transaction.from(await this.#options.sign({ ...call, ...fees, nonce }));
  }

  /**
   * Broadcasts a version.
   * @returns "refused" where another transaction waits in its place; "unknown" where it may have arrived and may not
   * @throws ChainError where no node takes it
   */
  async #broadcast({ serialized }: Transaction): Promise<"taken" | "refused" | "unknown"> {
    try {
      await this.#options.provider.broadcastTransaction(serialized);
      return "taken";
    } catch (thrown) {
      const error = explain(thrown);
      if (known.test(String(thrown)) || known.test(error.message)) return "taken";
      if (isError(thrown, "REPLACEMENT_UNDERPRICED")) return "refused";
      // It may have been taken before, and the answer lost: what is in the blocks will tell.
      if (isError(thrown, "NONCE_EXPIRED") || undecided.includes(error.reason)) return "unknown";
      // ethers asks for the latest block beside it.
      if (isError(thrown, "UNKNOWN_ERROR") && methodOf(thrown) !== "eth_sendRawTransaction") return "unknown";
      throw error;
    }
  }

  #keep(parcel: Parcel): void {
    this.#parcels = [...this.#parcels.filter((other) => other !== parcel), parcel].sort((a, b) => a.nonce - b.nonce);
    for (const { hash } of parcel.versions) this.#byHash.set(hash ?? "", parcel);
  }

  /** Looks after what is under way, as long as somebody waits for it. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    for (let failures = 0; this.#awaited().length > 0;) {
      try {
        await this.#look();
        failures = 0;
      } catch (thrown) {
        if (++failures >= MAX_FAILURES) for (const parcel of this.#awaited()) giveUp(parcel, explain(thrown));
      }
      if (this.#awaited().length > 0) await pause(this.#options.terms.pollMs);
    }
    this.#isWatching = false;
  }

  #awaited(): readonly Parcel[] {
    return this.#parcels.filter(({ isGivenUp }) => !isGivenUp);
  }

  async #look(): Promise<void> {
    const { provider, address, terms } = this.#options;
    const [head, count] = await Promise.all([
      provider.getBlockNumber(),
      provider.getTransactionCount(address, "latest"),
    ]);
    for (const parcel of this.#parcels) {
      parcel.since ??= head;
      try {
        await this.#tend(parcel, { head, count });
      } catch (thrown) {
        if (undecided.includes(explain(thrown).reason)) throw thrown;
        // What no node takes now, as more is offered than the account has, may be taken later; what is out stays out.
        parcel.sentAt = head;
      }
      if (!parcel.isMined && head - parcel.since >= GIVE_UP * terms.patience) giveUp(parcel, unconfirmed(parcel));
    }
  }

  /** Does what a parcel needs, at the latest block, when that many of the account's places are taken. */
  async #tend(parcel: Parcel, { head, count }: { readonly head: number; readonly count: number }): Promise<void> {
    parcel.sentAt ??= head;
    if (parcel.nonce < count) await this.#settle(parcel, head);
    else if (parcel.isMined || !parcel.isOut) await this.#sendAgain(parcel);
    else if (head - parcel.sentAt >= this.#options.terms.patience) await this.#raise(parcel, head);
  }

  /** Ends the waiting for a parcel whose place is taken, if that is by one of its versions and certain. */
  async #settle(parcel: Parcel, head: number): Promise<void> {
    const { terms } = this.#options;
    const receipt = await this.#receiptIn(parcel);
    // Once it was seen in a block it is out of it only when its place is free again: then it is sent again.
    parcel.isMined ||= receipt !== null;
    parcel.timesLost = receipt === null ? parcel.timesLost + 1 : 0;
    if (receipt === null && parcel.timesLost >= TIMES_LOST) await this.#move(parcel, head);
    if (receipt === null || head - receipt.blockNumber + 1 < terms.confirmations) return;
    for (const { hash } of parcel.versions) {
      if (hash === receipt.hash) this.#byHash.delete(receipt.hash);
      else this.#byHash.set(hash ?? "", receipt.hash);
    }
    this.#parcels = this.#parcels.filter((other) => other !== parcel);
    this.#floor = Math.max(this.#floor, parcel.nonce + 1);
    parcel.outcome.resolve(receipt);
  }

  async #receiptIn({ versions }: Parcel): Promise<TransactionReceipt | null> {
    for (const { hash } of versions) {
      const receipt = await this.#options.provider.getTransactionReceipt(hash ?? "");
      if (receipt !== null) return receipt;
    }
    return null;
  }

  /** Sends the newest version as it is. */
  async #sendAgain(parcel: Parcel): Promise<void> {
    parcel.isOut = (await this.#broadcast(parcel.versions[0])) === "taken";
    parcel.isMined = false;
  }

  /** Sends a version that pays more; the same again where that would be above the ceiling. */
  async #raise(parcel: Parcel, head: number): Promise<void> {
    const { provider, terms } = this.#options;
    const now = feesFrom(await provider.getFeeData());
    const fees = raiseFees(parcel.fees, now, terms.maxFeePerGas);
    if (fees === undefined) {
      parcel.sentAt = head;
      return this.#sendAgain(parcel);
    }
    const version = await this.#sign(parcel.call, parcel.nonce, fees);
    const fate = await this.#broadcast(version);
    parcel.versions = [version, ...parcel.versions];
    parcel.fees = fees;
    parcel.isOut = fate === "taken";
    // Where even that is too little, more is offered at the next look.
    if (fate !== "refused") parcel.sentAt = head;
    this.#keep(parcel);
  }

  /** Gives a parcel another place where a stranger's transaction is in its own, and is certain. */
  async #move(parcel: Parcel, head: number): Promise<void> {
    parcel.timesLost = 0;
    if (!(await this.#isStrangers(parcel, Math.max(head - this.#options.terms.confirmations + 1, 0)))) return;
    await this.#inTurn(async () => {
      const { versions, ...place } = await this.#place(parcel.call, parcel.fees);
      Object.assign(parcel, { ...place, versions: [...versions, ...parcel.versions], sentAt: head });
      this.#keep(parcel);
    });
  }

  /** Whether the transaction in a place is none of the parcel's. That no receipt is found proves nothing: it may come late. */
  async #isStrangers({ nonce, born, versions }: Parcel, certain: number): Promise<boolean> {
    const { provider, address } = this.#options;
    const isTakenAt = async (block: number) => (await provider.getTransactionCount(address, block)) > nonce;
    if (!(await isTakenAt(certain))) return false;
    if (await isTakenAt(born)) return true;
    let [before, after] = [born, certain];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (await isTakenAt(middle)) after = middle;
      else before = middle;
    }
    const block = await provider.getBlock(after, true);
    const found = block?.prefetchedTransactions.find((sent) => sent.from === address && sent.nonce === nonce);
    return found !== undefined && versions.every(({ hash }) => hash !== found.hash);
  }
}

/** What is not known yet of a parcel that somebody begins to wait for. */
function fresh() {
  const outcome = Promise.withResolvers<TransactionReceipt>();
  // Not everyone who sends waits for what becomes of it.
  outcome.promise.catch(() => undefined);
  const unknown = { since: undefined, sentAt: undefined, isMined: false, timesLost: 0 };
  return { ...unknown, isGivenUp: false, outcome };
}

function giveUp(parcel: Parcel, error: ChainError): void {
  if (parcel.isGivenUp) return;
  parcel.isGivenUp = true;
  parcel.outcome.reject(error);
}

function unconfirmed({ nonce, versions }: Parcel): ChainError {
  const message =
    `transaction ${versions[0].hash} (nonce ${nonce}) is in no block yet and may still come: ` +
    "do the same again later to go on waiting for it, with a higher ceiling for fees if gas got dearer";
  return new ChainError("Unconfirmed", message);
}

/** What was asked when an error came that ethers does not know; what a chain in this process says is of what it was sent. */
function methodOf(thrown: object): unknown {
  const payload: unknown = Reflect.get(thrown, "payload");
  return typeof payload === "object" && payload !== null ? Reflect.get(payload, "method") : "eth_sendRawTransaction";
}

function isSame(one: Call, other: Call): boolean {
  return one.to === other.to && one.data === other.data && one.value === other.value;
}
