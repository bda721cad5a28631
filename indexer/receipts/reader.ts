/** Reading the receipts that are kept: for pages. */
import type { Hex } from "../../src/core/bytes.ts";
import type { Context } from "../../src/core/context.ts";
import { parseContext } from "../../src/core/context.ts";
import { readText, type Record as Kept, recordSchema } from "../../src/core/records.ts";
import type { Receipt } from "../../src/core/typedData.ts";
import type { Sql } from "./sql.ts";

/** How far the record of a receipt has been had; `unheld` where its batch does not hold it. */
export type RecordState = "waiting" | "stored" | "withheld" | "unheld";

/** A receipt that is kept, and of which batch. */
export interface KeptReceipt {
  readonly leaf: Hex;
  readonly root: Hex;
  readonly receipt: Receipt;
  readonly recordState: RecordState;
  /** What its record says of it, where that is kept. */
  readonly said?: {
    readonly payer: Hex;
    readonly modelId: Hex;
    readonly mode: number;
    readonly agent: string | null;
    readonly session: string | null;
  };
}

/** Which receipts are wanted: all that are given must be so. */
export interface Filter {
  readonly operator?: string | undefined;
  readonly client?: string | undefined;
  readonly payer?: string | undefined;
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
  readonly session?: string | undefined;
  /** Issued before this, in seconds. */
  readonly before?: bigint | undefined;
  readonly limit: number;
}

/** One action of an agent: what it read, what it followed from, what it cost. */
export interface Action {
  readonly leaf: Hex;
  readonly root: Hex;
  readonly receipt: Receipt;
  readonly payer: Hex;
  readonly modelId: Hex;
  readonly mode: number;
  readonly context: Context;
}

/** An agent, and what it has done. */
export interface AgentSummary {
  readonly agent: string;
  readonly actions: number;
  readonly operators: number;
  readonly spent: bigint;
  readonly first: bigint;
  readonly last: bigint;
}

const columns = `receipt.leaf, root, operator, signer, client, request_hash, sequence, output_hash, proof_hash, price,
  charged, input_units, output_units, receipt.issued_at, record_state, payer, model_id, mode, agent, session`;

const places: Readonly<{ [name in keyof Filter]?: string }> = {
  operator: "operator",
  client: "client",
  payer: "payer",
  model: "model_id",
  agent: "agent",
  session: "session",
};

/** The newest receipts of those that are wanted. What no batch holds is none: anybody can publish any number of them. */
export async function listReceipts(sql: Sql, filter: Filter): Promise<readonly KeptReceipt[]> {
  const [conditions, parameters]: [string[], unknown[]] = [["record_state <> 'unheld'"], []];
  for (const [name, column] of Object.entries(places)) {
    const value = filter[name as keyof Filter];
    if (value === undefined) continue;
    parameters.push(value);
    conditions.push(`${column} = $${parameters.length}`);
  }
  if (filter.before !== undefined) {
    parameters.push(`${filter.before}`);
    conditions.push(`receipt.issued_at < $${parameters.length}`);
  }
  parameters.push(filter.limit);
  const rows = await sql.query<ReceiptRow>(
    `SELECT ${columns} FROM receipt LEFT JOIN record ON record.leaf = receipt.leaf
     WHERE ${conditions.join(" AND ")}
     ORDER BY receipt.issued_at DESC, receipt.leaf LIMIT $${parameters.length}`,
    parameters,
  );
  return rows.map(toKept);
}

/** A receipt by its struct hash: once for each batch that shows it. */
export async function findReceipt(sql: Sql, leaf: string): Promise<readonly KeptReceipt[]> {
  const rows = await sql.query<ReceiptRow>(
    `SELECT ${columns} FROM receipt LEFT JOIN record ON record.leaf = receipt.leaf WHERE receipt.leaf = $1`,
    [leaf],
  );
  return rows.map(toKept);
}

/** All that leads to a root, in order of sequence. */
export async function receiptsUnder(sql: Sql, root: string): Promise<readonly KeptReceipt[]> {
  const rows = await sql.query<ReceiptRow>(
    `SELECT ${columns} FROM receipt LEFT JOIN record ON record.leaf = receipt.leaf WHERE root = $1 ORDER BY sequence`,
    [root],
  );
  return rows.map(toKept);
}

/** The record of a receipt, where it is kept. */
export async function findRecord(sql: Sql, leaf: string): Promise<Kept | undefined> {
  const [row] = await sql.query<{ readonly body: string }>(`SELECT body FROM record WHERE leaf = $1`, [leaf]);
  return row === undefined ? undefined : readText(recordSchema, row.body);
}

