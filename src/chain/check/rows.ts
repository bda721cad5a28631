import { ChainError } from "../errors.ts";

/** What of a deployment is looked at. */
export type Part = "code" | "wiring" | "roles" | "parameters" | "state";

/** What was found: as it should be, wrong, or right and worth a look. */
export interface Verdict {
  readonly standing: "right" | "wrong" | "notable";
  /** What was found, in plain words. */
  readonly says: string;
  /** What to do about it, where it is not right. */
  readonly remedy?: string;
}

/** One line of a check. */
export interface Row extends Verdict {
  readonly part: Part;
  /** What it is about: a contract, a role, a parameter. */
  readonly name: string;
}

/** All is as it should be. */
export function right(says: string): Verdict {
  return { standing: "right", says };
}

/** Something is not as it should be. */
export function wrong(says: string, remedy: string): Verdict {
  return { standing: "wrong", says, remedy };
}

/** Nothing is broken, and somebody should know. */
export function notable(says: string, remedy: string): Verdict {
  return { standing: "notable", says, remedy };
}

/** What says most of several: the first that is wrong, else the first that is notable; all that they say. */
export function worst(verdicts: readonly Verdict[], allRight: string): Verdict {
  const found = (["wrong", "notable"] as const)
    .map((standing) => verdicts.filter((verdict) => verdict.standing === standing))
    .find((some) => some.length > 0);
  const [first] = found ?? [];
  if (found === undefined || first === undefined) return right(allRight);
  return { ...first, says: found.map(({ says }) => says).join("; ") };
}

/**
 * Judges one line. What a contract refuses, or does not answer as itself, is wrong with it.
 * @throws ChainError where the chain cannot be reached
 */
export async function rowOf(part: Part, name: string, judge: () => Promise<Verdict>): Promise<Row> {
  try {
    return { part, name, ...(await judge()) };
  } catch (thrown) {
    if (!(thrown instanceof ChainError) || ["Unreachable", "NoProvider"].includes(thrown.reason)) throw thrown;
    const remedy = `${OTHER_CONTRACT}; where the endpoint refuses to answer, name another with --rpc`;
    return { part, name, ...wrong(`it does not answer as it should: ${thrown.message}`, remedy) };
  }
}

/** Whether two addresses are the same, however they are written. */
export function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** What to do where something else is at an address. */
export const OTHER_CONTRACT = "use the deployment file that was written when this was deployed";
