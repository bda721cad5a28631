/** What each verification mode proves, and what it costs over a plain answer. */
import { Mode } from "../core/typedData.ts";
import type { Cast } from "./cast.ts";
import { modeOf } from "./operators.ts";
import type { Books, Served } from "./period.ts";

export const modeNames = ["signed", "enclave", "snark", "optimistic"] as const satisfies (keyof typeof Mode)[];
export type ModeName = (typeof modeNames)[number];

/** Why an answer of a mode is believed: in the words of docs/protocol.md. */
export const modeClaims: Readonly<Record<ModeName, string>> = {
  signed: "the operator's bond stands behind its signature: who, not whether right",
  enclave: "its key was attested with a measurement that the model allows",
  snark: "a proof of the inference verifies against the model's commitment",
  optimistic: "anyone can re-execute it, and one wrong neuron can be proven to the EVM",
};

/** What became of a mode's answers. */
export interface ModeReport {
  readonly mode: ModeName;
  readonly served: number;
  /** Those that their clients verified in every link that the mode has, found in their batch, and paid for. */
  readonly verified: number;
  /** What the mode's operators used to commit and settle them, by answer. */
  readonly gasPerInference: number;
  /** What a verified answer takes longer than the model alone, in milliseconds. */
  readonly addedMs: number;
}

/** How each mode that is served did, as it happened. */
export function modeReports(
  { operators }: Cast,
  { served, books }: { readonly served: readonly Served[]; readonly books: readonly Books[] },
): ModeReport[] {
  return modeNames.flatMap((mode) => {
    const own = operators.filter((operator) => modeOf(operator) === Mode[mode]).map(({ address }) => address);
    const answers = served.filter(({ record }) => record.request.order.mode === Mode[mode]);
    if (answers.length === 0) return [];
    const works = books.flatMap((period) => period.works).filter(({ operator }) => own.includes(operator));
    const gas = works.reduce((sum, { gasCommit, gasSettle }) => sum + gasCommit + gasSettle, 0n);
    const times = answers.flatMap((answer) => answer.times ?? []);
    return [
      {
        mode,
        served: answers.length,
        verified: answers.filter(({ inclusion }) => inclusion !== undefined).length,
        gasPerInference: Math.round(Number(gas) / answers.length),
        addedMs: mean(times.map(({ verified }) => verified)) - mean(times.map(({ bare }) => bare)),
      },
    ];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
