import {
  AbstractSigner,
  type ContractRunner,
  dataLength,
  formatEther,
  type Provider,
  type Signer,
  Transaction,
  type TransactionLike,
  type TransactionRequest,
  TransactionResponse,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";
import { greatest, least } from "../core/numbers.ts";
import { dataFeeOf } from "./dataFee.ts";
import { ChainError, explain } from "./errors.ts";
import { capFees, type Fees, feesFrom, greatestFee } from "./fees.ts";
import { Outbox, type SendingTerms } from "./outbox.ts";
import { pause } from "./pause.ts";
import { query } from "./transactions.ts";

export type { SendingTerms } from "./outbox.ts";

/** What is allowed for beyond what gas was estimated, in percent: blocks in between change what a call costs. */
const GAS_PERCENT = 120n;

/** The most gas of a transaction (EIP-7825). */
const GAS_CAP = 1n << 24n;

/** A transaction's fields besides its call, as long as they get: what is not known yet makes it no longer than these. */
const WIDEST = {
  ...{ type: 2, chainId: 1n << 32n, nonce: 1 << 24, gasLimit: GAS_CAP },
  ...{ maxFeePerGas: 1n << 48n, maxPriorityFeePerGas: 1n << 48n },
};

/** What a sender is made of. */
interface Parts {
  readonly signer: Signer;
  readonly address: string;
  readonly provider: Provider;
  readonly terms: SendingTerms;
}

/**
 * The one place from which an account's transactions are sent, whoever asks for them: a signer for `connect` as any other,
 * whose transactions get consecutive nonces, fees that rise while they wait, and are broadcast again until they are
 * certain. To wait for one of them is to wait for whichever version of it is mined, with all its confirmations.
 *
 * Where the process ends, what it sent may still be mined. The next one starts behind that and does not know what it was:
 * whoever goes on sending first waits for it (`waitForEarlier`), and reads what is on the chain.
 */
export class Sender extends AbstractSigner<Provider> {
  /** How many blocks, its own with them, make a transaction certain. */
  readonly confirmations: number;
  readonly address: string;
  readonly #parts: Parts;
  readonly #outbox: Outbox;

  /**
   * Makes a sender. There must be one only for each account on a chain.
   * @param signer signs; what it is connected to is not used
   * @param provider reads and broadcasts
   * @param terms a named network's, or others
   */
  static async open(signer: Signer, provider: Provider, terms: SendingTerms): Promise<Sender> {
    return Sender.#of({ signer: signer.connect(null), address: await signer.getAddress(), provider, terms });
  }

  static #of(parts: Parts): Sender {
    const { address, provider, terms, signer } = parts;
    const sign = async (transaction: TransactionLike) => signer.signTransaction(transaction);
    return new Sender(parts, new Outbox({ provider, address, sign, terms }));
  }

  private constructor(parts: Parts, outbox: Outbox) {
    super(awaiting(parts.provider, outbox));
    this.confirmations = parts.terms.confirmations;
    this.address = parts.address;
    this.#parts = parts;
    this.#outbox = outbox;
  }

  override async getAddress(): Promise<string> {
    return this.address;
  }

  /** The same account on another chain: with nonces of its own. */
  override connect(provider: Provider): Sender {
    return provider === this.provider ? this : Sender.#of({ ...this.#parts, provider });
  }

  override async signTransaction(transaction: TransactionRequest): Promise<string> {
    return this.#parts.signer.signTransaction(transaction);
  }

  override async signMessage(message: string | Uint8Array): Promise<string> {
    return this.#parts.signer.signMessage(message);
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#parts.signer.signTypedData(domain, types, value);
  }

  /**
   * Sends a transaction. A nonce in the request is not heeded: it is given here.
   * @throws ChainError where the chain refuses it, the account cannot pay for it, or gas is above the ceiling
   */
  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const { provider } = this.#parts;
    const { to, data, value, accessList, from, ...asked } = await this.populateCall(request);
    const call = { to: to ?? null, data: data ?? "0x", value: BigInt(value ?? 0), ...(accessList && { accessList }) };
    let cost = call.value;
    try {
      const [{ chainId }, fees, estimate] = await query(() =>
        Promise.all([
          provider.getNetwork(),
          this.#feesFor(asked),
          isUnset(asked.gasLimit) ? provider.estimateGas({ ...call, from: from ?? this.address }) : undefined,
        ]),
      );
      const gasLimit = estimate === undefined ? BigInt(asked.gasLimit ?? 0) : withRoom(estimate);
      cost += gasLimit * greatestFee(fees);
      const sent = await this.#outbox.send({ ...call, chainId, gasLimit }, fees);
      return responseOf(sent, this.provider);
    } catch (thrown) {
      const error = explain(thrown);
      if (error.reason !== "InsufficientFunds") throw error;
      const size = dataLength(Transaction.from({ ...call, ...WIDEST }).unsignedSerialized);
      throw await this.#insufficient({ cost, size }, error);
    }
  }

  /**
   * Waits until all that was sent for the account by an earlier process is in a block, or was forgotten.
   * @returns how many transactions still wait after `blocks` blocks; 0 where none does
   * @throws ChainError where the chain cannot be read
   */
  async waitForEarlier(blocks = 20): Promise<number> {
    const { provider, address, terms } = this.#parts;
    const read = async () =>
      query(() =>
        Promise.all([
          provider.getBlockNumber(),
          provider.getTransactionCount(address, "latest"),
          provider.getTransactionCount(address, "pending"),
        ]),
      );
    const [start] = await read();
    for (;;) {
      const [head, mined, all] = await read();
      if (all <= mined || head - start >= blocks) return Math.max(all - mined, 0);
      await pause(terms.pollMs);
    }
  }

  /** The fees that were asked for, and else what the chain asks for now. */
  async #feesFor({ gasPrice, maxFeePerGas, maxPriorityFeePerGas }: TransactionLike): Promise<Fees> {
    if (!isUnset(gasPrice)) return { type: 0, gasPrice: BigInt(gasPrice) };
    const { provider, terms } = this.#parts;
    const fees = feesFrom(await provider.getFeeData());
    if (fees.type === 0 || isUnset(maxFeePerGas)) return capFees(fees, terms.maxFeePerGas);
    const most = BigInt(maxFeePerGas);
    const tip = isUnset(maxPriorityFeePerGas) ? fees.maxPriorityFeePerGas : BigInt(maxPriorityFeePerGas);
    return { type: 2, maxFeePerGas: most, maxPriorityFeePerGas: least(tip, most) };
  }

  async #insufficient(
    { cost, size }: { readonly cost: bigint; readonly size: number },
    cause: ChainError,
  ): Promise<ChainError> {
    const { provider, address } = this.#parts;
    const [balance, { chainId }, dataFee] = await query(() =>
      Promise.all([provider.getBalance(address), provider.getNetwork(), dataFeeOf(provider, [size])]),
    );
    const whole = cost + dataFee;
    // A fee may have fallen since.
    const missing = greatest(whole - balance, 1n);
    const message =
      `${address} has ${formatEther(balance)} of the coin of chain ${chainId}, the transaction takes up to ` +
      `${formatEther(whole)}: send at least ${formatEther(missing)} to ${address} there`;
    return new ChainError("InsufficientFunds", message, { cause });
  }
}

