/** Operators by their credit now, and how it came to be. Scores change with time alone: so they are computed when asked. */
import { Hono } from "hono";
import { asc, eq, isNotNull } from "ponder";
import { db } from "ponder:api";
import schema from "ponder:schema";
import { exposedAt } from "../../../src/core/exposure.ts";
import { activeOf } from "../../../src/core/pool.ts";
import type { Hex } from "../../../src/core/bytes.ts";
import { creditBy, exposureOf, poolsOf } from "../rows/stored.ts";
import { ADDRESS, json, notFound, numberIn, shaped } from "./answers.ts";
import { chainTime, readClocks, readProtocol } from "./chain.ts";

/** How many samples a curve has. */
const SAMPLES = { least: 2, most: 1_000, usual: 120 };

export const operators = new Hono();

/** Everyone registered, the best credit first, and what holds for all of them. */
operators.get("/v1/operators", async () => {
  const { operator } = schema;
  const [time, protocol, clocks, rows] = await Promise.all([
    chainTime(),
    readProtocol(),
    readClocks(),
    db.select().from(operator).where(isNotNull(operator.registeredAt)),
  ]);
  if (protocol === undefined) return json({ at: time, operators: [] });
  const { prior, severity, coverageBps, protocolFeeBps, unbondingDelay, settledHalfLife, faultHalfLife } = protocol;
  const terms = { prior, severity, coverageBps, protocolFeeBps, unbondingDelay, settledHalfLife, faultHalfLife };
  const activeTime = clocks(time);
  const listed = rows.map((row) => {
    const { own, delegated } = poolsOf(row);
    const exposed = exposedAt(exposureOf(row, protocol), activeTime);
    const { address, metadataUri, debt, settledTotal, slashedTotal, faults, clients, nextSequence, batches } = row;
    return {
      ...{ address, metadataUri, debt, settledTotal, slashedTotal, faults, clients, batches },
      receipts: nextSequence,
      ...creditBy(row, protocol, { time, activeTime }),
      own: { assets: own.assets, active: activeOf(own) },
      delegated: { assets: delegated.assets, active: activeOf(delegated) },
      exposed,
    };
  });
  listed.sort((one, other) => Number(other.score - one.score) || Number(other.settled - one.settled));
  return json({ at: time, ...terms, operators: listed });
});

/** An operator's credit from its first settlement or fault until now. */
operators.get("/v1/operators/:address/curve", async (context) => {
  const address = shaped("Address", context.req.param("address"), ADDRESS) as Hex;
  const samples = numberIn(context, "samples", SAMPLES);
  const { creditPoint } = schema;
  const [now, protocol, clocks, points] = await Promise.all([
    chainTime(),
    readProtocol(),
    readClocks(),
    db.select().from(creditPoint).where(eq(creditPoint.operator, address)).orderBy(asc(creditPoint.at)),
  ]);
  const first = points[0];
  if (protocol === undefined || first === undefined) {
    return notFound("NoHistory", `${address} has settled nothing and was never slashed`, "ask for another operator");
  }
  // All that follows from a point, up to the next one, is a matter of time.
  const curve = [...timesBetween(first.at, now, samples)].map((time) => {
    const before = points.findLast(({ at }) => at <= time) ?? first;
    return { at: time, ...creditBy(before, protocol, { time, activeTime: clocks(time) }) };
  });
  const { prior, severity } = protocol;
  return json({ address, prior, severity, curve });
});

/** So many times from one to another, both with them. */
function* timesBetween(from: bigint, to: bigint, count: number): Generator<bigint> {
  for (let step = 0n; step < BigInt(count); step++) yield from + ((to - from) * step) / BigInt(count - 1);
}
