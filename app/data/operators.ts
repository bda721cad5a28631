/** Operators as the index has them. */
import type { Hex } from "../../src/core/bytes.ts";
import { trustOf } from "../../src/core/choice.ts";
import { ask, fetchIndex, IndexError, items } from "./graphql.ts";
import { amount, count, flag, hex, list, nullable, object, oneOf, type Read, text } from "./shape.ts";

const standingShape = object({
  address: hex,
  metadataUri: text,
  debt: amount,
  settledTotal: amount,
  slashedTotal: amount,
  faults: count,
  clients: count,
  batches: count,
  receipts: amount,
  /** S and F of the score, decayed to now. */
  settled: amount,
  faulted: amount,
  score: amount,
  proven: flag,
  own: object({ assets: amount }),
  delegated: object({ assets: amount }),
});

/** An operator with its credit now. */
export interface OperatorFacts extends Read<typeof standingShape> {
  /** How far a client trusts it, in thousandths: what operators are ordered by. */
  readonly trust: bigint;
}

/** Everybody who registered, as they stand at a time. */
export interface Standings extends Omit<Read<typeof standingsShape>, "operators"> {
  readonly operators: readonly OperatorFacts[];
}

const standingsShape = object({
  at: amount,
  prior: amount,
  severity: amount,
  coverageBps: amount,
  protocolFeeBps: amount,
  /** In seconds. */
  unbondingDelay: amount,
  settledHalfLife: amount,
  faultHalfLife: amount,
  operators: list(standingShape),
});

/** Everybody who registered, as they stand now. */
export async function operators(): Promise<Standings> {
  const { operators: rows, ...terms } = await fetchIndex("/v1/operators", standingsShape);
  const { prior, severity } = terms;
  return {
    ...terms,
    operators: rows.map((row) => ({ ...row, trust: trustOf({ ...row, prior, severity }) })),
  };
}

const keyShape = object({ address: hex, validFrom: amount, validUntil: nullable(amount), measurement: nullable(hex) });
const batchShape = object({
  root: hex,
  firstSequence: amount,
  count: amount,
  committedAt: amount,
  transactionHash: hex,
  dataHash: hex,
});
/** A batch of an operator as the index has it; undefined where it has committed none. */
export async function batchOf(operator: Hex, root: Hex) {
  const question = `query ($operator: String!, $root: String!) {
    batch(operator: $operator, root: $root) { root firstSequence count committedAt transactionHash dataHash }
  }`;
  const shape = object({ batch: nullable(batchShape) });
  return (await ask(question, { shape, variables: { operator, root } })).batch;
}

const pointShape = object({ at: amount, settled: amount, faulted: amount, score: amount, proven: flag });

/** An operator's credit at a time. */
export type CreditPoint = Read<typeof pointShape>;

/** An operator's credit from its first settlement or fault until now; nothing where there was none. */
async function curveOf(operator: Hex): Promise<readonly CreditPoint[]> {
  try {
    return (await fetchIndex(`/v1/operators/${operator}/curve`, object({ curve: list(pointShape) }))).curve;
  } catch (cause) {
    if (cause instanceof IndexError && cause.reason === "NoHistory") return [];
    throw cause;
  }
}

const faultFields =
  "id fault court operator reporter asked slashed compensated bounty punishedAt transactionHash slashRow { own delegated missing }";
const faultShape = object({
  id: text,
  fault: hex,
  court: oneOf("validity", "equivocation", "disclosure"),
  operator: hex,
  reporter: hex,
  asked: amount,
  slashed: amount,
  compensated: amount,
  bounty: amount,
  punishedAt: amount,
  transactionHash: hex,
  slashRow: nullable(object({ own: amount, delegated: amount, missing: amount })),
});

/** A fault that a court punished, and what the slash took of whom. */
export type Fault = Read<typeof faultShape>;

/** The latest faults first. */
export async function faults(): Promise<readonly Fault[]> {
  const question = `{ faults(orderBy: "punishedAt", orderDirection: "desc", limit: 500) { items { ${faultFields} } } }`;
  return (await ask(question, { shape: object({ faults: items(faultShape) }) })).faults;
}

const OPERATOR = `query ($operator: String!) {
  operator(address: $operator) { registeredAt commission }
  keys(where: { operator: $operator }, limit: 100) { items { address validFrom validUntil measurement } }
  batchs(where: { operator: $operator }, orderBy: "firstSequence", orderDirection: "desc", limit: 100) {
    items { root firstSequence count committedAt transactionHash dataHash }
  }
  servings(where: { operator: $operator, isServing: true }, limit: 100) { items { modelId } }
  faults(where: { operator: $operator }, orderBy: "punishedAt", orderDirection: "desc", limit: 100) {
    items { ${faultFields} }
  }
}`;

const pageShape = object({
  operator: nullable(object({ registeredAt: nullable(amount), commission: amount })),
  keys: items(keyShape),
  batchs: items(batchShape),
  servings: items(object({ modelId: hex })),
  faults: items(faultShape),
});

/** All about one operator; `standing` is undefined where nobody is registered under that address. */
export async function operatorPage(operator: Hex) {
  const [standings, points, { operator: row, keys, batchs, servings, faults: own }] = await Promise.all([
    operators(),
    curveOf(operator),
    ask(OPERATOR, { variables: { operator }, shape: pageShape }),
  ]);
  return {
    standings,
    standing: standings.operators.find(({ address }) => address === operator),
    registeredAt: row?.registeredAt,
    commission: row?.commission ?? 0n,
    keys,
    batches: batchs,
    models: servings.map(({ modelId }) => modelId),
    faults: own,
    points,
  };
}
