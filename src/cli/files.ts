import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { FileError } from "./errors.ts";

/** The bytes of a file. @throws FileError where it cannot be read */
export function readBytes(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (cause) {
    throw new FileError(`${path} cannot be read: check the path`, { cause });
  }
}

/** The text of a file. @throws FileError where it cannot be read */
export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

/**
 * Writes a file that was not there, and its folder: whole or not at all, and readable by its owner alone.
 * @throws FileError where it is there already, or cannot be written; then nothing has changed
 */
export function writeNew(path: string, text: string): void {
  const draft = `${path}.${randomUUID()}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
    // Unlike a renaming, a link never takes the place of what is there.
    linkSync(draft, path);
  } catch (cause) {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    const message = isThere
      ? `${path} is there already: choose another name, or move it away`
      : `${path} cannot be written: choose a place that you can write to`;
    throw new FileError(message, { cause });
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * The bytes that a file holds: as they are, or written as PEM, as hexadecimal or in base 64. What people hand around
 * comes in all four, and none of them can be taken for another: what is binary here has bytes that no text has.
 * @throws FileError where it cannot be read
 */
export function readEncoded(path: string): Uint8Array {
  const bytes = readBytes(path);
  const text = bytes.every((byte) => byte < 0x80) ? Buffer.from(bytes).toString("latin1") : "";
  const [, pem] = /^-----BEGIN [A-Z ]+-----([^-]*)-----END [A-Z ]+-----\s*$/.exec(text) ?? [];
  const digits = (pem ?? text).replace(/\s/g, "");
  if (digits === "") return bytes;
  if (pem === undefined && /^(0x)?([0-9a-fA-F]{2})+$/.test(digits)) {
    return new Uint8Array(Buffer.from(digits.replace(/^0x/, ""), "hex"));
  }
  return /^[A-Za-z0-9+/]+={0,2}$/.test(digits) ? new Uint8Array(Buffer.from(digits, "base64")) : bytes;
}
