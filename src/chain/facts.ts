import { type BlockTag, keccak256, type Provider } from "ethers";
import type { Hex } from "../core/bytes.ts";
import { attestsKey } from "../core/enclave/kinds.ts";
import { type EnclaveFacts, type Findings, provenKeyHash } from "../core/execution.ts";
import { type ModelOpening, openedId } from "../core/model/opening.ts";
import { NO_PROOF } from "../core/proofs.ts";
import type { QuoteTerms } from "../core/quotes.ts";
import type { Bundle, Record } from "../core/records.ts";
import { Mode, receiptHash } from "../core/typedData.ts";
import type { ChainFacts } from "../core/verify.ts";
import { isFaulty, proofEvidence } from "./checkers.ts";
import type { Contracts } from "./contracts.ts";
import { type Deployment, domainsOf } from "./deployment.ts";
import { ChainError, isUnread } from "./errors.ts";
import { confirmationsOf } from "./sender.ts";
import { query } from "./transactions.ts";

/** The time of the latest block, in seconds. @throws ChainError where the chain cannot be read */
export async function chainTime(contracts: Contracts): Promise<bigint> {
  const block = await query(async () => providerOf(contracts).getBlock("latest"));
  if (block === null) throw new ChainError("NoBlock", "the chain has no block yet");
  return BigInt(block.timestamp);
}

/**
 * The newest block that is certain: as many lie on it as whoever sends through the contracts waits for.
 * @throws ChainError where the chain cannot be read
 */
export async function certainBlock(contracts: Contracts): Promise<BlockTag> {
  const confirmations = confirmationsOf(contracts.ledger.runner);
  if (confirmations === 1) return "latest";
  return Math.max((await query(async () => providerOf(contracts).getBlockNumber())) - confirmations + 1, 0);
}

/** What a unit of gas costs now, in wei. @throws ChainError where the chain cannot be read */
export async function gasPriceOf(contracts: Contracts): Promise<bigint> {
  const { gasPrice } = await query(async () => providerOf(contracts).getFeeData());
  if (gasPrice === null) throw new ChainError("NoGasPrice", "the chain does not say what gas costs");
  return gasPrice;
}

/** What the contracts are read through. @throws ChainError where there is none */
export function providerOf({ ledger }: Contracts): Provider {
  const provider = ledger.runner?.provider;
  if (!provider)
    throw new ChainError("NoProvider", "the contracts are behind no provider: connect their signer to one");
  return provider;
}

/** The hash of the code of the deployment's own verifier, which the specs of snark models name. @throws ChainError */
export async function irisVerifierHash(contracts: Contracts, deployment: Deployment): Promise<Hex> {
  return keccak256(await query(async () => providerOf(contracts).getCode(deployment.contracts.irisVerifier))) as Hex;
}

/** Reads what the chain says of a bundle. @throws ChainError where the chain cannot be read */
export async function readFacts(bundle: Bundle, contracts: Contracts, deployment: Deployment): Promise<ChainFacts> {
  const { record, inclusion } = bundle;
  const { receipt, request } = record;
  return query(async () => {
    const [batch, key, model, account, convicted, silent, findings] = await Promise.all([
      inclusion ? contracts.ledger.batch(receipt.operator, inclusion.root) : undefined,
      contracts.keys.get(receipt.signer),
      contracts.models.get(request.order.modelId),
      contracts.escrow.account(request.payer, receipt.operator, receipt.client),
      contracts.validityCourt.isPunished(receiptHash(receipt)),
      isSilent(bundle, contracts),
      readFindings(bundle, contracts),
    ]);
    return {
      domains: domainsOf(deployment),
      batch:
        batch === undefined || batch.count === 0n
          ? undefined
          : { firstSequence: batch.firstSequence, count: batch.count, committedAt: batch.committedAt },
      key: { operator: key.operator.toLowerCase() as Hex, validFrom: key.validFrom, validUntil: key.validUntil },
      model: { publisher: model.publisher.toLowerCase() as Hex, modes: Number(model.modes) },
      settled: account.settled,
      convicted,
      silent,
      ...findings,
    };
  });
}

/** Whether silence about a receipt, or about its payload, was punished. */
async function isSilent({ record: { receipt }, inclusion }: Bundle, { disclosureCourt: court }: Contracts) {
  const asked = [
    court.payloadDemandId(receiptHash(receipt)),
    ...(inclusion ? [court.receiptDemandId(receipt.operator, inclusion.root, receipt.sequence)] : []),
  ];
  const punished = await Promise.all(asked.map(async (id) => court.isPunished(await id)));
  return punished.includes(true);
}

/** What the chain says of an answer that is believed by a proof, where the bundle opens its model. */
async function readFindings({ record, model }: Bundle, contracts: Contracts): Promise<Findings> {
  const { mode, modelId } = record.request.order;
  if (model === undefined || !("commitment" in model) || openedId(model) !== modelId) return {};
  if (mode === Mode.enclave) return { enclave: await readEnclave(record, model, contracts) };
  if (mode !== Mode.snark) return {};
  try {
    return { isProven: !(await isFaulty(contracts, record, proofEvidence(model, record))) };
  } catch (cause) {
    // What the checker does not take for the receipt's is no evidence against it: another link fails.
    if (cause instanceof ChainError && !isUnread(cause)) return {};
    throw cause;
  }
}

async function readEnclave(
  { request, receipt, proof }: Record,
  { spec }: ModelOpening,
  contracts: Contracts,
): Promise<EnclaveFacts> {
  const { keys, models } = contracts;
  const { operator, signer, issuedAt } = receipt;
  const isKey = attestsKey(spec);
  const measurement = isKey ? ((await keys.measurementOf(signer)) as Hex) : (provenKeyHash(proof) ?? NO_PROOF);
  const [isRegistered, isAllowed] = await Promise.all([
    // Whose the signing key was, and when, is another link.
    isKey ? measurement !== NO_PROOF : keys.isRsaKeyValidAt(operator, measurement, issuedAt),
    models.isMeasurementAllowedAt(request.order.modelId, measurement, issuedAt),
  ]);
  return { measurement, isRegistered, isAllowed, quoted: await readQuoteTerms(contracts, signer) };
}

/** By what a key's quote was verified, and when. */
async function readQuoteTerms({ keys, collateral }: Contracts, key: Hex): Promise<QuoteTerms> {
  const [x, y, { validFrom }, { chainId, verifyingContract }] = await Promise.all([
    collateral.rootX(),
    collateral.rootY(),
    keys.get(key),
    keys.eip712Domain(),
  ]);
  return {
    root: { x: x as Hex, y: y as Hex },
    keys: { chainId, contract: verifyingContract.toLowerCase() as Hex },
    registeredAt: validFrom,
  };
}
