/** The curve that credit lies on: what each settled unit adds, and how far faults pull an operator below it. */
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import type { Hex } from "../../src/core/bytes.ts";
import { credit } from "../../src/core/credit.ts";
import { decimal, short } from "../format.ts";
import { Frame, SIZE } from "./frame.tsx";

/** An operator's place: amounts in the token's smallest unit. */
export interface Place {
  readonly address: Hex;
  readonly settled: bigint;
  readonly faulted: bigint;
  readonly score: bigint;
}

const STEPS = 60n;

export function CreditCurve({
  places,
  prior,
  severity,
  token,
}: {
  readonly places: readonly Place[];
  readonly prior: bigint;
  readonly severity: bigint;
  readonly token: { readonly symbol: string; readonly decimals: number };
}) {
  const most = places.reduce((high, { settled }) => (settled > high ? settled : high), prior);
  const widest = (most * 5n) / 4n;
  const x = scaleLinear([0, Number(widest)], [SIZE.left, SIZE.width - SIZE.right]);
  const y = scaleLinear([0, 1_000], [SIZE.height - SIZE.bottom, SIZE.top + 8]);
  const curve = Array.from({ length: Number(STEPS) + 1 }, (_, step): [number, number] => {
    const settled = (widest * BigInt(step)) / STEPS;
    const { score } = credit({ settled, faulted: 0n, prior, severity });
    return [x(Number(settled)), y(Number(score))];
  });
  const name = (amount: number): string => decimal(BigInt(Math.round(amount)), token.decimals, 2);
  return (
    <Frame
      title="The curve behind it."
      said={`Credit is S × 1000 ÷ (S + P + K × F): what was settled and is past its time to be challenged, against a prior of ${name(Number(prior))} ${token.symbol} and ${severity.toString()} times what slashes asked for. Who was never slashed lies on the line; who was lies below it.`}
      x={{
        label: `S, settled (${token.symbol})`,
        ticks: x.ticks(5).map((tick) => ({ at: x(tick), name: name(tick) })),
      }}
      y={{ label: "credit", ticks: y.ticks(5).map((tick) => ({ at: y(tick), name: String(tick) })) }}
    >
      <path className="curve" d={line()(curve) ?? ""} />
      <line className="mark" x1={x(Number(prior))} x2={x(Number(prior))} y1={y(0)} y2={y(1_000)} />
      {places.map(({ address, settled, faulted, score }) => (
        <circle
          key={address}
          className={faulted > 0n ? "point faulty" : "point"}
          cx={x(Number(settled))}
          cy={y(Number(score))}
          r={5}
        >
          <title>{short(address)}</title>
        </circle>
      ))}
    </Frame>
  );
}
