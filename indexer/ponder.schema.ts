/**
 * What the indexer keeps of the chain: Surety's state as its contracts' events tell it, and what happened, event by event.
 * Amounts are in the token's smallest unit, times in seconds, addresses and hashes in lower case. What decays is kept as
 * `src/core` takes it, so that a score can be computed for any moment after it. Rows of what happened are named
 * `<transaction>-<log index>`. Receipts are not here: `receipts/` keeps them, by batch.
 */
import { index, onchainTable, primaryKey, relations } from "ponder";

/** The protocol's parameters and sums: one row, 0. */
export const protocol = onchainTable("protocol", (t) => ({
  id: t.integer().primaryKey(),
  leastOwnBond: t.bigint().notNull(),
  unbondingDelay: t.bigint().notNull(),
  leverage: t.bigint().notNull(),
  /** P and K of the score. */
  prior: t.bigint().notNull(),
  severity: t.bigint().notNull(),
  /** How long what is settled, and a fault, take to lose half of their weight. */
  settledHalfLife: t.bigint().notNull(),
  faultHalfLife: t.bigint().notNull(),
  protocolFeeBps: t.bigint().notNull(),
  coverageBps: t.bigint().notNull(),
  treasury: t.hex(),
  /** The last suspension, and the length of all before it. */
  suspensionStart: t.bigint().notNull(),
  suspensionEnd: t.bigint().notNull(),
  suspendedBefore: t.bigint().notNull(),
  /** All that is bonded now: own and delegated, unbonding included. */
  bonded: t.bigint().notNull(),
  /** The protocol's fees not yet withdrawn. */
  protocolFees: t.bigint().notNull(),
}));

/** Times in which the protocol's clocks stood still; `end` is exclusive. */
export const suspension = onchainTable("suspension", (t) => ({
  start: t.bigint().primaryKey(),
  end: t.bigint().notNull(),
}));

/** An operator: its profile, its pools, what it owes, its books, its credit. */
export const operator = onchainTable(
  "operator",
  (t) => ({
    address: t.hex().primaryKey(),
    payout: t.hex(),
    /** Where it says that its node is. */
    metadataUri: t.text().notNull(),
    registeredAt: t.bigint(),
    commission: t.bigint().notNull(),
    nextCommission: t.bigint().notNull(),
    commissionFrom: t.bigint().notNull(),
    /** The pools: assets, all shares, those of them in tickets, and how often the pool ended. */
    ownAssets: t.bigint().notNull(),
    ownShares: t.bigint().notNull(),
    ownUnbonding: t.bigint().notNull(),
    ownEpoch: t.bigint().notNull(),
    delegatedAssets: t.bigint().notNull(),
    delegatedShares: t.bigint().notNull(),
    delegatedUnbonding: t.bigint().notNull(),
    delegatedEpoch: t.bigint().notNull(),
    debt: t.bigint().notNull(),
    /** F: what slashes asked for, exact at `faultedAt`. */
    faulted: t.bigint().notNull(),
    faultedAt: t.bigint().notNull(),
    /** S: what is past its window, exact at `historyAt`, which is a time of the protocol's clocks; and what is still in it. */
    history: t.bigint().notNull(),
    historyAt: t.bigint().notNull(),
    exposed: t.jsonb().$type<readonly StoredPart[]>().notNull(),
    /** The score after the last settlement or fault, its S and F then, and when that was. Now's is a matter of `credit`. */
    score: t.bigint().notNull(),
    proven: t.boolean().notNull(),
    scoreSettled: t.bigint().notNull(),
    scoreFaulted: t.bigint().notNull(),
    scoredAt: t.bigint().notNull(),
    /** Not withdrawn, and not brought to the delegators. */
    earnings: t.bigint().notNull(),
    delegatorsFees: t.bigint().notNull(),
    delegatorsFeesEpoch: t.bigint().notNull(),
    /** Sums over all time. */
    settledTotal: t.bigint().notNull(),
    collectedTotal: t.bigint().notNull(),
    /** What slashes took, and what they asked for. */
    slashedTotal: t.bigint().notNull(),
    askedTotal: t.bigint().notNull(),
    settlements: t.integer().notNull(),
    claimsSkipped: t.integer().notNull(),
    faults: t.integer().notNull(),
    batches: t.integer().notNull(),
    clients: t.integer().notNull(),
    /** How many receipts it has committed: the next batch starts with this sequence. */
    nextSequence: t.bigint().notNull(),
    dataUri: t.text().notNull(),
    ledgerAgent: t.hex(),
    escrowAgent: t.hex(),
    payTo: t.hex(),
  }),
  (table) => ({
    byScore: index().on(table.score),
    byBond: index().on(table.ownAssets),
    bySettled: index().on(table.settledTotal),
    byPayTo: index().on(table.payTo),
  }),
);

