import { type DestinationStream, type Logger, pino } from "pino";

/** Where a log goes, and what it must not tell. */
export interface LogOptions {
  readonly level: string;
  /** Texts that never appear, as keys and tokens: `[secret]` stands in their place. */
  readonly secrets: readonly string[];
  /** Standard error where left out: standard output is for data. */
  readonly destination?: DestinationStream;
}

/** Fields that are left out wherever somebody logs a request or an order whole. */
const HIDDEN = [
  "authorization",
  "secret",
  "key",
  "apiKey",
  "password",
  "clientSignature",
  "operatorSignature",
  "signature",
  "input",
  "output",
  "context",
  "body",
  "headers",
].flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** More bytes than a hash has, as signatures, calldata and prompts in hexadecimal. */
const LONG_HEX = /0x[0-9a-f]{65,}/gi;

/** What of an address may hold a key: all that follows the host, and what precedes it. */
const ADDRESS = /\b(https?|wss?|postgres(?:ql)?):\/\/(?:[^\s/@"\\]*@)?([^\s/?#"\\]+)[^\s"\\]*/gi;

/**
 * A structured log, one JSON object a line, that tells no secrets: whatever somebody logs, and whatever stands in an
 * error's message, the line is searched for them before it is written.
 */
export function makeLog({ level, secrets, destination }: LogOptions): Logger {
  const forbidden = secrets.filter((secret) => secret !== "").flatMap((secret) => [secret, secret.replace(/^0x/, "")]);
  const streamWrite = (line: string) => {
    const plain = line.replace(LONG_HEX, "[bytes]").replace(ADDRESS, "$1://$2");
    return forbidden.reduce((text, secret) => text.replaceAll(secret, "[secret]"), plain);
  };
  const options = { level, redact: { paths: HIDDEN, remove: true }, hooks: { streamWrite }, base: null };
  return pino(options, destination ?? pino.destination({ dest: 2, sync: true }));
}
