import { isFaulty, isProven, proofEvidence } from "../chain/checkers.ts";
import type { Contracts } from "../chain/contracts.ts";
import { query } from "../chain/transactions.ts";
import { fromHex, type Hex } from "../core/bytes.ts";
import { attestsKey } from "../core/enclave/kinds.ts";
import type { ModelOpening } from "../core/model/opening.ts";
import type { Record } from "../core/records.ts";
import { decodeSnarkSpec } from "../core/snark.ts";
import { Mode, type Order } from "../core/typedData.ts";
import type { Offering } from "./engine.ts";
import { Refusal } from "./refusals.ts";

interface AssuranceOptions {
  /** The address of the key that signs receipts. */
  readonly signer: Hex;
  readonly contracts: Contracts;
  readonly clock: () => bigint;
}

/** What a checker looks at. */
type Proven = Pick<Record, "request" | "input" | "output" | "proof" | "receipt">;

/** How old a reading may be, in seconds. The end of a measurement is announced a day ahead. */
const FRESH = 60n;

/** Whether the chain's checkers would take an answer for right: no operator may sign one that they would not. */
export class Assurance {
  readonly #options: AssuranceOptions;
  /** By model: when the key's enclave was last found to be allowed, in seconds. */
  readonly #allowed = new Map<Hex, bigint>();

  constructor(options: AssuranceOptions) {
    this.#options = options;
  }

  /**
   * Before anything is computed: in the snark mode the input must be as long as the model's; in the enclave mode the
   * node's own key must be one that the model's publisher allows.
   * @throws Refusal where it is not
   * @throws ChainError where the chain cannot be read
   */
  async checkOrder({ modelId, mode }: Order, input: Hex, { opening }: Offering): Promise<void> {
    if (mode === Mode.snark) checkLength(input, opening);
    if (mode !== Mode.enclave || !attestsKey(opening.spec)) return;
    const { signer, contracts, clock } = this.#options;
    const now = clock();
    const readAt = this.#allowed.get(modelId);
    if (readAt !== undefined && now - readAt <= FRESH) return;
    const isAllowed = await query(async () => {
      const measurement = await contracts.keys.measurementOf(signer);
      return contracts.models.isMeasurementAllowedAt(modelId, measurement, now);
    });
    if (!isAllowed) {
      const message = `the enclave of the node's key ${signer} is none that model ${modelId} allows`;
      throw new Refusal("EnclaveNotAllowed", message);
    }
    this.#allowed.set(modelId, now);
  }

  /**
   * Before it is signed: an answer with a proof is shown to the very checker that would convict it.
   * @throws Refusal where it would
   * @throws ChainError where the checker cannot be asked, or does not take the proof for the answer's
   */
  async checkProof(record: Proven, { opening }: Offering): Promise<void> {
    const { mode } = record.request.order;
    if (!isProven(mode) || (mode === Mode.enclave && attestsKey(opening.spec))) return;
    if (await isFaulty(this.#options.contracts, record, proofEvidence(opening, record))) {
      throw new Refusal("ProofRejected", "the proof that goes with the answer would not hold");
    }
  }
}

/** @throws Refusal where an input is not as long as a snark model's */
function checkLength(input: Hex, { spec }: ModelOpening): void {
  const { length } = fromHex(input);
  const { inputBytes } = decodeSnarkSpec(fromHex(spec));
  if (length !== inputBytes) {
    throw new Refusal("InputRejected", `${inputBytes} bytes of input expected, ${length} found`);
  }
}