/** How many blocks make what a runner sends certain: 1 where it says nothing of that. */
export function confirmationsOf(runner: ContractRunner | null): number {
  return runner instanceof Sender ? runner.confirmations : 1;
}

/** A provider that, asked for the receipt of a transaction that is under way, waits until it is certain. */
function awaiting(provider: Provider, outbox: Outbox): Provider {
  return new Proxy(provider, {
    get: (target, name) => {
      if (name === "getTransactionReceipt") return async (hash: string) => outbox.receiptOf(hash);
      const member = Reflect.get(target, name, target) as unknown;
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
}

function isUnset(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function withRoom(estimate: bigint): bigint {
  return greatest(estimate, least((estimate * GAS_PERCENT) / 100n, GAS_CAP));
}

function responseOf(sent: Transaction, provider: Provider): TransactionResponse {
  const { hash, from, signature } = sent;
  if (hash === null || from === null || signature === null) throw new TypeError("a signed transaction expected");
  const { type, to, nonce, gasLimit, data, value, chainId, accessList } = sent;
  return new TransactionResponse(
    {
      ...{ hash, from, signature, type: type ?? 0, to, nonce, gasLimit, data, value, chainId, accessList },
      gasPrice: sent.gasPrice ?? sent.maxFeePerGas ?? 0n,
      maxFeePerGas: sent.maxFeePerGas,
      maxPriorityFeePerGas: sent.maxPriorityFeePerGas,
      ...{ authorizationList: null, blockNumber: null, blockHash: null, index: 0 },
    },
    provider,
  );
}
