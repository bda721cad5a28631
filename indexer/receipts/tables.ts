/** The tables that receipts are kept in. Amounts and times are whole numbers in decimals; `next_at` is in milliseconds. */
export const tables = `
CREATE TABLE IF NOT EXISTS source (
  operator text NOT NULL,
  root text NOT NULL,
  first_sequence numeric NOT NULL,
  count numeric NOT NULL,
  data_hash text NOT NULL,
  committed_at numeric NOT NULL,
  state text NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0,
  next_at numeric NOT NULL DEFAULT 0,
  problem text,
  PRIMARY KEY (operator, root)
);
CREATE INDEX IF NOT EXISTS source_due ON source (next_at) WHERE state = 'waiting';

CREATE TABLE IF NOT EXISTS receipt (
  leaf text NOT NULL,
  root text NOT NULL,
  operator text NOT NULL,
  signer text NOT NULL,
  client text NOT NULL,
  request_hash text NOT NULL,
  sequence numeric NOT NULL,
  output_hash text NOT NULL,
  proof_hash text NOT NULL,
  price numeric NOT NULL,
  charged numeric NOT NULL,
  input_units numeric NOT NULL,
  output_units numeric NOT NULL,
  issued_at numeric NOT NULL,
  record_state text NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0,
  next_at numeric NOT NULL DEFAULT 0,
  problem text,
  PRIMARY KEY (leaf, root)
);
CREATE INDEX IF NOT EXISTS receipt_due ON receipt (next_at) WHERE record_state = 'waiting';
CREATE INDEX IF NOT EXISTS receipt_root ON receipt (root, sequence);
CREATE INDEX IF NOT EXISTS receipt_operator ON receipt (operator, issued_at, leaf);
CREATE INDEX IF NOT EXISTS receipt_client ON receipt (client, issued_at, leaf);
CREATE INDEX IF NOT EXISTS receipt_time ON receipt (issued_at, leaf);

CREATE TABLE IF NOT EXISTS record (
  leaf text PRIMARY KEY,
  payer text NOT NULL,
  model_id text NOT NULL,
  mode integer NOT NULL,
  agent text,
  session text,
  issued_at numeric NOT NULL,
  context text NOT NULL,
  body text NOT NULL
);
CREATE INDEX IF NOT EXISTS record_agent ON record (agent, issued_at);
CREATE INDEX IF NOT EXISTS record_model ON record (model_id, issued_at);
CREATE INDEX IF NOT EXISTS record_payer ON record (payer, issued_at);

CREATE TABLE IF NOT EXISTS parent (
  child text NOT NULL,
  parent text NOT NULL,
  PRIMARY KEY (child, parent)
);
CREATE INDEX IF NOT EXISTS parent_of ON parent (parent);
`;