/** How far a batch's receipts have been had. */
export async function sourceOf(
  sql: Sql,
  { operator, root }: { readonly operator: string; readonly root: string },
): Promise<
  { readonly state: "waiting" | "stored"; readonly attempts: number; readonly problem: string | null } | undefined
> {
  const [row] = await sql.query<{ state: "waiting" | "stored"; attempts: number; problem: string | null }>(
    `SELECT state, attempts, problem FROM source WHERE operator = $1 AND root = $2`,
    [operator, root],
  );
  return row;
}

/** How much has been had, and how much is still to come. */
export async function readProgress(sql: Sql): Promise<{
  readonly batches: Readonly<Record<string, number>>;
  readonly records: Readonly<Record<string, number>>;
}> {
  const counts = async (text: string) => {
    const rows = await sql.query<{ readonly state: string; readonly count: string }>(text);
    return Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
  };
  const [batches, records] = await Promise.all([
    counts(`SELECT state, count(*) AS count FROM source GROUP BY state`),
    counts(`SELECT record_state AS state, count(*) AS count FROM receipt GROUP BY record_state`),
  ]);
  return { batches, records };
}

/** The agents that records name, those first that acted last. */
export async function listAgents(sql: Sql, limit: number): Promise<readonly AgentSummary[]> {
  const rows = await sql.query<Readonly<{ [name in keyof AgentSummary]: string }>>(
    `SELECT agent, count(*) AS actions, count(DISTINCT operator) AS operators, sum(price) AS spent,
       min(record.issued_at) AS first, max(record.issued_at) AS last
     FROM record JOIN receipt ON receipt.leaf = record.leaf WHERE agent IS NOT NULL AND record_state <> 'unheld'
     GROUP BY agent ORDER BY last DESC LIMIT $1`,
    [limit],
  );
  return rows.map(({ agent, actions, operators, spent, first, last }) => ({
    agent,
    actions: Number(actions),
    operators: Number(operators),
    spent: BigInt(spent),
    first: BigInt(first),
    last: BigInt(last),
  }));
}

/** What an agent did, and what that followed from and led to, the oldest first: the newest so many of its own. */
export async function listActions(sql: Sql, agent: string, limit: number): Promise<readonly Action[]> {
  const rows = await sql.query<ReceiptRow & { readonly context: string }>(
    `WITH own AS (SELECT leaf FROM record WHERE agent = $1 ORDER BY issued_at DESC LIMIT $2),
       near AS (SELECT leaf FROM own UNION SELECT parent FROM parent JOIN own ON child = own.leaf
         UNION SELECT child FROM parent JOIN own ON parent = own.leaf)
     SELECT ${columns}, context FROM near JOIN record ON record.leaf = near.leaf
       JOIN receipt ON receipt.leaf = near.leaf WHERE record_state <> 'unheld'
     ORDER BY receipt.issued_at, sequence LIMIT $3`,
    [agent, limit, 4 * limit],
  );
  return rows.flatMap((row) => {
    const { said, leaf, root, receipt } = toKept(row);
    if (said === undefined) return [];
    const { payer, modelId, mode } = said;
    return [{ leaf, root, receipt, payer, modelId, mode, context: parseContext(row.context) }];
  });
}

interface ReceiptRow {
  readonly leaf: Hex;
  readonly root: Hex;
  readonly operator: Hex;
  readonly signer: Hex;
  readonly client: Hex;
  readonly request_hash: Hex;
  readonly sequence: string;
  readonly output_hash: Hex;
  readonly proof_hash: Hex;
  readonly price: string;
  readonly charged: string;
  readonly input_units: string;
  readonly output_units: string;
  readonly issued_at: string;
  readonly record_state: RecordState;
  readonly payer: Hex | null;
  readonly model_id: Hex | null;
  readonly mode: number | null;
  readonly agent: string | null;
  readonly session: string | null;
}

function toKept(row: ReceiptRow): KeptReceipt {
  const { leaf, root, record_state: recordState, payer, model_id: modelId, mode, agent, session } = row;
  const receipt: Receipt = {
    requestHash: row.request_hash,
    operator: row.operator,
    signer: row.signer,
    client: row.client,
    sequence: BigInt(row.sequence),
    outputHash: row.output_hash,
    proofHash: row.proof_hash,
    price: BigInt(row.price),
    charged: BigInt(row.charged),
    inputUnits: Number(row.input_units),
    outputUnits: Number(row.output_units),
    issuedAt: BigInt(row.issued_at),
  };
  const kept = { leaf, root, receipt, recordState };
  if (payer === null || modelId === null || mode === null) return kept;
  return { ...kept, said: { payer, modelId, mode, agent, session } };
}
