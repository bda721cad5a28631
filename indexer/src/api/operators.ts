/** Operators by their credit now, and how it came to be. Scores change with time alone: so they are computed when asked. */
import { Hono } from "hono";
import { eq, isNotNull } from "ponder";
import { db } from "ponder:api";
import schema from "ponder:schema";
import { creditCurve, type CreditEvent, timesBetween } from "../../../src/core/creditCurve.ts";
import { exposedAt } from "../../../src/core/exposure.ts";
import { activeOf } from "../../../src/core/pool.ts";
import type { Hex } from "../../../src/core/bytes.ts";
import { creditBy, exposureOf, poolsOf } from "../rows/stored.ts";
import { ADDRESS, json, notFound, numberIn, shaped } from "./answers.ts";
import { chainTime, readClocks, readProtocol, readSuspensions } from "./chain.ts";

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

/** An operator's credit from its first settlement or fault until now, by the P and K of each time. */
operators.get("/v1/operators/:address/curve", async (context) => {
  const address = shaped("Address", context.req.param("address"), ADDRESS) as Hex;
  const count = numberIn(context, "samples", SAMPLES);
  const [until, protocol, suspensions, events] = await Promise.all([
    chainTime(),
    readProtocol(),
    readSuspensions(),
    readCreditEvents(address),
  ]);
  const first = events.find(({ kind }) => kind !== "parameters");
  if (protocol === undefined || first === undefined) {
    return notFound("NoHistory", `${address} has settled nothing and was never slashed`, "ask for another operator");
  }
  const samples = new Set(timesBetween(first.at, until, count));
  const { prior, severity, settledHalfLife, faultHalfLife } = protocol;
  const clocks = { settledHalfLife, faultHalfLife, suspensions };
  const points = creditCurve(events, { ...clocks, until, samples: [...samples] });
  return json({ address, prior, severity, curve: points.filter(({ at }) => samples.has(at)) });
});

/** What moved an operator's credit, the parameters for all too, in order of time. */
async function readCreditEvents(operator: Hex): Promise<readonly CreditEvent[]> {
  const { creditParameter, feeSplit, slash } = schema;
  const [splits, slashes, changes] = await Promise.all([
    db.select({ at: feeSplit.splitAt, paid: feeSplit.paid }).from(feeSplit).where(eq(feeSplit.operator, operator)),
    db.select({ at: slash.slashedAt, asked: slash.asked }).from(slash).where(eq(slash.operator, operator)),
    db.select().from(creditParameter),
  ]);
  const events: CreditEvent[] = [
    ...splits.map((split) => ({ kind: "settled" as const, ...split })),
    ...slashes.map((one) => ({ kind: "slashed" as const, ...one })),
    ...changes.map(({ since: at, prior, severity }) => ({ kind: "parameters" as const, at, prior, severity })),
  ];
  return events.sort((one, other) => Number(one.at - other.at));
}