/** A bucket of a sliding sum, as JSON holds it: both are whole numbers in decimals. */
export interface StoredPart {
  readonly bucket: string;
  readonly amount: string;
}

/** What a delegator has with an operator, without what is in tickets; void where the epoch is not the pool's. */
export const delegation = onchainTable(
  "delegation",
  (t) => ({
    operator: t.hex().notNull(),
    delegator: t.hex().notNull(),
    shares: t.bigint().notNull(),
    epoch: t.bigint().notNull(),
    /** What was paid in and out over all time. */
    delegated: t.bigint().notNull(),
    withdrawn: t.bigint().notNull(),
    updatedAt: t.bigint().notNull(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.operator, table.delegator] }),
    byDelegator: index().on(table.delegator),
  }),
);

/** An address that the chain ties to an operator, now or ever: who pays it from there may be paying itself. */
export const tie = onchainTable(
  "tie",
  (t) => ({
    operator: t.hex().notNull(),
    address: t.hex().notNull(),
    as: t.text({ enum: ["payout", "agent", "delegator", "payTo"] }).notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.address, table.as] }) }),
);

/** Shares that leave. `paid` is null until it was withdrawn. */
export const ticket = onchainTable(
  "ticket",
  (t) => ({
    operator: t.hex().notNull(),
    owner: t.hex().notNull(),
    openedAt: t.bigint().notNull(),
    isOwn: t.boolean().notNull(),
    shares: t.bigint().notNull(),
    epoch: t.bigint().notNull(),
    /** Suspensions aside. */
    maturesAt: t.bigint().notNull(),
    withdrawnAt: t.bigint(),
    paid: t.bigint(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.operator, table.owner, table.openedAt] }),
    byOwner: index().on(table.owner),
  }),
);

/** A key that signs receipts. `validUntil` is null while no end is set; `measurement` where an enclave's quote vouched. */
export const key = onchainTable(
  "key",
  (t) => ({
    address: t.hex().primaryKey(),
    operator: t.hex().notNull(),
    validFrom: t.bigint().notNull(),
    validUntil: t.bigint(),
    measurement: t.hex(),
  }),
  (table) => ({ byOperator: index().on(table.operator) }),
);

/** An RSA key by which an operator's enclaves sign answers. */
export const rsaKey = onchainTable(
  "rsa_key",
  (t) => ({
    operator: t.hex().notNull(),
    modulusHash: t.hex().notNull(),
    modulus: t.hex().notNull(),
    validFrom: t.bigint().notNull(),
    validUntil: t.bigint(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.modulusHash] }) }),
);

/** A published model. `modes` has a bit for each mode, 1 << mode. */
export const model = onchainTable(
  "model",
  (t) => ({
    id: t.hex().primaryKey(),
    publisher: t.hex().notNull(),
    commitment: t.hex().notNull(),
    spec: t.hex().notNull(),
    modes: t.integer().notNull(),
    metadataUri: t.text().notNull(),
    publishedAt: t.bigint().notNull(),
    /** How many operators serve it now. */
    operators: t.integer().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byPublisher: index().on(table.publisher), byTime: index().on(table.publishedAt) }),
);

/** A mode that a model is published for, so that models can be looked up by it. */
export const modelMode = onchainTable(
  "model_mode",
  (t) => ({ modelId: t.hex().notNull(), mode: t.integer().notNull() }),
  (table) => ({ pk: primaryKey({ columns: [table.modelId, table.mode] }), byMode: index().on(table.mode) }),
);

/** Which operators serve which models, and since when they do, or do not. */
export const serving = onchainTable(
  "serving",
  (t) => ({
    operator: t.hex().notNull(),
    modelId: t.hex().notNull(),
    isServing: t.boolean().notNull(),
    since: t.bigint().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.modelId] }), byModel: index().on(table.modelId) }),
);

/** Code that a model's publisher lets enclaves run. */
export const measurement = onchainTable(
  "measurement",
  (t) => ({
    modelId: t.hex().notNull(),
    measurement: t.hex().notNull(),
    allowedFrom: t.bigint().notNull(),
    allowedUntil: t.bigint(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.modelId, table.measurement] }) }),
);

/** Code that verifies proofs for the snark mode. */
export const verifier = onchainTable("verifier", (t) => ({
  codeHash: t.hex().primaryKey(),
  address: t.hex().notNull(),
  admittedAt: t.bigint().notNull(),
}));

