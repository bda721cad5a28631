/** Receipts and what belongs to them: batches, records, payments, verdicts, agents. */
import { Hono } from "hono";
import { and, asc, eq, gt, or } from "ponder";
import { db } from "ponder:api";
import schema from "ponder:schema";
import type { Deployment } from "../../../src/chain/deployment.ts";
import { accountId } from "../../../src/core/accounts.ts";
import { makeBatch } from "../../../src/core/batch.ts";
import type { Hex } from "../../../src/core/bytes.ts";
import type { Bundle, Record } from "../../../src/core/records.ts";
import { unitsOf } from "../../../src/core/terms.ts";
import type { Receipt } from "../../../src/core/typedData.ts";
import {
  findReceipt,
  findRecord,
  type KeptReceipt,
  listActions,
  listAgents,
  listReceipts,
  readProgress,
  receiptsUnder,
  sourceOf,
} from "../../receipts/reader.ts";
import type { Sql } from "../../receipts/sql.ts";
import { ADDRESS, HASH, json, notFound, numberIn, shaped } from "./answers.ts";
import { findBatch, onlyCommitted } from "./chain.ts";

const LIMIT = { least: 1, most: 200, usual: 50 };

/** The routes of receipts that are kept in a database. */
export function receiptRoutes(sql: Sql, deployment: Deployment): Hono {
  const routes = new Hono();

  /** The newest receipts, of an operator, client, payer, model, agent or session where one is named. */
  routes.get("/v1/receipts", async (context) => {
    const query = (name: string): string | undefined => context.req.query(name);
    const address = (name: string) => optional(name, query(name.toLowerCase()), ADDRESS);
    const before = query("before");
    const found = await listReceipts(sql, {
      operator: address("Operator"),
      client: address("Client"),
      payer: address("Payer"),
      model: optional("Model", query("model"), HASH),
      agent: query("agent"),
      session: query("session"),
      before: before === undefined ? undefined : BigInt(shaped("Time", before, /^[0-9]{1,20}$/)),
      limit: numberIn(context, "limit", LIMIT),
    });
    return json({ receipts: (await onlyCommitted(found)).map(summary) });
  });

  /** A receipt's story: its batch, its record, what was paid for it, what was demanded and found. */
  routes.get("/v1/receipts/:leaf", async (context) => {
    const kept = await keptReceipt(sql, context.req.param("leaf"));
    const { leaf, root, receipt, recordState } = kept;
    const [batch, inclusion, record, judged] = await Promise.all([
      findBatch(receipt.operator, root),
      inclusionOf(sql, kept),
      findRecord(sql, leaf),
      judgementsOf(kept),
    ]);
    const payment = record === undefined ? undefined : await paymentOf(record);
    const model = record === undefined ? undefined : await modelOf(record.request.order.modelId);
    return json({ leaf, receipt, recordState, batch, inclusion, record, model, ...payment, ...judged });
  });

  /** The bundle of a receipt, for whoever verifies it elsewhere. */
  routes.get("/v1/bundles/:leaf", async (context) => {
    const kept = await keptReceipt(sql, context.req.param("leaf"));
    const record = await findRecord(sql, kept.leaf);
    if (record === undefined) {
      return notFound("RecordUnknown", `the record of ${kept.leaf} is not known here`, "ask its client for its bundle");
    }
    const model = await modelOf(record.request.order.modelId);
    const { publisher, commitment, spec } = model ?? {};
    const isWhole = publisher !== undefined && commitment !== undefined && spec !== undefined;
    const inclusion = await inclusionOf(sql, kept);
    const bundle: Bundle = {
      format: "surety-bundle-1",
      chainId: deployment.chainId,
      escrow: deployment.contracts.escrow,
      ledger: deployment.contracts.ledger,
      record,
      ...(inclusion === undefined ? {} : { inclusion }),
      ...(isWhole ? { model: { publisher, commitment, spec } } : {}),
    };
    return json(bundle);
  });

  /** A batch, and its receipts as far as they are published. */
  routes.get("/v1/batches/:operator/:root", async (context) => {
    const operator = shaped("Address", context.req.param("operator"), ADDRESS) as Hex;
    const root = shaped("Root", context.req.param("root"), HASH) as Hex;
    const batch = await findBatch(operator, root);
    if (batch === undefined) return notFound("BatchUnknown", `${operator} has committed no ${root}`, "ask for another");
    const [receipts, source] = await Promise.all([receiptsUnder(sql, root), sourceOf(sql, { operator, root })]);
    return json({ batch, source, receipts: (await onlyCommitted(receipts)).map(summary) });
  });

  /** How many batches and records have been had, by state. */
  routes.get("/v1/progress", async () => json(await readProgress(sql)));

  /** The agents that records name. */
  routes.get("/v1/agents", async (context) =>
    json({ agents: await listAgents(sql, numberIn(context, "limit", LIMIT)) }),
  );

  /** What an agent did: actions, what each read and followed from, what it cost. */
  routes.get("/v1/agents/:agent", async (context) => {
    const agent = context.req.param("agent");
    const actions = await onlyCommitted(await listActions(sql, agent, numberIn(context, "limit", LIMIT)));
    if (actions.length === 0)
      return notFound("AgentUnknown", `no record names ${agent.slice(0, 200)}`, "see /v1/agents");
    return json({ agent, actions });
  });

  return routes;
}

