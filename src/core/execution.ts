/** Why an answer is to be believed, checked in the way of its mode: by the same rules as the courts' checkers. */
import { fromHex, type Hex } from "./bytes.ts";
import { attestsKey } from "./enclave/kinds.ts";
import {
  decodeOpenGradientProof,
  isOpenGradientSigned,
  OpenGradientError,
  rsaKeyHash,
} from "./enclave/openGradient.ts";
import { Broken, type Link, link, unchecked } from "./links.ts";
import type { QuoteTerms } from "./quotes.ts";
import type { PublishedModel } from "./model/commitment.ts";
import { type Fault, findFault } from "./model/fault.ts";
import type { ModelOpening } from "./model/opening.ts";
import { LOGIT_BYTES } from "./model/model.ts";
import { InputError } from "./model/run.ts";
import { NO_PROOF } from "./proofs.ts";
import type { Record } from "./records.ts";
import { decodeSnarkSpec } from "./snark.ts";
import { Mode } from "./typedData.ts";

/** What stands behind an enclave's answer, by what the chain says of the time at which its receipt was issued. */
export interface EnclaveFacts {
  /** The measurement with which the signing key was registered, or the hash of the RSA key that signed the answer. */
  readonly measurement: Hex;
  /** Whether the key was the operator's then. */
  readonly isRegistered: boolean;
  /** Whether the model's publisher allowed it then. */
  readonly isAllowed: boolean;
  /** By what the signing key's quote was verified, and when, in seconds. */
  readonly quoted: QuoteTerms;
}

/** What somebody else has found out about an answer: the chain, or a verifier of proofs. */
export interface Findings {
  readonly enclave?: EnclaveFacts;
  /** Whether the proof of an answer of the snark mode verifies. */
  readonly isProven?: boolean;
}

/** What is known of an answer's model: all of it, or what its id is made of. */
export type KnownModel = { readonly whole: PublishedModel } | { readonly opening: ModelOpening };

/** Checks the answer itself. Whether the model is the one that was ordered is another link. */
export function verifyExecution(record: Record, model: KnownModel, findings: Findings = {}): Link[] {
  switch (record.request.order.mode) {
    case Mode.optimistic:
      return [verifyNeurons(record, model)];
    case Mode.snark:
      return [verifySnark(record, model, findings)];
    case Mode.enclave:
      return verifyEnclave(record, model, findings);
    default:
      return [
        unchecked("execution", "answers of this mode are not re-executed: the operator's bond stands behind them"),
      ];
  }
}

/** A fault in words. */
export function describeFault(fault: Fault): string {
  if (fault.kind === "shape") return "the number of hidden vectors is not the model's";
  if (fault.kind === "length") return `the vector of layer ${fault.layer} has the wrong length`;
  return `neuron ${fault.index} of layer ${fault.layer} does not follow from the vector before it`;
}

/** A trace's trace: the vectors that a record claims. */
export function claimedTrace(record: Pick<Record, "input" | "hidden" | "output">) {
  return {
    input: fromHex(record.input),
    hidden: record.hidden.map((vector) => fromHex(vector)),
    output: fromHex(record.output),
  };
}

function verifyNeurons(record: Record, model: KnownModel): Link {
  if (!("whole" in model)) return unchecked("execution", "the bundle has no weights");
  return link("execution", "every neuron follows from the vector before it: the output is right", () => {
    const fault = findFault(model.whole.model, claimedTrace(record));
    if (fault !== undefined) throw new Broken(describeFault(fault));
  });
}

function verifySnark({ receipt, input, output }: Record, model: KnownModel, { isProven }: Findings): Link {
  if (!("opening" in model)) return unchecked("execution", "the bundle does not say what the model's proofs are about");
  const claim = "the proof shows that the committed weights give this output for this input";
  const checked = link("execution", claim, () => {
    const { inputBytes, logits } = decodeSnarkSpec(fromHex(model.opening.spec));
    if (receipt.proofHash === NO_PROOF) throw new Broken("the receipt names no proof");
    const [inputLength, outputLength] = [fromHex(input).length, fromHex(output).length];
    // The client's own fault, as no court takes it for the operator's.
    if (inputLength !== inputBytes) throw new InputError(`${inputBytes} bytes of input expected, ${inputLength} found`);
    if (outputLength !== logits * LOGIT_BYTES) throw new Broken("the output has the wrong length");
    if (isProven === false) throw new Broken("the proof does not verify");
  });
  if (checked.status === "holds" && isProven === undefined) {
    return unchecked("execution", "needs a verifier of proofs: give an RPC address");
  }
  return checked;
}

function verifyEnclave(record: Record, model: KnownModel, { enclave }: Findings): Link[] {
  if (!("opening" in model)) return [unchecked("attestation", "the bundle does not say which kind of enclave it was")];
  const { spec } = model.opening;
  if (attestsKey(spec)) return [verifyMeasurement(enclave, "the signing key's enclave")];
  return [
    link("execution", "the enclave signed this answer to this input at this time", () => {
      const { request, receipt, proof } = record;
      if (!isOpenGradientSigned({ order: request.order, receipt, proof })) {
        throw new OpenGradientError("the RSA key of the proof did not sign it");
      }
    }),
    verifyMeasurement(enclave, "the enclave's RSA key"),
  ];
}

function verifyMeasurement(enclave: EnclaveFacts | undefined, what: string): Link {
  if (enclave === undefined) return unchecked("attestation", "needs the chain: give an RPC address");
  return link(
    "attestation",
    `${what} was the operator's, and allowed for the model, when the receipt was issued`,
    () => {
      if (!enclave.isRegistered) throw new Broken(`${what} was not registered by the operator then`);
      if (!enclave.isAllowed) throw new Broken(`${enclave.measurement} was not allowed for the model then`);
    },
  );
}

/** The RSA key that a proof of OpenGradient's names, by its hash; undefined where the proof is none. */
export function provenKeyHash(proof: Hex): Hex | undefined {
  try {
    return rsaKeyHash(decodeOpenGradientProof(proof).modulus);
  } catch (cause) {
    if (cause instanceof OpenGradientError) return undefined;
    throw cause;
  }
}
