import { JsonRpcProvider } from "ethers";
import { connect } from "../chain/contracts.ts";
import { parseDeployment } from "../chain/deployment.ts";
import { ChainError } from "../chain/errors.ts";
import { readFacts } from "../chain/facts.ts";
import { query } from "../chain/transactions.ts";
import { type Bundle, bundleSchema, readText, write } from "../core/records.ts";
import { type ChainFacts, isValid, type Link, verifyBundle } from "../core/verify.ts";
import { readText as readFile } from "./files.ts";
import { formatLinks } from "./format.ts";

/** Where the chain is read, and which contracts on it the reader trusts. */
export interface ChainSource {
  readonly rpc: string;
  /** A deployment file. */
  readonly deployment: string;
}

/** Checks a bundle file, against the chain too where a source is given. @throws FileError, RecordError, ChainError */
export async function verifyFile(file: string, source?: ChainSource): Promise<Link[]> {
  const bundle = readText(bundleSchema, readFile(file));
  return verifyBundle(bundle, source && (await fetchFacts(bundle, source)));
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

async function fetchFacts(bundle: Bundle, { rpc, deployment: path }: ChainSource): Promise<ChainFacts> {
  const deployment = parseDeployment(readFile(path));
  const provider = new JsonRpcProvider(rpc, deployment.chainId, { staticNetwork: true });
  try {
    const chainId = BigInt((await query(() => provider.send("eth_chainId", []))) as string);
    if (chainId !== deployment.chainId) {
      throw new ChainError("WrongChain", `${rpc} is chain ${chainId}, the deployment is on ${deployment.chainId}`);
    }
    return await readFacts(bundle, connect(deployment, provider), deployment);
  } finally {
    provider.destroy();
  }
}
