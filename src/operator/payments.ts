import {
  decodePaymentSignatureHeader,
  encodePaymentRequiredHeader,
  encodePaymentResponseHeader,
} from "@x402/core/http";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import { ExactEvmScheme } from "@x402/evm/exact/facilitator";
import type { Provider, Signer, TransactionReceipt } from "ethers";
import { z } from "zod";
import type { Contracts } from "../chain/contracts.ts";
import { facilitatorSigner } from "../chain/facilitator.ts";
import { query, transact } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import type { NamedDomain } from "../core/eip712.ts";
import { authorizationDigest } from "../core/funding.ts";
import { recover, SignatureError } from "../core/signatures.ts";
import { Refusal, type RefusalName } from "./refusals.ts";

interface PaymentsOptions {
  readonly operator: Hex;
  readonly contracts: Contracts;
  /** The domain in which the token checks signatures (`tokenDomain`). */
  readonly token: NamedDomain;
  /** Where the node is reached. */
  readonly endpoint: string;
}

/** An authorization (EIP-3009) to pay the operator, as a client presents it. Amounts in the token's smallest unit. */
export interface Payment {
  readonly payer: Hex;
  readonly to: Hex;
  readonly amount: bigint;
  readonly nonce: Hex;
  /** In seconds. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  readonly signature: Hex;
  /** As it came, for x402's own code. */
  readonly payload: PaymentPayload;
}

