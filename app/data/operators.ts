/** Operators as the index has them. */
import type { Hex } from "../../src/core/bytes.ts";
import { credit } from "../../src/core/credit.ts";
import { trustOf } from "../../src/core/choice.ts";
import { ask, items } from "./graphql.ts";
import { amount, count, flag, hex, nullable, object, oneOf, type Read, text } from "./shape.ts";

const protocolShape = object({ prior: amount, severity: amount, bonded: amount, leastOwnBond: amount });

/** The protocol's parameters, as far as a score is made of them, and all that is bonded. */
export type Protocol = Read<typeof protocolShape>;

const operatorFields =
  "address metadataUri registeredAt commission ownAssets delegatedAssets debt settledTotal slashedTotal faults batches clients nextSequence scoreSettled scoreFaulted scoredAt";

const operatorShape = object({
  address: hex,
  metadataUri: text,
  registeredAt: nullable(amount),
  commission: amount,
  ownAssets: amount,
  delegatedAssets: amount,
  debt: amount,
  settledTotal: amount,
  slashedTotal: amount,
  faults: count,
  batches: count,
  clients: count,
  nextSequence: amount,
  scoreSettled: amount,
  scoreFaulted: amount,
  scoredAt: amount,
});

type OperatorRow = Read<typeof operatorShape>;

/** An operator with what its facts come to, after its last settlement or fault. */
export interface OperatorFacts extends OperatorRow {
  readonly score: bigint;
  readonly proven: boolean;
  /** How far a client trusts it, in thousandths: what operators are ordered by. */
  readonly trust: bigint;
}

const protocolField = "protocol(id: 0) { prior severity bonded leastOwnBond }";

/** Everybody who registered. */
export async function operators(): Promise<{
  readonly protocol: Protocol;
  readonly operators: readonly OperatorFacts[];
}> {
  const { protocol, operators: rows } = await ask(
    `{ ${protocolField} operators(limit: 1000) { items { ${operatorFields} } } }`,
    { shape: object({ protocol: protocolShape, operators: items(operatorShape) }) },
  );
  return { protocol, operators: rows.map((row) => judged(row, protocol)) };
}

function judged(row: OperatorRow, { prior, severity }: Protocol): OperatorFacts {
  const facts = { settled: row.scoreSettled, faulted: row.scoreFaulted, prior, severity };
  return { ...row, ...credit(facts), trust: trustOf(facts) };
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

const pointShape = object({
  at: amount,
  cause: oneOf("settlement", "fault"),
  settled: amount,
  faulted: amount,
  score: amount,
  proven: flag,
});

/** An operator's credit after a settlement or a fault. */
export type CreditPoint = Read<typeof pointShape>;

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
  ${protocolField}
  operator(address: $operator) { ${operatorFields} }
  keys(where: { operator: $operator }, limit: 100) { items { address validFrom validUntil measurement } }
  batchs(where: { operator: $operator }, orderBy: "firstSequence", orderDirection: "desc", limit: 100) {
    items { root firstSequence count committedAt transactionHash dataHash }
  }
  servings(where: { operator: $operator, isServing: true }, limit: 100) { items { modelId } }
  faults(where: { operator: $operator }, orderBy: "punishedAt", orderDirection: "desc", limit: 100) {
    items { ${faultFields} }
  }
  creditPoints(where: { operator: $operator }, orderBy: "at", limit: 1000) {
    items { at cause settled faulted score proven }
  }
}`;

/** All about one operator; `operator` is undefined where nobody registered under that address. */
export async function operatorPage(operator: Hex) {
  const {
    protocol,
    operator: row,
    keys,
    batchs,
    servings,
    faults: own,
    creditPoints,
  } = await ask(OPERATOR, {
    variables: { operator },
    shape: object({
      protocol: protocolShape,
      operator: nullable(operatorShape),
      keys: items(keyShape),
      batchs: items(batchShape),
      servings: items(object({ modelId: hex })),
      faults: items(faultShape),
      creditPoints: items(pointShape),
    }),
  });
  return {
    protocol,
    operator: row === undefined ? undefined : judged(row, protocol),
    keys,
    batches: batchs,
    models: servings.map(({ modelId }) => modelId),
    faults: own,
    points: creditPoints,
  };
}