function optional(name: string, value: string | undefined, pattern: RegExp): string | undefined {
  return value === undefined ? undefined : shaped(name, value, pattern);
}

function summary({ leaf, root, receipt, recordState, said }: KeptReceipt) {
  const { operator, signer, client, sequence, price, charged, issuedAt } = receipt;
  return { leaf, root, operator, signer, client, sequence, price, charged, issuedAt, recordState, ...said };
}

/** @throws ApiError where it is not known, or not committed */
async function keptReceipt(sql: Sql, text: string): Promise<KeptReceipt> {
  const leaf = shaped("Leaf", text, HASH);
  const [kept] = await onlyCommitted(await findReceipt(sql, leaf));
  return (
    kept ??
    notFound("ReceiptUnknown", `no committed receipt ${leaf} was published`, "look whether its batch is: /v1/batches")
  );
}

/**
 * The way to the root, from the published leaves: nobody has to be believed about it. Undefined where they do not lead there:
 * who commits a receipt twice has it once here.
 */
async function inclusionOf(sql: Sql, { leaf, root }: KeptReceipt): Promise<Bundle["inclusion"]> {
  const kept = await receiptsUnder(sql, root);
  const batch = makeBatch(kept.map(({ receipt }) => receipt));
  if (batch.root !== root) return undefined;
  return { root, proof: batch.proof(kept.findIndex((one) => one.leaf === leaf)) };
}

async function modelOf(modelId: Hex) {
  const [row] = await db.select().from(schema.model).where(eq(schema.model.id, modelId));
  return row;
}

/** The account that pays for a receipt, and the settlements that took its units. */
async function paymentOf({ request: { payer, operator }, receipt }: Record) {
  const id = accountId({ payer, operator, signer: receipt.client });
  const { account, settlement } = schema;
  const [[paying], settlements] = await Promise.all([
    db.select().from(account).where(eq(account.id, id)),
    settlementsOf(id, receipt, settlement),
  ]);
  return { account: paying, settlements };
}

async function settlementsOf(id: Hex, receipt: Receipt, settlement: typeof schema.settlement) {
  // What is charged outside the account's total is settled outside it, too.
  if (receipt.charged === 0n) return [];
  const { from, to } = unitsOf(receipt);
  const rows = await db
    .select()
    .from(settlement)
    .where(and(eq(settlement.account, id), gt(settlement.total, from)))
    .orderBy(asc(settlement.total))
    .limit(LIMIT.usual);
  return rows.filter(({ total, paid }) => total - paid < to);
}

/** What was demanded and found of a receipt. */
async function judgementsOf({ leaf, root, receipt: { operator, sequence } }: KeptReceipt) {
  const { fault, demand } = schema;
  const isDemanded = and(eq(demand.operator, operator), eq(demand.root, root), eq(demand.sequence, sequence));
  const [faults, demands] = await Promise.all([
    db.select().from(fault).where(eq(fault.fault, leaf)),
    db
      .select()
      .from(demand)
      .where(or(eq(demand.leaf, leaf), eq(demand.answer, leaf), isDemanded)),
  ]);
  return { faults, demands };
}
