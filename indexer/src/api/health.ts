/** The network's health, by the same code as everywhere, from what is indexed. */
import { Hono } from "hono";
import { isNotNull } from "ponder";
import { db, publicClients } from "ponder:api";
import schema from "ponder:schema";
import { TestToken__factory } from "../../../typechain-types/factories/contracts/tokens/TestToken__factory.ts";
import type { Hex } from "../../../src/core/bytes.ts";
import type { HealthFacts } from "../../../src/core/health/facts.ts";
import { healthOf } from "../../../src/core/health/health.ts";
import { creditBy } from "../rows/stored.ts";
import { json, notFound } from "./answers.ts";
import { chainTime, readClocks, readProtocol } from "./chain.ts";

/** The route of a deployment whose bonds and fees are in this token. */
export function healthRoute(token: Hex): Hono {
  const route = new Hono();
  route.get("/v1/health", async () => json(healthOf(await readFacts(token))));
  return route;
}

async function readFacts(token: Hex): Promise<HealthFacts> {
  const { account, clientWeek, dailyMetric, operatorWeek, recipient, tie } = schema;
  const until = await chainTime();
  const [supply, operators, clientWeeks, operatorWeeks, days, accounts, ties, recipients] = await Promise.all([
    publicClients.surety.readContract({ abi: TestToken__factory.abi, address: token, functionName: "totalSupply" }),
    readOperators(until),
    db.select().from(clientWeek),
    db.select().from(operatorWeek),
    db.select().from(dailyMetric),
    db.select().from(account),
    db.select().from(tie),
    db.select().from(recipient),
  ]);
  return {
    ...{ until, supply, operators, clientWeeks, operatorWeeks, ties },
    days: days.map(({ day, settlements, fees, receipts, activeClients, slashed }) => {
      return { day, settlements, fees, receipts, activeClients, slashed };
    }),
    payments: accounts.map(({ payer, operator, settled }) => ({ payer, operator, fees: settled })),
    protocolFees: days.reduce((sum, { protocolFees }) => sum + protocolFees, 0n),
    gifts: days.reduce((sum, { gifts }) => sum + gifts, 0n),
    awards: recipients.reduce((sum, { awarded }) => sum + awarded, 0n),
  };
}

async function readOperators(time: bigint): Promise<HealthFacts["operators"]> {
  const { operator } = schema;
  const [protocol, clocks, rows] = await Promise.all([
    readProtocol(),
    readClocks(),
    db.select().from(operator).where(isNotNull(operator.registeredAt)),
  ]);
  if (protocol === undefined) return notFound("NothingIndexed", "nothing is indexed yet", "ask again in a while");
  const { prior, severity } = protocol;
  return rows.map((row) => {
    const { settled, faulted } = creditBy(row, protocol, { time, activeTime: clocks(time) });
    return {
      operator: row.address,
      credit: { settled, faulted, prior, severity },
      fees: row.settledTotal,
      faults: row.faults,
      slashed: row.askedTotal,
      own: row.ownAssets,
      delegated: row.delegatedAssets,
    };
  });
}
