/** The options that commands share, and what every command's help ends with. */
import type { Command } from "commander";
import { networks } from "../chain/networks.ts";

/** Where a command reads. */
export interface ChainOptions {
  /** A network's name, or addresses of RPC endpoints. */
  readonly network: string;
  /** Other endpoints than the named network's. */
  readonly rpc?: string;
  /** The file of the contracts that are trusted; the network's own where left out. */
  readonly deployment?: string;
  /** Whether stdout gets a line of JSON. */
  readonly json?: boolean;
}

/** Whose account a command sends from. */
export interface AccountOptions {
  readonly keystore: string;
  readonly passwordFile?: string;
}

/** What a command sends, and from which account. */
export interface SenderOptions extends ChainOptions, AccountOptions {
  /** Whether everything is checked and nothing is sent. */
  readonly dryRun?: boolean;
}

/** Whether somebody must say yes. */
export interface ConfirmOptions {
  readonly yes?: boolean;
}

/** Where a client keeps its records. */
export interface RecordsOptions {
  readonly records: string;
}

/** Where keystores lie that nobody has named: an operator's account, its signing key, everybody else's account. */
export const keystores = {
  operator: "keystore/operator.json",
  signing: "keystore/signing.json",
  account: "keystore/account.json",
} as const;

const names = Object.keys(networks).join(", ");

/** Adds what a command needs that prints. */
export function printing(command: Command): Command {
  return command.option("--json", "print one JSON line");
}

/** Adds what a command needs that reads the chain. */
export function reading(command: Command): Command {
  return printing(
    command
      .option("--network <name or urls>", `${names}, or RPC endpoints with commas between them`, "local")
      .option("--rpc <urls>", "RPC endpoints of your own for a network by name")
      .option("--deployment <file>", "the contracts that you trust (default: deployments/<chain id>.json)"),
  );
}

/** Adds what a command needs that has an account. @param keystore the keystore that is taken where none is named */
export function owning(command: Command, keystore: string = keystores.account): Command {
  return command
    .option("--keystore <file>", "the account, as an encrypted JSON keystore", keystore)
    .option("--password-file <file>", "its password (default: SURETY_PASSWORD, or asked for)");
}

/** Adds what a command needs that sends transactions. */
export function sending(command: Command, keystore: string = keystores.account): Command {
  return owning(reading(command), keystore).option("--dry-run", "check and simulate everything, send nothing");
}

/** Adds what a command needs that keeps records, or looks for them. */
export function records(command: Command): Command {
  return command.option("--records <folder>", "where your records are kept", "records/client");
}

/** Adds what a command needs that asks before it does something. */
export function confirming(command: Command): Command {
  return command.option("-y, --yes", "do it without asking");
}

/** How a command is used, and how it ends. @param failure what exit code 1 says */
export function ending(command: Command, examples: readonly string[], failure = "it failed: stderr says why"): Command {
  const title = examples.length > 1 ? "Examples:" : "Example:";
  const lines = examples.map((example) => `  ${example}`).join("\n");
  const codes = `0 done, 1 ${failure}, 2 wrong usage`;
  return command.addHelpText("after", `\n${title}\n${lines}\n\nExit codes: ${codes}`);
}
