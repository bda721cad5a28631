import { existsSync } from "node:fs";
import type { Command } from "commander";
import { formatUnits } from "ethers";
import { providerOf } from "../../chain/facts.ts";
import { query } from "../../chain/transactions.ts";
import { type Hex, toHex } from "../../core/bytes.ts";
import { act, type Plan } from "../act.ts";
import { type Sender, withReader } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { readText } from "../files.ts";
import { formatAddress, formatAmount, formatRows, print } from "../format.ts";
import type { Io, Shell } from "../io.ts";
import { keystoreAddress, type PasswordOptions, readPassword, writeKeystore } from "../keystore.ts";
import { type ChainOptions, ending, owning, printing, reading, sending, type SenderOptions } from "../options.ts";
import { parseAddress, parseAmount, toUnits } from "../parse.ts";

interface NewOptions extends PasswordOptions {
  readonly keystore: string;
  readonly json?: boolean;
}

/** A keystore and whose it is. */
export interface NewKeystore {
  readonly file: string;
  readonly address: Hex;
  /** Whether it was made just now. */
  readonly isNew: boolean;
}

/** Adds `surety account` and `surety faucet`. */
export function addAccount(program: Command, io: Shell): void {
  const account = program
    .command("account")
    .description("the account that a client, a delegator or a watcher sends from");

  ending(printing(owning(account.command("create").description("make a new account in a keystore of its own"))), [
    "surety account create --keystore keystore/account.json",
  ]).action(async (options: NewOptions) => {
    const made = await makeKeystores([options.keystore], options, io);
    print(io, options, { accounts: made }, made.map(describeKeystore));
  });

  const from = account
    .command("import")
    .description("put a key that you have into a keystore; it is asked for, or read from a file")
    .option("--key-file <file>", "a file that holds the key, in hexadecimal; delete it afterwards");
  ending(printing(owning(from)), ["surety account import --keystore keystore/account.json"]).action(
    async (options: NewOptions & { readonly keyFile?: string }) => {
      const secret = await readSecret(options, io);
      const password = await readPassword(options, io, { files: [options.keystore], isNew: true });
      await writeKeystore(options.keystore, secret, password);
      const made = { file: options.keystore, address: keystoreAddress(options.keystore), isNew: true };
      print(io, options, { accounts: [made] }, [describeKeystore(made)]);
    },
  );

  const show = account
    .command("show")
    .description("what an account has: coin, tokens, and what slashes awarded to it")
    .argument("[address]", "its address; the keystore's where left out", parseAddress);
  ending(owning(reading(show)), ["surety account show --network local"]).action(
    async (address: Hex | undefined, options: ChainOptions & NewOptions) =>
      showAccount(address ?? keystoreAddress(options.keystore), options, io),
  );

  const faucet = program
    .command("faucet")
    .description("get test tokens, where the token is a TestToken")
    .requiredOption("--amount <amount>", "how much, in the token's units", parseAmount);
  ending(sending(faucet), ["surety faucet --amount 1000 --network local"]).action(
    async (options: SenderOptions & { readonly amount: string }) =>
      act(options, io, async (sender) => faucetPlan(sender, options.amount)),
  );
}

/**
 * Makes keystores with fresh keys under one password. What is there already stays as it is.
 * @throws FileError where one cannot be written, UsageError where there is no password
 */
export async function makeKeystores(
  files: readonly string[],
  options: PasswordOptions,
  io: Io,
): Promise<NewKeystore[]> {
  const missing = files.filter((file) => !existsSync(file));
  if (missing.length > 0) {
    const password = await readPassword(options, io, { files: missing, isNew: true });
    for (const file of missing) await writeKeystore(file, toHex(io.random(32)), password);
  }
  return files.map((file) => ({ file, address: keystoreAddress(file), isNew: missing.includes(file) }));
}

/** A keystore in a line. */
export function describeKeystore({ file, address, isNew }: NewKeystore): string {
  return `${isNew ? "✓ made" : "· there already:"} ${file}: ${formatAddress(address)}`;
}

async function faucetPlan({ contracts, unit }: Sender, text: string): Promise<Plan> {
  const amount = toUnits(text, unit);
  const what = `get ${formatAmount(amount, unit)} from the faucet`;
  return { steps: [{ what, transaction: async () => contracts.token.faucet.populateTransaction(amount) }] };
}

async function showAccount(address: Hex, options: ChainOptions, io: Shell): Promise<void> {
  await withReader(options, async ({ contracts, unit }) => {
    const { token, bonds, disclosureCourt } = contracts;
    const [coin, tokens, awards, deposits] = await query(async () =>
      Promise.all([
        providerOf(contracts).getBalance(address),
        token.balanceOf(address),
        bonds.awardsOf(address),
        disclosureCourt.coinOf(address),
      ]),
    );
    print(
      io,
      options,
      { address, coin, tokens, awards, deposits, unit },
      formatRows([
        ["address", formatAddress(address)],
        ["coin", formatUnits(coin, 18)],
        ["tokens", formatAmount(tokens, unit)],
        ["awards to claim", formatAmount(awards, unit)],
        ["coin to claim", formatUnits(deposits, 18)],
      ]),
    );
  });
}

async function readSecret({ keyFile }: { readonly keyFile?: string }, io: Io): Promise<Hex> {
  if (keyFile === undefined && !io.isTerminal) {
    throw new UsageError("nobody can be asked for the key: name a file that holds it with --key-file");
  }
  const text = (keyFile === undefined ? await io.ask("Key, in hexadecimal: ", true) : readText(keyFile)).trim();
  const digits = text.replace(/^0x/, "").toLowerCase();
  // What it is must not be said, however wrong.
  if (!/^[0-9a-f]{64}$/.test(digits) || /^0*$/.test(digits)) {
    throw new UsageError("that is no key: 32 bytes in hexadecimal are expected");
  }
  return `0x${digits}`;
}
