/** An operator's credit over time, from what happened to it: every figure is the one that the contracts gave then. */
import { elapsed, type Period } from "./bonds.ts";
import { credit, type CreditFacts, type Decaying, worth } from "./credit.ts";
import { type Exposure, exposedTo, historyAt, noExposure } from "./exposure.ts";
import { least, MAX_UINT96 } from "./numbers.ts";
import { BUCKET_LENGTH, leavesAt } from "./slidingSum.ts";

/** What moves credit. Amounts in the token's smallest unit. */
export type CreditChange =
  | { readonly kind: "settled"; readonly paid: bigint }
  | { readonly kind: "slashed"; readonly asked: bigint }
  | { readonly kind: "parameters"; readonly prior: bigint; readonly severity: bigint };

/** The same, with its time, in seconds. */
export type CreditEvent = { readonly at: bigint } & CreditChange;

/** What holds for all operators of a deployment. */
export interface CreditClocks {
  /** Half-lives, in seconds. */
  readonly settledHalfLife: bigint;
  readonly faultHalfLife: bigint;
  /** The times in which the protocol's clocks stood still, the oldest first. */
  readonly suspensions: readonly Period[];
}

/** Credit at a time. */
export interface CurvePoint extends CreditFacts {
  readonly at: bigint;
  readonly score: bigint;
  readonly proven: boolean;
  /** What happened then: an event; or settled value's time to be challenged was over; or nothing but time. */
  readonly causes: readonly (CreditEvent["kind"] | "counted")[];
}

/** What the chain keeps between two events. */
interface State {
  readonly since: bigint;
  readonly exposure: Exposure;
  readonly faults: Decaying;
  readonly prior: bigint;
  readonly severity: bigint;
}

/**
 * An operator's credit whenever it changed but by decay, and at chosen times beside.
 * @param events its settlements and slashes, and the parameters for all, the first ones too; the oldest first
 * @param options no point lies after the time `until`; at the times of `samples` decay is to be seen
 * @returns points in order of time, one for each time; none from before there were parameters
 */
export function creditCurve(
  events: readonly CreditEvent[],
  options: CreditClocks & { readonly until: bigint; readonly samples?: readonly bigint[] },
): CurvePoint[] {
  const { until, samples = [], ...clocks } = options;
  const states = statesOf(events, clocks);
  const counted = new Set(
    events
      .filter(({ kind }) => kind === "settled")
      .map(({ at }) => leavesAt({ bucket: activeTimeAt(at, clocks.suspensions) / BUCKET_LENGTH, amount: 0n }))
      .map((active) => timeOf(active, clocks.suspensions)),
  );
  const kinds = Map.groupBy(events, ({ at }) => at);
  const times = new Set([...kinds.keys(), ...counted, ...samples]);
  const points: CurvePoint[] = [];
  let next = 0;
  for (const at of [...times].filter((time) => time <= until).sort(compare)) {
    while (states[next] !== undefined && (states[next]?.since ?? at) <= at) next++;
    const state = states[next - 1];
    if (state === undefined || state.prior === 0n) continue;
    const happened = new Set((kinds.get(at) ?? []).map(({ kind }) => kind));
    points.push({
      ...pointAt(state, at, clocks),
      causes: [...happened, ...(counted.has(at) ? ["counted" as const] : [])],
    });
  }
  return points;
}

/** So many times from one to another, both with them, evenly apart. */
export function timesBetween(from: bigint, to: bigint, count: number): bigint[] {
  if (count < 2) return [to];
  return Array.from({ length: count }, (_, step) => from + ((to - from) * BigInt(step)) / BigInt(count - 1));
}

/** What the protocol's clocks say at a time. */
export function activeTimeAt(time: bigint, suspensions: readonly Period[]): bigint {
  return suspensions.reduce((left, period) => left - elapsed(period, time), time);
}

/** When the protocol's clocks first say a time. */
function timeOf(active: bigint, suspensions: readonly Period[]): bigint {
  return suspensions.reduce((time, { start, end }) => (time > start ? time + end - start : time), active);
}

/** What the chain keeps after each event. */
function statesOf(
  events: readonly CreditEvent[],
  { settledHalfLife, faultHalfLife, suspensions }: CreditClocks,
): State[] {
  const nothing = { since: 0n, faults: { value: 0n, since: 0n }, prior: 0n, severity: 0n };
  let state: State = { ...nothing, exposure: noExposure(settledHalfLife) };
  return events.map((event) => {
    const since = event.at;
    if (event.kind === "settled") {
      state = { ...state, since, exposure: exposedTo(state.exposure, activeTimeAt(since, suspensions), event.paid) };
    } else if (event.kind === "slashed") {
      const value = least(worth(state.faults, since, faultHalfLife) + event.asked, MAX_UINT96);
      state = { ...state, since, faults: { value, since } };
    } else {
      state = { ...state, since, prior: event.prior, severity: event.severity };
    }
    return state;
  });
}

function pointAt(state: State, at: bigint, { faultHalfLife, suspensions }: CreditClocks): Omit<CurvePoint, "causes"> {
  const { prior, severity } = state;
  const settled = historyAt(state.exposure, activeTimeAt(at, suspensions));
  const faulted = worth(state.faults, at, faultHalfLife);
  return { at, settled, faulted, prior, severity, ...credit({ settled, faulted, prior, severity }) };
}

function compare(one: bigint, other: bigint): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