/** What faults cost: rows 0 to 3 are the modes, 4 equivocation, 5 silence. */
export const policy = onchainTable(
  "policy",
  (t) => ({
    row: t.integer().notNull(),
    effectiveFrom: t.bigint().notNull(),
    window: t.bigint().notNull(),
    slashBps: t.bigint().notNull(),
    priceMultiple: t.bigint().notNull(),
    compensationMultiple: t.bigint().notNull(),
    bountyBps: t.bigint().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.row, table.effectiveFrom] }) }),
);

/** A committed batch. Its receipts are where its operator publishes them. */
export const batch = onchainTable(
  "batch",
  (t) => ({
    operator: t.hex().notNull(),
    root: t.hex().notNull(),
    firstSequence: t.bigint().notNull(),
    count: t.bigint().notNull(),
    dataHash: t.hex().notNull(),
    committedAt: t.bigint().notNull(),
    block: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    pk: primaryKey({ columns: [table.operator, table.root] }),
    byRoot: index().on(table.root),
    bySequence: index().on(table.operator, table.firstSequence),
    byTime: index().on(table.committedAt),
  }),
);

/** Where an operator said that it publishes its batches, each time. */
export const dataUri = onchainTable(
  "data_uri",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    uri: t.text().notNull(),
    setAt: t.bigint().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator) }),
);

/** Money of a payer that an operator earns by vouchers of one key; what x402 pays an operator is in an account of no key. */
export const account = onchainTable(
  "account",
  (t) => ({
    id: t.hex().primaryKey(),
    payer: t.hex().notNull(),
    operator: t.hex().notNull(),
    signer: t.hex().notNull(),
    balance: t.bigint().notNull(),
    settled: t.bigint().notNull(),
    settledAt: t.bigint().notNull(),
    funded: t.bigint().notNull(),
    refunded: t.bigint().notNull(),
    /** What leaves at its payer's wish, and when; 0 where nothing does. */
    thawing: t.bigint().notNull(),
    thawMaturesAt: t.bigint().notNull(),
  }),
  (table) => ({
    byPayer: index().on(table.payer),
    byOperator: index().on(table.operator),
    bySigner: index().on(table.signer),
  }),
);

/** What an account paid by one voucher, or what was collected of plain payments: `total` is the account's with it. */
export const settlement = onchainTable(
  "settlement",
  (t) => ({
    id: t.text().primaryKey(),
    account: t.hex().notNull(),
    payer: t.hex().notNull(),
    operator: t.hex().notNull(),
    signer: t.hex().notNull(),
    isCollected: t.boolean().notNull(),
    paid: t.bigint().notNull(),
    total: t.bigint().notNull(),
    settledAt: t.bigint().notNull(),
    block: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    byAccount: index().on(table.account, table.total),
    byOperator: index().on(table.operator, table.settledAt),
    byPayer: index().on(table.payer, table.settledAt),
    byTime: index().on(table.settledAt),
  }),
);

/** How the fees of one call were split. */
export const feeSplit = onchainTable(
  "fee_split",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    paid: t.bigint().notNull(),
    protocolFee: t.bigint().notNull(),
    delegatorsFee: t.bigint().notNull(),
    splitAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator, table.splitAt) }),
);

/** A fault that a court punished; again where more of its price was settled later. In the validity court it is the leaf. */
export const fault = onchainTable(
  "fault",
  (t) => ({
    id: t.text().primaryKey(),
    fault: t.hex().notNull(),
    court: t.text({ enum: ["validity", "equivocation", "disclosure"] }).notNull(),
    operator: t.hex().notNull(),
    reporter: t.hex().notNull(),
    asked: t.bigint().notNull(),
    slashed: t.bigint().notNull(),
    compensated: t.bigint().notNull(),
    bounty: t.bigint().notNull(),
    slash: t.text().notNull(),
    punishedAt: t.bigint().notNull(),
    block: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    byFault: index().on(table.fault),
    byOperator: index().on(table.operator, table.punishedAt),
    byTime: index().on(table.punishedAt),
  }),
);

/** What a slash took of which pool; what it asked for more became debt. */
export const slash = onchainTable(
  "slash",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    slasher: t.hex().notNull(),
    asked: t.bigint().notNull(),
    own: t.bigint().notNull(),
    delegated: t.bigint().notNull(),
    missing: t.bigint().notNull(),
    awarded: t.bigint().notNull(),
    slashedAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator, table.slashedAt), byTime: index().on(table.slashedAt) }),
);