const hexOf = (bytes: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${2 * bytes}}$`), `${bytes} bytes of hexadecimal expected`)
    .transform((text) => text.toLowerCase() as Hex);
const whole = z
  .string()
  .regex(/^[0-9]{1,78}$/, "a whole number expected")
  .transform(BigInt)
  .refine((value) => value >> 256n === 0n, "a uint256 expected");

const payloadSchema = z.object({
  x402Version: z.literal(2),
  accepted: z.object({ scheme: z.literal("exact"), network: z.string(), asset: hexOf(20) }),
  payload: z.object({
    signature: hexOf(65),
    authorization: z.object({
      from: hexOf(20),
      to: hexOf(20),
      value: whole,
      validAfter: whole,
      validBefore: whole,
      nonce: hexOf(32),
    }),
  }),
});

/** The longest header that is looked at, in characters. */
const MAX_HEADER = 16_384;

/** How long a payer has from the price to the payment, in seconds. */
const TIMEOUT = 3_600;

/** How many blocks are searched for where an authorization was used: most providers of the chain allow that many. */
const SEARCHED = 9_000;

/** Takes x402 payments of the exact scheme, into the operator's `payToOf`, with x402's own facilitator in the process. */
export class Payments {
  readonly #options: PaymentsOptions;
  readonly #payTo: Hex;
  readonly #provider: Provider;
  readonly #facilitator: ExactEvmScheme;

  private constructor(options: PaymentsOptions, payTo: Hex, facilitator: { signer: Signer; address: Hex }) {
    const { provider } = facilitator.signer;
    if (provider === null) throw new TypeError("payments need a signer with a provider");
    this.#options = options;
    this.#payTo = payTo;
    this.#provider = provider;
    this.#facilitator = new ExactEvmScheme(facilitatorSigner(facilitator.signer, facilitator.address, provider));
  }

  /**
   * Opens the operator's address for payments, where the signer may; else what comes waits there until somebody may.
   * @throws ChainError where the chain cannot be read
   */
  static async open(options: PaymentsOptions): Promise<Payments> {
    const { contracts, operator } = options;
    const signer = contracts.escrow.runner as Signer;
    const [address, payTo, isOpen] = await query(() =>
      Promise.all([signer.getAddress(), contracts.escrow.payToOf(operator), contracts.escrow.isPayToOpen(operator)]),
    );
    if (!isOpen && address.toLowerCase() === operator) await transact(() => contracts.escrow.openPayTo());
    return new Payments(options, payTo.toLowerCase() as Hex, { signer, address: address as Hex });
  }

  /** The refusal that says what to pay, as x402 has it, and why again where a payment was presented. */
  required(name: RefusalName, message: string, { amount, path }: { amount: bigint; path: string }): Refusal {
    const { endpoint } = this.#options;
    const required = {
      x402Version: 2,
      error: `${name}: ${message}`,
      resource: { url: `${endpoint}${path}`, mimeType: "application/json" },
      accepts: [this.#requirements(amount)],
    };
    return new Refusal(name, message, { headers: { "payment-required": encodePaymentRequiredHeader(required) } });
  }

  /** Reads a payment. @throws Refusal where it is none of x402's version 2, scheme exact, by an authorization */
  read(header: string): Payment {
    const malformed = (why: string, cause: unknown) => new Refusal("PaymentMalformed", why, { cause });
    let payload: PaymentPayload;
    try {
      if (header.length > MAX_HEADER) throw new RangeError(`more than ${MAX_HEADER} characters`);
      payload = decodePaymentSignatureHeader(header);
    } catch (cause) {
      throw malformed("the header PAYMENT-SIGNATURE is not base64 of JSON", cause);
    }
    const result = payloadSchema.safeParse(payload);
    if (!result.success) throw malformed(z.prettifyError(result.error), result.error);
    const { authorization, signature } = result.data.payload;
    const { from: payer, value: amount, ...rest } = authorization;
    return { ...rest, payer, amount, signature, payload };
  }

  /** What is wrong with a payment of an amount, in itself; undefined where nothing is. @param now in seconds */
  problem(payment: Payment, amount: bigint, now: bigint): string | undefined {
    const { network, asset } = this.#requirements(amount);
    const { accepted } = payment.payload;
    if (accepted.network !== network) return `it is for network ${accepted.network}, not ${network}`;
    if (accepted.asset.toLowerCase() !== asset) return `it is in ${accepted.asset}, not in ${asset}`;
    if (payment.to !== this.#payTo) return `it pays ${payment.to}, not ${this.#payTo}`;
    if (payment.amount !== amount) return `it pays ${payment.amount}, the price is ${amount}`;
    if (payment.validAfter >= now) return `it is valid after ${payment.validAfter} only, it is ${now}`;
    if (payment.validBefore <= now) return `it was valid before ${payment.validBefore}, it is ${now}`;
    return this.#isSigned(payment) ? undefined : "its signature is not the payer's, on this chain and for this token";
  }

  /**
   * What keeps the chain from taking it now; undefined where nothing does.
   * @param promised what the payer's payments that are under way come to, this one's with them
   * @throws ChainError
   */
  async verify(payment: Payment, promised: bigint): Promise<string | undefined> {
    const { payer, amount } = payment;
    const balance = await query(() => this.#options.contracts.token.balanceOf(payer));
    if (balance < promised) return `${payer} has ${balance} of ${promised}`;
    const requirements = this.#requirements(amount);
    const { isValid, invalidReason } = await query(() => this.#facilitator.verify(payment.payload, requirements));
    return isValid ? undefined : (invalidReason ?? "it is not valid");
  }

  /**
   * Has the payment made, unless it is: somebody else may have brought it.
   * @returns the hash of the transaction that paid
   * @throws Refusal where it is not made, or not known to be
   * @throws ChainError
   */
  async settle(payment: Payment): Promise<Hex> {
    const requirements = this.#requirements(payment.amount);
    const before = await this.paidIn(payment);
    if (before !== undefined) return before;
    const { success, transaction, errorReason } = await query(() =>
      this.#facilitator.settle(payment.payload, requirements),
    );
    if (success) return transaction as Hex;
    const meanwhile = await this.paidIn(payment);
    if (meanwhile !== undefined) return meanwhile;
    if (transaction !== "") throw new Refusal("PaymentPending", `${transaction} is not in a block yet`);
    const headers = { "payment-response": this.response(payment, "", errorReason ?? "failed") };
    throw new Refusal("PaymentFailed", errorReason ?? "the payment was not made", { headers });
  }

  /**
   * The transaction in which the authorization paid the operator; undefined where it is not used.
   * @throws Refusal where its nonce was used, or cancelled, without that
   * @throws ChainError
   */
  async paidIn(payment: Payment): Promise<Hex | undefined> {
    const { token } = this.#options.contracts;
    const { payer, nonce } = payment;
    if (!(await query(() => token.authorizationState(payer, nonce)))) return undefined;
    const hash = await query(async () => {
      const from = Math.max(0, (await this.#provider.getBlockNumber()) - SEARCHED);
      const uses = await token.queryFilter(token.filters.AuthorizationUsed(payer, nonce), from);
      const receipts = await Promise.all(
        uses.map(({ transactionHash }) => this.#provider.getTransactionReceipt(transactionHash)),
      );
      return receipts.find((receipt) => receipt !== null && this.#pays(receipt, payment))?.hash;
    });
    if (hash === undefined) throw new Refusal("PaymentUsed", `nonce ${nonce} was used, and paid nothing here`);
    return hash as Hex;
  }

  /** The header PAYMENT-RESPONSE. @param failure why it was not made; left out where it was */
  response({ payer }: Payment, transaction: Hex | "", failure?: string): string {
    const { network } = this.#requirements(0n);
    const outcome = failure === undefined ? { success: true } : { success: false, errorReason: failure };
    return encodePaymentResponseHeader({ ...outcome, payer, transaction, network });
  }

  #requirements(amount: bigint): PaymentRequirements & { readonly asset: Hex } {
    const { name, version, chainId, contract } = this.#options.token;
    return {
      scheme: "exact",
      network: `eip155:${chainId}`,
      asset: contract,
      amount: amount.toString(),
      payTo: this.#payTo,
      maxTimeoutSeconds: TIMEOUT,
      extra: { name, version },
    };
  }

  #isSigned({ payer, amount, payload: _, signature, ...rest }: Payment): boolean {
    try {
      const authorization = { type: "TransferWithAuthorization", from: payer, value: amount, ...rest } as const;
      return recover(authorizationDigest(authorization, this.#options.token), signature) === payer;
    } catch (cause) {
      if (cause instanceof SignatureError) return false;
      throw cause;
    }
  }

  /**
   * Whether an authorization's use in a transaction is this payment: the token's very next word is the transfer. Another
   * transfer in the same transaction proves nothing: one could stand for many authorizations to elsewhere.
   */
  #pays({ logs }: TransactionReceipt, { payer, nonce, amount }: Payment): boolean {
    const { token } = this.#options.contracts;
    const isTokens = (address: string) => address.toLowerCase() === this.#options.token.contract;
    const events = logs.map((log) => (isTokens(log.address) ? token.interface.parseLog(log) : null));
    const place = events.findIndex(
      (event) =>
        event?.name === "AuthorizationUsed" &&
        String(event.args[0]).toLowerCase() === payer &&
        String(event.args[1]).toLowerCase() === nonce,
    );
    const next = place === -1 ? undefined : events[place + 1];
    return (
      next?.name === "Transfer" &&
      String(next.args[0]).toLowerCase() === payer &&
      String(next.args[1]).toLowerCase() === this.#payTo &&
      next.args[2] === amount
    );
  }
}
