import type { Database, Session, Words } from "./database.ts";

/** What a journal's tables are called and hold is of a version that this one cannot read. */
export class JournalVersionError extends Error {
  override readonly name = "JournalVersionError";

  constructor(found: string) {
    super(
      `this journal is of version ${found}, this node reads version ${VERSION}: use the node that wrote it, or a newer one`,
    );
  }
}

/** Counts up with every change of the tables. 1 had no version written in it. */
const VERSION = 2;

/**
 * `books` has one row: whose the journal is, and sums over all accounts, so that no request adds them up. `owed` counts
 * what accounts have been charged, or what they have settled where `counted` is 0. Amounts are decimal texts, since no
 * integer of SQLite holds a uint128; those that are compared have 39 digits.
 */
const books = ({ integer, end }: Words) => [
  `CREATE TABLE books (
    id ${integer} PRIMARY KEY CHECK (id = 1),
    version ${integer} NOT NULL,
    owner TEXT,
    owed TEXT NOT NULL,
    settled TEXT NOT NULL
  ) ${end}`,
  `INSERT INTO books VALUES (1, ${VERSION}, NULL, '0', '0')`,
];

const records = ({ integer, counter, end }: Words) => [
  `CREATE TABLE records (
    id ${counter},
    sequence ${integer} NOT NULL,
    leaf TEXT NOT NULL UNIQUE,
    order_id TEXT NOT NULL,
    root TEXT,
    account TEXT NOT NULL,
    units_from TEXT NOT NULL,
    units_to TEXT NOT NULL,
    latest ${integer} NOT NULL,
    backed ${integer} NOT NULL,
    record TEXT NOT NULL
  ) ${end}`,
  "CREATE UNIQUE INDEX one_receipt_per_sequence ON records (sequence)",
  "CREATE UNIQUE INDEX one_receipt_per_order ON records (order_id)",
  "CREATE INDEX records_by_root ON records (root)",
  "CREATE INDEX records_by_units ON records (account, units_from)",
  "CREATE INDEX unbacked_records ON records (account, id) WHERE backed = 0",
];

const accounts = ({ integer, end }: Words) => [
  `CREATE TABLE accounts (
    account TEXT PRIMARY KEY,
    charged TEXT NOT NULL,
    settled TEXT NOT NULL,
    ceiling TEXT NOT NULL,
    deadline ${integer} NOT NULL,
    order_hash TEXT NOT NULL,
    signature TEXT NOT NULL,
    counted ${integer} NOT NULL
  ) ${end}`,
  "CREATE INDEX counted_accounts ON accounts (deadline) WHERE counted = 1 AND charged <> settled",
];

const batches = ({ integer, end }: Words) => [
  `CREATE TABLE batches (
    root TEXT PRIMARY KEY,
    first_sequence ${integer} NOT NULL UNIQUE,
    last_sequence ${integer} NOT NULL,
    committed ${integer} NOT NULL DEFAULT 0
  ) ${end}`,
];

/** For which order a payment without an account stands; its record and the transaction that paid, once there are. */
const payments = ({ integer, end }: Words) => [
  `CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    order_hash TEXT NOT NULL,
    noted_at ${integer} NOT NULL,
    leaf TEXT,
    transaction_hash TEXT
  ) ${end}`,
];

/**
 * What nodes that share a database have under way: it ends with them. Gone after a crash of the server, and with it every
 * node's connection that a row stands for. `kept` has one row, the sum over all of it.
 */
const underWay = ({ integer, end }: Words) => [
  `CREATE UNLOGGED TABLE reservations (
    id TEXT PRIMARY KEY,
    node ${integer} NOT NULL,
    account TEXT NOT NULL,
    order_hash TEXT NOT NULL,
    amount TEXT NOT NULL,
    ceiling TEXT NOT NULL,
    deadline ${integer} NOT NULL,
    signature TEXT NOT NULL,
    open ${integer} NOT NULL
  ) ${end}`,
  "CREATE INDEX reservations_by_account ON reservations (account)",
  `CREATE UNLOGGED TABLE kept (id ${integer} PRIMARY KEY CHECK (id = 1), amount TEXT NOT NULL) ${end}`,
];

/** Makes the tables of a new journal, and those of this version of an older one. @throws JournalVersionError */
export async function prepareTables(database: Database): Promise<void> {
  const { words } = database;
  await database.transaction("durable", async (session) => {
    if (await database.has(session, "owner")) {
      await upgrade(session, words);
    } else if (!(await database.has(session, "books"))) {
      await run(session, [...books(words), ...records(words), ...accounts(words), ...batches(words)]);
    }
    const [row] = await session.all("SELECT version FROM books");
    if (Number(row?.["version"]) !== VERSION) throw new JournalVersionError(String(row?.["version"]));
    if (!(await database.has(session, "payments"))) await run(session, payments(words));
    if (database.isShared && !(await database.has(session, "reservations"))) await run(session, underWay(words));
  });
}

/** Version 1 had an owner and no sums, and let two batches begin alike. */
async function upgrade(session: Session, words: Words): Promise<void> {
  await run(session, [
    "ALTER TABLE accounts RENAME TO accounts_1",
    "ALTER TABLE batches RENAME TO batches_1",
    ...books(words),
    ...accounts(words),
    ...batches(words),
    "INSERT INTO accounts SELECT account, charged, settled, ceiling, CAST(deadline AS INTEGER), order_hash, signature, 1 FROM accounts_1",
    "INSERT INTO batches SELECT root, first_sequence, last_sequence, committed FROM batches_1",
    "UPDATE books SET owner = (SELECT name FROM owner)",
    ...["accounts_1", "batches_1", "owner"].map((table) => `DROP TABLE ${table}`),
  ]);
  const amounts = await session.all("SELECT charged, settled FROM accounts");
  const sum = (column: string): string =>
    amounts.reduce((total, row) => total + BigInt(row[column] as string), 0n).toString();
  await session.all("UPDATE books SET owed = ?, settled = ?", sum("charged"), sum("settled"));
}

async function run(session: Session, statements: readonly string[]): Promise<void> {
  for (const sql of statements) await session.all(sql);
}
