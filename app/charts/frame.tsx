import type { ReactNode } from "react";

/** The size of a chart in its own units, and the room that it leaves for what stands at its axes. */
export const SIZE = { width: 640, height: 300, left: 52, right: 36, top: 12, bottom: 42 } as const;

interface Axis {
  readonly label: string;
  readonly ticks: readonly { readonly at: number; readonly name: string }[];
}

/** A chart's axes and what they mean; what it says is said in words, too. @param said the chart in a sentence */
export function Frame({
  title,
  said,
  x,
  y,
  children,
}: {
  readonly title: string;
  readonly said: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly children: ReactNode;
}) {
  const { width, height, left, right, top, bottom } = SIZE;
  return (
    <figure className="chart">
      <figcaption>
        <strong>{title}</strong> {said}
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`${title}. ${said}`}>
        {y.ticks.map(({ at, name }) => (
          <g key={`y${name}`} className="tick">
            <line x1={left} x2={width - right} y1={at} y2={at} />
            <text x={left - 6} y={at + 4} textAnchor="end">
              {name}
            </text>
          </g>
        ))}
        {x.ticks.map(({ at, name }, index) => (
          <text key={`x${index}`} className="tick" x={at} y={height - bottom + 17} textAnchor="middle">
            {name}
          </text>
        ))}
        <text className="axis" x={(left + width - right) / 2} y={height - 6} textAnchor="middle">
          {x.label}
        </text>
        <text className="axis" x={left - 6} y={top + 1} textAnchor="end">
          {y.label}
        </text>
        {children}
      </svg>
    </figure>
  );
}
