/** How tables refer to each other, for GraphQL. */
import { relations } from "ponder";
import { delegation, ticket } from "./bonds.ts";
import { fault, demand } from "./courts.ts";
import { creditPoint } from "./credit.ts";
import { key } from "./keys.ts";
import { batch } from "./ledger.ts";
import { model, modelMode, serving, measurement } from "./models.ts";
import { operator } from "./operators.ts";
import { account, settlement } from "./settlements.ts";
import { slash } from "./slashes.ts";
import { client, clientWeek, operatorWeek } from "./sums.ts";

export const operatorRelations = relations(operator, ({ many }) => ({
  delegations: many(delegation),
  tickets: many(ticket),
  keys: many(key),
  serves: many(serving),
  batchList: many(batch),
  accounts: many(account),
  settlementList: many(settlement),
  faultList: many(fault),
  slashes: many(slash),
  demands: many(demand),
  creditPoints: many(creditPoint),
  weeks: many(operatorWeek),
}));

export const modelRelations = relations(model, ({ many }) => ({
  modeList: many(modelMode),
  servedBy: many(serving),
  measurements: many(measurement),
}));

export const accountRelations = relations(account, ({ one, many }) => ({
  operatorRow: one(operator, { fields: [account.operator], references: [operator.address] }),
  settlements: many(settlement),
}));

export const faultRelations = relations(fault, ({ one }) => ({
  operatorRow: one(operator, { fields: [fault.operator], references: [operator.address] }),
  slashRow: one(slash, { fields: [fault.slash], references: [slash.id] }),
}));

export const delegationRelations = relations(delegation, ({ one }) => ({
  operatorRow: one(operator, { fields: [delegation.operator], references: [operator.address] }),
}));

export const ticketRelations = relations(ticket, ({ one }) => ({
  operatorRow: one(operator, { fields: [ticket.operator], references: [operator.address] }),
}));

export const keyRelations = relations(key, ({ one }) => ({
  operatorRow: one(operator, { fields: [key.operator], references: [operator.address] }),
}));

export const servingRelations = relations(serving, ({ one }) => ({
  operatorRow: one(operator, { fields: [serving.operator], references: [operator.address] }),
  modelRow: one(model, { fields: [serving.modelId], references: [model.id] }),
}));

export const modelModeRelations = relations(modelMode, ({ one }) => ({
  modelRow: one(model, { fields: [modelMode.modelId], references: [model.id] }),
}));

export const measurementRelations = relations(measurement, ({ one }) => ({
  modelRow: one(model, { fields: [measurement.modelId], references: [model.id] }),
}));

export const batchRelations = relations(batch, ({ one }) => ({
  operatorRow: one(operator, { fields: [batch.operator], references: [operator.address] }),
}));

export const settlementRelations = relations(settlement, ({ one }) => ({
  operatorRow: one(operator, { fields: [settlement.operator], references: [operator.address] }),
  accountRow: one(account, { fields: [settlement.account], references: [account.id] }),
}));

export const slashRelations = relations(slash, ({ one }) => ({
  operatorRow: one(operator, { fields: [slash.operator], references: [operator.address] }),
}));

export const demandRelations = relations(demand, ({ one }) => ({
  operatorRow: one(operator, { fields: [demand.operator], references: [operator.address] }),
}));

export const creditPointRelations = relations(creditPoint, ({ one }) => ({
  operatorRow: one(operator, { fields: [creditPoint.operator], references: [operator.address] }),
}));

export const operatorWeekRelations = relations(operatorWeek, ({ one }) => ({
  operatorRow: one(operator, { fields: [operatorWeek.operator], references: [operator.address] }),
}));

export const clientRelations = relations(client, ({ many }) => ({ weeks: many(clientWeek) }));

export const clientWeekRelations = relations(clientWeek, ({ one }) => ({
  clientRow: one(client, { fields: [clientWeek.payer], references: [client.payer] }),
}));
