import { readFileSync } from "node:fs";
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
