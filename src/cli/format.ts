import type { Link } from "../core/verify.ts";

const marks = { holds: "✓", fails: "✗", unchecked: "·" } as const;

/** A record's links, a line each. */
export function formatLinks(links: readonly Link[]): string[] {
  return links.map(({ name, status, detail }) => `${marks[status]} ${name.padEnd(12)} ${detail}`);
}
