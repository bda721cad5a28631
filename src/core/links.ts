/** The links between the parts of a record, and how they are checked. */

/** One link between two parts of a record: what it says, and whether it holds. */
export interface Link {
  readonly name: string;
  readonly status: "holds" | "fails" | "unchecked";
  /** A sentence for people. */
  readonly detail: string;
}

/** Thrown inside a check by what breaks its link. */
export class Broken extends Error {}

/** Checks a link: whatever `check` throws breaks it. */
export function link(name: string, claim: string, check: () => void): Link {
  try {
    check();
    return { name, status: "holds", detail: claim };
  } catch (cause) {
    return failed(name, cause);
  }
}

/** Whatever keeps a check from succeeding breaks its link: a malformed part is a broken part. */
export function failed(name: string, cause: unknown): Link {
  return { name, status: "fails", detail: cause instanceof Error ? cause.message : String(cause) };
}

/** A link that nothing is there to check by. */
export function unchecked(name: string, detail: string): Link {
  return { name, status: "unchecked", detail };
}

/** @throws Broken where two values differ that must be the same */
export function requireSame(found: string, expected: string): void {
  if (found !== expected) throw new Broken(`${expected} expected, ${found} found`);
}
