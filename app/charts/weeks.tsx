/** What went on week by week. */
import { scaleBand, scaleLinear } from "d3-scale";
import type { HealthReport } from "../../src/core/health/health.ts";
import { day, decimal } from "../format.ts";
import { Frame, SIZE } from "./frame.tsx";

const WEEK = 7n * 86_400n;

export function Weeks({
  weeks,
  token,
}: {
  readonly weeks: HealthReport["weeks"];
  readonly token: { readonly symbol: string; readonly decimals: number };
}) {
  const x = scaleBand(
    weeks.map(({ week }) => week),
    [SIZE.left, SIZE.width - SIZE.right],
  ).padding(0.2);
  const most = weeks.reduce((high, { fees }) => (fees > high ? fees : high), 1n);
  const y = scaleLinear([0, Number(most)], [SIZE.height - SIZE.bottom, SIZE.top + 12]).nice();
  const name = (week: number): string => day(BigInt(week) * WEEK);
  const last = weeks.at(-1);
  const step = Math.ceil(weeks.length / 6);
  return (
    <Frame
      title="Fees by week."
      said={
        last === undefined
          ? "Nothing has been paid yet."
          : `In ${weeks.length} weeks; the most in one was ${decimal(most, token.decimals)} ${token.symbol}.`
      }
      x={{
        label: "week of",
        ticks: weeks
          .filter((_, index) => index % step === 0)
          .map(({ week }) => ({ at: (x(week) ?? 0) + x.bandwidth() / 2, name: name(week) })),
      }}
      y={{
        label: token.symbol,
        ticks: y.ticks(4).map((tick) => ({ at: y(tick), name: decimal(BigInt(Math.round(tick)), token.decimals, 2) })),
      }}
    >
      {weeks.map(({ week, fees }) => (
        <rect
          key={week}
          className="bar"
          x={x(week)}
          width={x.bandwidth()}
          y={y(Number(fees))}
          height={y(0) - y(Number(fees))}
        />
      ))}
    </Frame>
  );
}
