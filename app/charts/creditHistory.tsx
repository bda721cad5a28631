/** An operator's credit after each settlement and fault. */
import { scaleLinear, scaleUtc } from "d3-scale";
import { curveStepAfter, line } from "d3-shape";
import type { CreditPoint } from "../data/operators.ts";
import { dateOf, day } from "../format.ts";
import { Frame, SIZE } from "./frame.tsx";

export function CreditHistory({ points }: { readonly points: readonly CreditPoint[] }) {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return <p>Nothing has been settled yet: there is no curve to draw.</p>;
  const x = scaleUtc([dateOf(first.at), dateOf(last.at + 1n)], [SIZE.left, SIZE.width - SIZE.right - 20]);
  const y = scaleLinear([0, 1_000], [SIZE.height - SIZE.bottom, SIZE.top + 8]);
  const path = line<CreditPoint>(
    ({ at }) => x(dateOf(at)),
    ({ score }) => y(Number(score)),
  ).curve(curveStepAfter)(points);
  const fallen = points.filter(({ cause }) => cause === "fault");
  return (
    <Frame
      title="Credit over time."
      said={`From ${first.score.toString()} on ${day(first.at)} to ${last.score.toString()} on ${day(last.at)}, with ${fallen.length} ${fallen.length === 1 ? "fault" : "faults"} on the way.`}
      x={{ label: "time (UTC)", ticks: [first, last].map(({ at }) => ({ at: x(dateOf(at)), name: day(at) })) }}
      y={{ label: "credit", ticks: y.ticks(5).map((tick) => ({ at: y(tick), name: String(tick) })) }}
    >
      <path className="curve" d={path ?? ""} />
      {fallen.map(({ at, score }, index) => (
        <circle key={index} className="point faulty" cx={x(dateOf(at))} cy={y(Number(score))} r={5} />
      ))}
    </Frame>
  );
}
