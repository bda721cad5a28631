/** Keys in files: ethers' encrypted JSON keystores, as geth and every wallet read them. */
import { scrypt as nativeScrypt } from "node:crypto";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { decryptKeystoreJson, encryptKeystoreJson, isKeystoreJson, scrypt } from "ethers";
import type { Hex } from "../core/bytes.ts";
import { addressOf } from "../core/signatures.ts";
import { KeystoreError, UsageError } from "./errors.ts";
import { readText, writeNew } from "./files.ts";
import { formatAddress } from "./format.ts";
import type { Io } from "./io.ts";

// ethers derives the key in JavaScript, in seconds; Node does the same natively, beside the event loop.
const MAX_MEMORY = 1 << 30;
const deriveKey = promisify<Uint8Array, Uint8Array, number, object, Buffer>(nativeScrypt);
scrypt.register(async (password, salt, N, r, p, length) =>
  deriveKey(password, salt, length, { N, r, p, maxmem: MAX_MEMORY }),
);

/** Where the password comes from, if it is not asked for. */
export interface PasswordOptions {
  /** Its file; a line's end at its end is not part of it. */
  readonly passwordFile?: string;
}

/** The variable that a password is taken from where no file is named. */
const PASSWORD_VARIABLE = "SURETY_PASSWORD";

/**
 * The password of keystores: from its file, from the environment, or asked on the terminal.
 * @param files whose password it is, for who is asked
 * @param isNew whether it is typed twice, because nothing could tell later that it was mistyped
 * @throws UsageError where it is nowhere and nobody can be asked, or is empty
 * @throws FileError where its file cannot be read
 */
export async function readPassword(
  { passwordFile }: PasswordOptions,
  io: Io,
  { files, isNew = false }: { readonly files: readonly string[]; readonly isNew?: boolean },
): Promise<string> {
  const given = passwordFile === undefined ? io.env[PASSWORD_VARIABLE] : readText(passwordFile).replace(/\r?\n$/, "");
  const password = given ?? (await askPassword(io, files.join(" and "), isNew));
  if (password === "") throw new UsageError("the password is empty: choose one that nobody guesses");
  return password;
}

async function askPassword(io: Io, files: string, isNew: boolean): Promise<string> {
  if (!io.isTerminal) {
    throw new UsageError(`no password for ${files}: name its file with --password-file, or set ${PASSWORD_VARIABLE}`);
  }
  const password = await io.ask(`Password for ${files}: `, true);
  if (isNew && (await io.ask("The same again: ", true)) !== password) {
    throw new UsageError("the two passwords differ: start again");
  }
  return password;
}

/**
 * Writes a key into a new keystore, which its owner alone can read.
 * @throws FileError where the file is there already, or cannot be written
 */
export async function writeKeystore(file: string, secret: Hex, password: string): Promise<void> {
  const account = { address: formatAddress(addressOf(secret)), privateKey: secret };
  writeNew(file, `${await encryptKeystoreJson(account, password)}\n`);
}

/** The address of a keystore's key, which is no secret. @throws KeystoreError where there is none, or no keystore */
export function keystoreAddress(file: string): Hex {
  const { address } = JSON.parse(readKeystore(file)) as { readonly address?: unknown };
  const [, digits] = (typeof address === "string" ? /^(?:0x)?([0-9a-fA-F]{40})$/.exec(address) : null) ?? [];
  if (digits === undefined) throw new KeystoreError(`${file} does not say its address: name the address instead`);
  return `0x${digits.toLowerCase()}`;
}

/** A keystore's key. @throws KeystoreError where there is none, or the password is not its */
export async function openKeystore(file: string, password: string): Promise<Hex> {
  const text = readKeystore(file);
  try {
    return (await decryptKeystoreJson(text, password)).privateKey as Hex;
  } catch {
    // What the library says could hold a part of what it read.
    throw new KeystoreError(`${file} does not open: the password is not its, or the file is damaged`);
  }
}

function readKeystore(file: string): string {
  if (!existsSync(file)) {
    const make = "make one with `surety operator init` or `surety account create`, or name another with --keystore";
    throw new KeystoreError(`there is no keystore ${file}: ${make}`);
  }
  const text = readText(file);
  if (!isKeystoreJson(text)) throw new KeystoreError(`${file} is no keystore: name an encrypted JSON keystore`);
  return text;
}
