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
  /** Those that their clients took. */
  readonly served: number;
  /** Of them those that their clients verified in every link that the mode has, and found in a committed batch. */
  readonly verified: number;
  /** What the mode's operators used to commit and settle them, by answer. */
  readonly gasPerInference: number;
  /** What a verified answer takes longer than the model alone, in milliseconds. */
  readonly addedMs: number;
}

/** How each mode that is served did, as it happened. */
export function modeReports(
  { operators }: Cast,
  { answers, books }: { readonly answers: readonly Served[]; readonly books: readonly Books[] },
): ModeReport[] {
  return modeNames.flatMap((mode) => {
    const own = operators.filter((operator) => modeOf(operator) === Mode[mode]).map(({ address }) => address);
    const all = answers.filter(({ record }) => record.request.order.mode === Mode[mode]);
    if (all.length === 0) return [];
    const served = all.filter(({ rejected }) => rejected === undefined);
    const works = books.flatMap((period) => period.works).filter(({ operator }) => own.includes(operator));
    const gas = works.reduce((sum, { gasCommit, gasSettle }) => sum + gasCommit + gasSettle, 0n);
    const times = served.flatMap((answer) => answer.times ?? []);
    return [
      {
        mode,
        served: served.length,
        verified: served.filter(({ inclusion }) => inclusion !== undefined).length,
        gasPerInference: Math.round(Number(gas) / all.length),
        addedMs: mean(times.map(({ verified }) => verified)) - mean(times.map(({ bare }) => bare)),
      },
    ];
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
