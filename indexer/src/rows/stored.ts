/** Rows as `src/core` computes with them, and back. Nothing here knows of Ponder: handlers and the API share it. */
import { credit, worth } from "../../../src/core/credit.ts";
import { type Exposure, historyAt as settledAt } from "../../../src/core/exposure.ts";
import type { Pool } from "../../../src/core/pool.ts";
import type { StoredPart } from "../../schema/operators.ts";

/** An operator's two pools. */
export interface Pools {
  readonly own: Pool;
  readonly delegated: Pool;
}

/** The columns of pools. */
export type StoredPools = ReturnType<typeof poolColumns>;

/** The columns of what an operator has settled: what is past its window, and what is in it. */
export interface StoredExposure {
  readonly history: bigint;
  readonly historyAt: bigint;
  readonly exposed: readonly StoredPart[];
}

/** The columns that a score follows from. */
export interface StoredCredit extends StoredExposure {
  readonly faulted: bigint;
  readonly faultedAt: bigint;
}

/** What facts are weighed with. */
export interface Weights {
  readonly prior: bigint;
  readonly severity: bigint;
  readonly faultHalfLife: bigint;
  readonly settledHalfLife: bigint;
}

export function poolsOf(row: StoredPools): Pools {
  return {
    own: { assets: row.ownAssets, shares: row.ownShares, unbonding: row.ownUnbonding, epoch: row.ownEpoch },
    delegated: {
      assets: row.delegatedAssets,
      shares: row.delegatedShares,
      unbonding: row.delegatedUnbonding,
      epoch: row.delegatedEpoch,
    },
  };
}

export function poolColumns({ own, delegated }: Pools) {
  return {
    ownAssets: own.assets,
    ownShares: own.shares,
    ownUnbonding: own.unbonding,
    ownEpoch: own.epoch,
    delegatedAssets: delegated.assets,
    delegatedShares: delegated.shares,
    delegatedUnbonding: delegated.unbonding,
    delegatedEpoch: delegated.epoch,
  };
}

export function exposureOf(
  { exposed, history, historyAt }: StoredExposure,
  { settledHalfLife: halfLife }: Pick<Weights, "settledHalfLife">,
): Exposure {
  return {
    halfLife,
    exposed: exposed.map(({ bucket, amount }) => ({ bucket: BigInt(bucket), amount: BigInt(amount) })),
    history: { value: history, since: historyAt },
  };
}

export function exposureColumns({ exposed, history }: Exposure): StoredExposure {
  const parts = exposed.map(({ bucket, amount }) => ({ bucket: `${bucket}`, amount: `${amount}` }));
  return { exposed: parts, history: history.value, historyAt: history.since };
}

/** What slashes asked of an operator, decayed to a time. */
export function faultedBy(
  { faulted, faultedAt }: Pick<StoredCredit, "faulted" | "faultedAt">,
  { faultHalfLife }: Pick<Weights, "faultHalfLife">,
  time: bigint,
): bigint {
  return worth({ value: faulted, since: faultedAt }, time, faultHalfLife);
}

/** The credit that follows from facts at a time not before them. @param activeTime what the protocol's clocks say then */
export function creditBy(
  row: StoredCredit,
  weights: Weights,
  { time, activeTime }: { time: bigint; activeTime: bigint },
) {
  const settled = settledAt(exposureOf(row, weights), activeTime);
  const faulted = faultedBy(row, weights, time);
  const { prior, severity } = weights;
  return { settled, faulted, ...credit({ settled, faulted, prior, severity }) };
}
