/** An operator's credit from its first settlement or fault until now, and the faults on the way. */
import { scaleLinear, scaleUtc } from "d3-scale";
import { line } from "d3-shape";
import type { CreditPoint, Fault } from "../data/operators.ts";
import { dateOf, day } from "../format.ts";
import { Frame, SIZE } from "./frame.tsx";

export function CreditHistory({
  points,
  faults,
}: {
  readonly points: readonly CreditPoint[];
  readonly faults: readonly Pick<Fault, "id" | "punishedAt">[];
}) {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return <p>Nothing has been settled yet: there is no curve to draw.</p>;
  const x = scaleUtc([dateOf(first.at), dateOf(last.at + 1n)], [SIZE.left, SIZE.width - SIZE.right]);
  const y = scaleLinear([0, 1_000], [SIZE.height - SIZE.bottom, SIZE.top + 8]);
  const path = line<CreditPoint>(
    ({ at }) => x(dateOf(at)),
    ({ score }) => y(Number(score)),
  )(points);
  return (
    <Frame
      title="Credit over time."
      said={`From ${first.score.toString()} on ${day(first.at)} to ${last.score.toString()} on ${day(last.at)}, with ${faults.length} ${faults.length === 1 ? "fault" : "faults"} on the way, drawn as upright lines.`}
      x={{ label: "time (UTC)", ticks: [first, last].map(({ at }) => ({ at: x(dateOf(at)), name: day(at) })) }}
      y={{ label: "credit", ticks: y.ticks(5).map((tick) => ({ at: y(tick), name: String(tick) })) }}
    >
      <path className="curve" d={path ?? ""} />
      {faults.map(({ id, punishedAt }) => (
        <line key={id} className="fall" x1={x(dateOf(punishedAt))} x2={x(dateOf(punishedAt))} y1={y(0)} y2={y(1_000)} />
      ))}
    </Frame>
  );
}
