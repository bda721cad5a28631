import type { OperatorFacts } from "../data/operators.ts";

/** An operator's credit in a word or a number, and as a bar. */
export function Standing({ of: { score, proven, faults } }: { readonly of: OperatorFacts }) {
  return (
    <span className={`standing ${faults > 0 ? "faulty" : proven ? "proven" : "unproven"}`}>
      <meter min={0} max={1000} value={Number(score)} aria-hidden="true" />
      {proven ? score.toString() : "unproven"}
    </span>
  );
}
