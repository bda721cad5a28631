/** What the indexer is told by its environment: the one place that reads it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Deployment, parseDeployment } from "../src/chain/deployment.ts";
import { SuretyError } from "../src/core/errors.ts";

/** Something that the indexer must be told and was not. */
export class SettingError extends SuretyError {
  override readonly name = "SettingError";
}

export interface Settings {
  readonly deployment: Deployment;
  /** Where the chain is read. */
  readonly rpc: string;
  /** How often it is asked for a new block, in milliseconds. */
  readonly pollMs: number;
  /** A PostgreSQL to keep everything in; PGlite in `folder` where there is none. */
  readonly databaseUrl: string | undefined;
  /** Where PGlite keeps its files. */
  readonly folder: string;
  /** Whether operators' nodes may be at private addresses: on a chain of this machine's own. */
  readonly allowsPrivate: boolean;
  /** The database's schema of Ponder's tables, and that of the receipts in a PostgreSQL. */
  readonly schema: string;
  readonly receiptsSchema: string;
  /** Whether it ends when what started it is gone. */
  readonly isTethered: boolean;
}

/** The names in the environment, as `indexer/start.ts` sets them for Ponder's process. */
export const names = {
  deployment: "SURETY_DEPLOYMENT",
  rpc: "SURETY_RPC",
  pollMs: "SURETY_POLL_MS",
  databaseUrl: "DATABASE_URL",
  folder: "SURETY_INDEX_FOLDER",
  allowsPrivate: "SURETY_PRIVATE_NODES",
  schema: "DATABASE_SCHEMA",
  tethered: "SURETY_TETHERED",
} as const;

/** Reads the settings. @throws SettingError where one is missing @throws DeploymentError where the file is none */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const valueOf = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === "") throw new SettingError(`${name} is not set: see indexer/settings.ts`);
    return value;
  };
  const schema = valueOf(names.schema);
  if (!/^[a-z][a-z0-9_]{0,35}$/.test(schema)) {
    throw new SettingError(`${names.schema} is "${schema}": use up to 36 small letters, digits and underscores`);
  }
  return {
    deployment: parseDeployment(readFileSync(valueOf(names.deployment), "utf8")),
    rpc: valueOf(names.rpc),
    pollMs: Number(valueOf(names.pollMs)),
    databaseUrl: environment[names.databaseUrl] === "" ? undefined : environment[names.databaseUrl],
    folder: valueOf(names.folder),
    allowsPrivate: environment[names.allowsPrivate] === "1",
    schema,
    isTethered: environment[names.tethered] === "1",
    receiptsSchema: `${schema}_receipts`,
  };
}

/** Where PGlite keeps what Ponder made of the chain, and where the receipts. */
export function foldersIn(folder: string): { readonly chain: string; readonly receipts: string } {
  return { chain: join(folder, "chain"), receipts: join(folder, "receipts") };
}
