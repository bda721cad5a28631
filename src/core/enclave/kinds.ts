import type { Hex } from "../bytes.ts";

/** How an enclave's answers are told from others: the one byte that is the spec of a model of the enclave mode. */
export const EnclaveKind = { attestedKey: 0, openGradient: 1 } as const;
export type EnclaveKind = (typeof EnclaveKind)[keyof typeof EnclaveKind];

/** The spec of models whose enclave holds the key that signs the receipts. */
export const ATTESTED_KEY_SPEC: Hex = `0x0${EnclaveKind.attestedKey}`;

/** A spec that names no kind of enclave. */
export class EnclaveSpecError extends Error {
  override readonly name = "EnclaveSpecError";

  constructor(spec: Hex) {
    super(`the spec of an enclave's model is one byte, 00 or 01, not ${spec}`);
  }
}

/** The kind that a spec names, as contracts/enclave/EnclaveKinds.sol reads it. @throws EnclaveSpecError */
export function enclaveKindOf(spec: Hex): EnclaveKind {
  const kind = Object.values(EnclaveKind).find((one) => spec === `0x0${one}`);
  if (kind === undefined) throw new EnclaveSpecError(spec);
  return kind;
}

/** Whether the enclave holds the key that signs the receipts, and signs nothing else. @throws EnclaveSpecError */
export function attestsKey(spec: Hex): boolean {
  return enclaveKindOf(spec) === EnclaveKind.attestedKey;
}