/** What somebody got of a slash: a compensation or a bounty. */
export const award = onchainTable(
  "award",
  (t) => ({
    id: t.text().primaryKey(),
    recipient: t.hex().notNull(),
    operator: t.hex().notNull(),
    amount: t.bigint().notNull(),
    awardedAt: t.bigint().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({ byRecipient: index().on(table.recipient), byTransaction: index().on(table.transactionHash) }),
);

/** What awards somebody has not claimed. */
export const recipient = onchainTable("recipient", (t) => ({
  address: t.hex().primaryKey(),
  awarded: t.bigint().notNull(),
  claimed: t.bigint().notNull(),
}));

/** P and K of the score, from when they were set until the next are. */
export const creditParameter = onchainTable("credit_parameter", (t) => ({
  since: t.bigint().primaryKey(),
  prior: t.bigint().notNull(),
  severity: t.bigint().notNull(),
}));

/** An operator's credit after each settlement and fault. What lies between is a matter of time: the curve has that, too. */
export const creditPoint = onchainTable(
  "credit_point",
  (t) => ({
    id: t.text().primaryKey(),
    operator: t.hex().notNull(),
    at: t.bigint().notNull(),
    cause: t.text({ enum: ["settlement", "fault"] }).notNull(),
    /** The score then, and its S and F. */
    score: t.bigint().notNull(),
    proven: t.boolean().notNull(),
    scoreSettled: t.bigint().notNull(),
    scoreFaulted: t.bigint().notNull(),
  }),
  (table) => ({ byOperator: index().on(table.operator, table.at) }),
);

/** A client's payer: what it paid in all, and the week from which its cohort counts. Weeks are since 1970-01-01. */
export const client = onchainTable(
  "client",
  (t) => ({
    payer: t.hex().primaryKey(),
    firstWeek: t.integer().notNull(),
    firstSettledAt: t.bigint().notNull(),
    lastSettledAt: t.bigint().notNull(),
    fees: t.bigint().notNull(),
    settlements: t.integer().notNull(),
  }),
  (table) => ({ byWeek: index().on(table.firstWeek) }),
);

/** What a payer paid in a week. */
export const clientWeek = onchainTable(
  "client_week",
  (t) => ({
    payer: t.hex().notNull(),
    week: t.integer().notNull(),
    fees: t.bigint().notNull(),
    settlements: t.integer().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.payer, table.week] }), byWeek: index().on(table.week) }),
);

/** What an operator settled in a week, and its faults. */
export const operatorWeek = onchainTable(
  "operator_week",
  (t) => ({
    operator: t.hex().notNull(),
    week: t.integer().notNull(),
    fees: t.bigint().notNull(),
    settlements: t.integer().notNull(),
    receipts: t.bigint().notNull(),
    faults: t.integer().notNull(),
    /** What slashes asked for. */
    slashed: t.bigint().notNull(),
  }),
  (table) => ({ pk: primaryKey({ columns: [table.operator, table.week] }), byWeek: index().on(table.week) }),
);

/** The network in a day. Days are since 1970-01-01. `bonded` is what was bonded at its last change in that day. */
export const dailyMetric = onchainTable("daily_metric", (t) => ({
  day: t.integer().primaryKey(),
  settlements: t.integer().notNull(),
  fees: t.bigint().notNull(),
  protocolFees: t.bigint().notNull(),
  delegatorsFees: t.bigint().notNull(),
  /** What delegators were given that no fee paid for. */
  gifts: t.bigint().notNull(),
  funded: t.bigint().notNull(),
  refunded: t.bigint().notNull(),
  batches: t.integer().notNull(),
  receipts: t.bigint().notNull(),
  faults: t.integer().notNull(),
  /** What slashes asked for. */
  slashed: t.bigint().notNull(),
  newOperators: t.integer().notNull(),
  newClients: t.integer().notNull(),
  activeClients: t.integer().notNull(),
  bonded: t.bigint().notNull(),
}));

/** A demand. It is silent where a court punished silence about it. */
export const demand = onchainTable(
  "demand",
  (t) => ({
    id: t.hex().primaryKey(),
    kind: t.text({ enum: ["receipt", "payload", "unit"] }).notNull(),
    operator: t.hex().notNull(),
    demander: t.hex().notNull(),
    root: t.hex(),
    sequence: t.bigint(),
    leaf: t.hex(),
    payer: t.hex(),
    client: t.hex(),
    unit: t.bigint(),
    openedAt: t.bigint().notNull(),
    /** Suspensions aside. */
    deadline: t.bigint().notNull(),
    answeredAt: t.bigint(),
    /** The receipt that answered it. */
    answer: t.hex(),
    isSilent: t.boolean().notNull(),
    transactionHash: t.hex().notNull(),
  }),
  (table) => ({
    byOperator: index().on(table.operator, table.openedAt),
    byLeaf: index().on(table.leaf),
    byAnswer: index().on(table.answer),
    byTime: index().on(table.openedAt),
  }),
);

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
