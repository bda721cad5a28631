import { type Hex, keccakHex } from "../core/bytes.ts";

/** A key of the cast: the same in every run, good for nothing elsewhere. */
export function secretOf(name: string): Hex {
  return keccakHex(new TextEncoder().encode(`surety demo ${name}`));
}

/** Salts in a row that is the same in every run, so that a run can be repeated. */
export function saltFrom(name: string): () => Hex {
  let count = 0;
  return () => keccakHex(new TextEncoder().encode(`surety demo ${name} ${count++}`));
}
