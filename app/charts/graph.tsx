/** A timeline drawn: what was there before on the left, actions one after the other, whom they paid on the right. */
import { Graph, layout } from "@dagrejs/dagre";
import { useLocation } from "wouter";
import type { Timeline, TimelineNode } from "../../src/core/timeline.ts";
import { modeNames, short } from "../format.ts";

const NODE = { width: 148, height: 40 } as const;

/** What a part is called in the drawing. */
function nameOf(node: TimelineNode): string {
  switch (node.kind) {
    case "action":
      return `${modeNames[node.action.mode] ?? "?"} ${short(node.action.leaf).slice(0, 8)}`;
    case "elsewhere":
      return `elsewhere ${short(node.leaf).slice(0, 8)}`;
    case "model":
      return `model ${short(node.modelId).slice(0, 8)}`;
    case "source":
      return node.uri.length > 18 ? `${node.uri.slice(0, 17)}…` : node.uri;
    case "payment":
      return `pays ${short(node.operator).slice(0, 8)}`;
  }
}

export function TimelineGraph({ timeline }: { readonly timeline: Timeline }) {
  const [, navigate] = useLocation();
  const { places, size, lines } = layOut(timeline);
  const many = (kind: TimelineNode["kind"], one: string, more = `${one}s`): string => {
    const count = timeline.nodes.filter((node) => node.kind === kind).length;
    return `${count} ${count === 1 ? one : more}`;
  };
  const said = `${many("action", "action")}, ${many("model", "model")}, ${many("source", "data source")}, ${many("payment", "account that paid", "accounts that paid")}. The list below says the same in words.`;
  return (
    <figure className="chart graph">
      <figcaption>
        <strong>Actions and what they came from.</strong> {said}
      </figcaption>
      <div className="scroll" role="region" aria-label="The drawing" tabIndex={0}>
        <svg
          viewBox={`0 0 ${size.width} ${size.height}`}
          width={size.width}
          height={size.height}
          role="img"
          aria-label={said}
        >
          {lines.map(({ id, kind, path }) => (
            <path key={id} className={`edge ${kind}`} d={path} />
          ))}
          {places.map(({ node, x, y }) => (
            <g
              key={node.id}
              className={`node ${node.kind}`}
              transform={`translate(${x - NODE.width / 2} ${y - NODE.height / 2})`}
              onClick={() => {
                if (node.kind === "action") navigate(`/receipt/${node.action.operator}/${node.action.leaf}`);
              }}
            >
              <rect width={NODE.width} height={NODE.height} rx={8} />
              <text x={NODE.width / 2} y={NODE.height / 2 + 4} textAnchor="middle">
                {nameOf(node)}
              </text>
            </g>
          ))}
        </svg>
      </div>
    </figure>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function layOut({ nodes, edges }: Timeline) {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 70, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id } of nodes) graph.setNode(id, { ...NODE });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    size: { width, height },
    places: nodes.map((node) => ({ node, ...(graph.node(node.id) as unknown as Point) })),
    lines: edges.map(({ from, to, kind }) => {
      const { points } = graph.edge(from, to) as unknown as { points: readonly Point[] };
      return {
        id: `${kind} ${from} ${to}`,
        kind,
        path: points.map(({ x, y }, at) => `${at === 0 ? "M" : "L"}${x} ${y}`).join(""),
      };
    }),
  };
}
