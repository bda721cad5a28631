import { readFacts } from "../chain/facts.ts";
import { bundleSchema, readText, write } from "../core/records.ts";
import { isValid, type Link, verifyBundle } from "../core/verify.ts";
import { withReader } from "./connection.ts";
import { readText as readFile } from "./files.ts";
import { formatLinks } from "./format.ts";
import type { ChainOptions } from "./options.ts";

/**
 * Checks a bundle's file, link by link.
 * @param source where the chain is, and which contracts on it the reader trusts; what lies there stays unchecked where left out
 * @throws FileError, RecordError, DeploymentError, ChainError
 */
export async function verifyFile(file: string, source?: ChainOptions): Promise<Link[]> {
  const bundle = readText(bundleSchema, readFile(file));
  if (source === undefined) return verifyBundle(bundle);
  return withReader(source, async ({ contracts, deployment }) =>
    verifyBundle(bundle, await readFacts(bundle, contracts, deployment)),
  );
}

/** What `surety verify` prints: a line of JSON, or a page for people. */
export function describeVerification(links: readonly Link[], { json = false }: { readonly json?: boolean }): string {
  if (json) return write({ valid: isValid(links), links });
  const failing = links.filter(({ status }) => status === "fails").map(({ name }) => name);
  const unchecked = links.filter(({ status }) => status === "unchecked").length;
  const verdict =
    failing.length > 0
      ? `INVALID: ${failing.join(", ")} ${failing.length === 1 ? "fails" : "fail"}.`
      : `Valid: ${links.length - unchecked} links hold${unchecked > 0 ? `, ${unchecked} could not be checked` : ""}.`;
  return [...formatLinks(links), "", verdict].join("\n");
}
