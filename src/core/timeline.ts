/**
 * What an agent did, as a graph: each action, what it follows from, the model that computed it, the data that it drew on,
 * and the account that it was paid from. Everything is read from records, so it is as true as they are: check those too.
 */
import type { Hex } from "./bytes.ts";
import { type Context, ContextError, contextHash, parseContext } from "./context.ts";
import type { Record } from "./records.ts";
import { receiptHash } from "./typedData.ts";

/** One AI action of a record. Amounts in the token's smallest unit, times in seconds. */
export interface Action {
  /** The receipt's struct hash: what other actions name as their parent. */
  readonly leaf: Hex;
  readonly operator: Hex;
  readonly sequence: bigint;
  /** The key that asked. */
  readonly client: Hex;
  readonly payer: Hex;
  readonly modelId: Hex;
  readonly mode: number;
  readonly price: bigint;
  readonly issuedAt: bigint;
  /** Undefined where the record's context cannot be read, or is not the one that was ordered. */
  readonly context: Context | undefined;
}

/** A part of the graph. Ids are unique over all kinds. */
export type TimelineNode =
  | { readonly kind: "action"; readonly id: string; readonly action: Action }
  /** An action that is named as a parent, and of which there is no record here. */
  | { readonly kind: "elsewhere"; readonly id: string; readonly leaf: Hex }
  | { readonly kind: "model"; readonly id: string; readonly modelId: Hex }
  /** A data source by its address, with the hashes of what was drawn from it. */
  | { readonly kind: "source"; readonly id: string; readonly uri: string; readonly hashes: readonly Hex[] }
  /** An account, and what the actions here cost it together. */
  | {
      readonly kind: "payment";
      readonly id: string;
      readonly payer: Hex;
      readonly operator: Hex;
      readonly paid: bigint;
    };

/** What leads from one part to another, in the direction of time: to an action from what was there before, from it to whom it paid. */
export interface TimelineEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "precedes" | "computes" | "informs" | "pays";
}

/** A graph without edges into nothing; actions first, in the order of time. */
export interface Timeline {
  readonly nodes: readonly TimelineNode[];
  readonly edges: readonly TimelineEdge[];
}

/** Whose actions are meant: each that is given must be the same. */
export interface Whose {
  readonly client?: Hex | undefined;
  readonly agent?: string | undefined;
  readonly session?: string | undefined;
  readonly operator?: Hex | undefined;
}

/** The actions of records in the order of time, each receipt's once. @param whose all where left out */
export function actionsOf(records: readonly Record[], whose: Whose = {}): Action[] {
  const actions = new Map(records.map((record) => actionOf(record)).map((action) => [action.leaf, action]));
  return [...actions.values()].filter((action) => isOf(action, whose)).sort(byTime);
}

/** The graph of actions. */
export function timelineOf(actions: readonly Action[]): Timeline {
  const nodes = new Map<string, TimelineNode>();
  const edges = new Map<string, TimelineEdge>();
  const join = (edge: TimelineEdge): void => void edges.set(`${edge.kind} ${edge.from} ${edge.to}`, edge);
  for (const action of actions) nodes.set(action.leaf, { kind: "action", id: action.leaf, action });
  for (const action of actions) {
    const to = action.leaf;
    const { parents = [], sources = [] } = action.context ?? {};
    for (const parent of parents as readonly Hex[]) {
      if (!nodes.has(parent)) nodes.set(parent, { kind: "elsewhere", id: parent, leaf: parent });
      join({ kind: "precedes", from: parent, to });
    }
    const model = `model ${action.modelId}`;
    nodes.set(model, { kind: "model", id: model, modelId: action.modelId });
    join({ kind: "computes", from: model, to });
    for (const { uri, hash } of sources) {
      const source = addSource(nodes, uri, hash as Hex);
      join({ kind: "informs", from: source, to });
    }
    join({ kind: "pays", from: action.leaf, to: addPayment(nodes, action) });
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

function actionOf({ request, receipt, context: text }: Record): Action {
  const { modelId, mode, contextHash: ordered } = request.order;
  const { operator, sequence, client, price, issuedAt } = receipt;
  return {
    leaf: receiptHash(receipt),
    operator,
    sequence,
    client,
    payer: request.payer,
    modelId,
    mode,
    price,
    issuedAt,
    // Another context than the one that was ordered says nothing of the action.
    context: contextHash(text) === ordered ? readable(text) : undefined,
  };
}

function readable(text: string): Context | undefined {
  try {
    return parseContext(text);
  } catch (cause) {
    if (!(cause instanceof ContextError)) throw cause;
    return undefined;
  }
}

function isOf({ client, operator, context }: Action, whose: Whose): boolean {
  const found = { client, operator, agent: context?.agent, session: context?.session };
  return (["client", "operator", "agent", "session"] as const).every(
    (part) => whose[part] === undefined || whose[part] === found[part],
  );
}

/** Within a second an operator's own numbers tell what came first. */
function byTime(a: Action, b: Action): number {
  if (a.issuedAt !== b.issuedAt) return a.issuedAt < b.issuedAt ? -1 : 1;
  if (a.sequence !== b.sequence) return a.sequence < b.sequence ? -1 : 1;
  return a.leaf < b.leaf ? -1 : 1;
}

function addSource(nodes: Map<string, TimelineNode>, uri: string, hash: Hex): string {
  const id = `source ${uri}`;
  const known = nodes.get(id);
  const hashes = known?.kind === "source" ? known.hashes : [];
  nodes.set(id, { kind: "source", id, uri, hashes: hashes.includes(hash) ? hashes : [...hashes, hash] });
  return id;
}

function addPayment(nodes: Map<string, TimelineNode>, { payer, operator, client, price }: Action): string {
  const id = `payment ${payer} ${operator} ${client}`;
  const known = nodes.get(id);
  const before = known?.kind === "payment" ? known.paid : 0n;
  nodes.set(id, { kind: "payment", id, payer, operator, paid: before + price });
  return id;
}
