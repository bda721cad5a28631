/**
 * What operators publish of what they committed, once it was checked. All of it is named by hashes, so that what the chain
 * takes back leaves nothing wrong here: whether a batch is committed is for Ponder's tables to say.
 */
import { type BatchTerms, canHold } from "../../src/chain/published.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { parseContext } from "../../src/core/context.ts";
import { type Record, write } from "../../src/core/records.ts";
import { type Receipt, receiptHash } from "../../src/core/typedData.ts";
import type { Sql } from "./sql.ts";
import { tables } from "./tables.ts";

/** A batch whose receipts are to be had. */
export interface Source extends BatchTerms {
  readonly committedAt: bigint;
  readonly attempts: number;
}

/** A receipt whose record is to be had. */
export interface Wanted {
  readonly leaf: Hex;
  readonly root: Hex;
  readonly operator: Hex;
  readonly attempts: number;
}

/** What is due: by when, in milliseconds; not of these operators; so much at most. */
interface Due {
  readonly now: number;
  readonly except: readonly Hex[];
  readonly limit: number;
}

/** How many rows go into one statement. */
const CHUNK = 1_000;

const receiptTypes =
  "leaf text, root text, operator text, signer text, client text, request_hash text, sequence numeric, " +
  "output_hash text, proof_hash text, price numeric, charged numeric, input_units numeric, output_units numeric, " +
  "issued_at numeric, record_state text";
const receiptColumns = receiptTypes.replaceAll(/ (text|numeric)/g, "");

/** Receipts, records, and where they are still to come from. */
export class ReceiptStore {
  readonly sql: Sql;

  private constructor(sql: Sql) {
    this.sql = sql;
  }

  /** Makes the tables that are not there. */
  static async open(sql: Sql): Promise<ReceiptStore> {
    for (const statement of tables.split(";").filter((part) => part.trim() !== "")) await sql.query(statement);
    return new ReceiptStore(sql);
  }

  /** Keeps in mind that these batches are committed. What the chain has on other terms now is asked for anew. */
  async follow(batches: readonly (BatchTerms & { readonly committedAt: bigint })[]): Promise<void> {
    const rows = batches.map(({ operator, root, firstSequence, count, dataHash, committedAt }) => ({
      operator,
      root,
      first_sequence: firstSequence,
      count,
      data_hash: dataHash,
      committed_at: committedAt,
    }));
    await this.sql.query(
      `INSERT INTO source (operator, root, first_sequence, count, data_hash, committed_at)
       SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (operator text, root text, first_sequence numeric,
         count numeric, data_hash text, committed_at numeric)
       ON CONFLICT (operator, root) DO UPDATE SET (first_sequence, count, data_hash, committed_at) =
         (excluded.first_sequence, excluded.count, excluded.data_hash, excluded.committed_at),
         state = 'waiting', attempts = 0, next_at = 0, problem = NULL
       WHERE (source.first_sequence, source.count, source.data_hash) <>
         (excluded.first_sequence, excluded.count, excluded.data_hash)`,
      [write(rows)],
    );
  }

  /** Batches to be asked for now, those first that wait longest. */
  async dueSources({ now, except, limit }: Due): Promise<readonly Source[]> {
    const rows = await this.sql.query<SourceRow>(
      `SELECT operator, root, first_sequence, count, data_hash, committed_at, attempts FROM source
       WHERE state = 'waiting' AND next_at <= $1 AND operator <> ALL ($3::text[])
       ORDER BY next_at, committed_at LIMIT $2`,
      [now, limit, except],
    );
    return rows.map((row) => ({
      operator: row.operator,
      root: row.root,
      firstSequence: BigInt(row.first_sequence),
      count: BigInt(row.count),
      dataHash: row.data_hash,
      committedAt: BigInt(row.committed_at),
      attempts: row.attempts,
    }));
  }

  /** Keeps what leads to a batch's root. What its range does not hold is kept for the way there, and is no receipt of it. */
  async keepBatch(terms: BatchTerms, receipts: readonly Receipt[]): Promise<void> {
    const { operator, root, firstSequence, count } = terms;
    const missing = count - BigInt(receipts.filter((receipt) => canHold(terms, receipt)).length);
    const problem = missing === 0n ? null : `${missing} of its receipts are not published`;
    await this.sql.transaction(async (sql) => {
      for (let start = 0; start < receipts.length; start += CHUNK) {
        const rows = receipts.slice(start, start + CHUNK).map((receipt) => ({
          ...toRow(receipt, root),
          record_state: canHold(terms, receipt) ? "waiting" : "unheld",
        }));
        await sql.query(
          `INSERT INTO receipt (${receiptColumns}) SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (${receiptTypes})
           ON CONFLICT DO NOTHING`,
          [write(rows)],
        );
      }
      // Another operator may have committed the same root, whose range holds none of them, and have been read first.
      await sql.query(
        `UPDATE receipt SET record_state = 'waiting' WHERE root = $1 AND operator = $2 AND record_state = 'unheld'
           AND sequence >= $3 AND sequence < $4`,
        [root, operator, `${firstSequence}`, `${firstSequence + count}`],
      );
      await sql.query(`UPDATE source SET state = 'stored', problem = $3 WHERE operator = $1 AND root = $2`, [
        operator,
        root,
        problem,
      ]);
    });
  }

