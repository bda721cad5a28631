import { type Hex, keccakHex } from "../core/bytes.ts";
import { proofHashOf } from "../core/proofs.ts";
import { DEADLINE_HORIZON } from "../core/terms.ts";
import type { Request } from "../core/typedData.ts";
import type { Computation } from "./engine.ts";
import type { Draft } from "./journal.ts";
import { priceOf, type Tariff } from "./pricing.ts";
import { Refusal } from "./refusals.ts";
import type { Standing } from "./standing.ts";

/** Who signs receipts, for what. */
export interface Issuer {
  readonly operator: Hex;
  /** The address of the key that signs receipts. */
  readonly signer: Hex;
  readonly standing: Standing;
}

/** An answer, and by which request, whose digest is given, who asked for it, when it was admitted, in seconds, at which tariff. */
interface Answered {
  readonly request: Request;
  readonly digest: Hex;
  readonly client: Hex;
  readonly computed: Computation;
  readonly tariff: Tariff;
  readonly now: bigint;
}

/**
 * The receipt of a computed answer but for its place. It says when the request was admitted: the deadline and the key
 * were good then, however long the engine took.
 * @throws Refusal where the answer costs more than the order allows, or its proof binds a time that a receipt may not say
 */
export function draftReceipt(
  { operator, signer, standing }: Issuer,
  { request, digest, client, computed, tariff, now }: Answered,
): Draft["record"]["receipt"] {
  const { output, hidden, proof, issuedAt, inputUnits, outputUnits } = computed;
  const { order } = request;
  if (issuedAt !== undefined) {
    checkTime(request, issuedAt);
    standing.check(issuedAt);
  }
  return {
    requestHash: digest,
    operator,
    signer,
    client,
    outputHash: keccakHex(output),
    proofHash: proofHashOf(order.mode, { hidden, proof }),
    price: priceOf(order, tariff, { inputUnits, outputUnits }),
    inputUnits,
    outputUnits,
    issuedAt: issuedAt ?? now,
  };
}

/** Whether a receipt for a request may say `time`, in seconds. @throws Refusal where it may not */
export function checkTime({ deadline }: Request, time: bigint): void {
  if (deadline < time) throw new Refusal("DeadlinePassed", `the deadline was ${time - deadline} s ago`);
  if (deadline > time + DEADLINE_HORIZON) {
    throw new Refusal("DeadlineTooFar", `the deadline is ${deadline - time} s ahead`);
  }
}