  /** Notes why a batch could not be had, and when to ask again. */
  async postponeBatch({ operator, root }: BatchTerms, problem: string, nextAt: number): Promise<void> {
    await this.sql.query(
      `UPDATE source SET attempts = attempts + 1, problem = $3, next_at = $4 WHERE operator = $1 AND root = $2`,
      [operator, root, problem, nextAt],
    );
  }

  /** Forgets that a batch was committed: the chain took it back. Should it come again, it is followed again. */
  async forget({ operator, root }: Pick<BatchTerms, "operator" | "root">): Promise<void> {
    await this.sql.query(`DELETE FROM source WHERE operator = $1 AND root = $2`, [operator, root]);
  }

  /** Receipts whose records are to be asked for now. */
  async dueRecords({ now, except, limit }: Due): Promise<readonly Wanted[]> {
    return this.sql.query<Wanted>(
      `SELECT leaf, root, operator, attempts FROM receipt WHERE record_state = 'waiting' AND next_at <= $1 AND operator <> ALL ($3::text[])
       ORDER BY next_at LIMIT $2`,
      [now, limit, except],
    );
  }

  /** Keeps a record. */
  async keepRecord({ leaf }: Pick<Wanted, "leaf">, record: Record): Promise<void> {
    const { request, receipt } = record;
    const { agent = null, session = null, parents = [] } = parseContext(record.context);
    await this.sql.transaction(async (sql) => {
      await sql.query(
        `INSERT INTO record (leaf, payer, model_id, mode, agent, session, issued_at, context, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`,
        [
          leaf,
          request.payer,
          request.order.modelId,
          request.order.mode,
          textFor(agent),
          textFor(session),
          `${receipt.issuedAt}`,
          record.context,
          write(record),
        ],
      );
      for (const parent of new Set(parents)) {
        await sql.query(`INSERT INTO parent (child, parent) VALUES ($1, $2) ON CONFLICT DO NOTHING`, [leaf, parent]);
      }
      await sql.query(
        `UPDATE receipt SET record_state = 'stored', problem = NULL WHERE leaf = $1 AND record_state <> 'unheld'`,
        [leaf],
      );
    });
  }

  /** Notes that records are kept from strangers, by their contexts' word. */
  async withhold(leaves: readonly Hex[]): Promise<void> {
    await this.sql.query(
      `UPDATE receipt SET record_state = 'withheld', problem = NULL
       WHERE leaf = ANY ($1::text[]) AND record_state <> 'unheld'`,
      [leaves],
    );
  }

  /** Notes why a record could not be had, and when to ask again. */
  async postponeRecord({ leaf }: Pick<Wanted, "leaf">, problem: string, nextAt: number): Promise<void> {
    await this.sql.query(
      `UPDATE receipt SET attempts = attempts + 1, problem = $2, next_at = $3 WHERE leaf = $1 AND record_state = 'waiting'`,
      [leaf, problem, nextAt],
    );
  }

  async close(): Promise<void> {
    await this.sql.close();
  }
}

interface SourceRow {
  readonly operator: Hex;
  readonly root: Hex;
  readonly first_sequence: string;
  readonly count: string;
  readonly data_hash: Hex;
  readonly committed_at: string;
  readonly attempts: number;
}

/** No text of PostgreSQL's holds this character; a context's may. */
function textFor(text: string | null): string | null {
  return text?.replaceAll("\0", "\u{fffd}") ?? null;
}

function toRow(receipt: Receipt, root: Hex) {
  return {
    leaf: receiptHash(receipt),
    root,
    operator: receipt.operator,
    signer: receipt.signer,
    client: receipt.client,
    request_hash: receipt.requestHash,
    sequence: receipt.sequence,
    output_hash: receipt.outputHash,
    proof_hash: receipt.proofHash,
    price: receipt.price,
    charged: receipt.charged,
    input_units: receipt.inputUnits,
    output_units: receipt.outputUnits,
    issued_at: receipt.issuedAt,
  };
}
