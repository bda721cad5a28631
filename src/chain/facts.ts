import type { Provider } from "ethers";
import type { Hex } from "../core/bytes.ts";
import type { Bundle } from "../core/records.ts";
import { receiptHash } from "../core/typedData.ts";
import type { ChainFacts } from "../core/verify.ts";
import type { Contracts } from "./contracts.ts";
import { type Deployment, domainsOf } from "./deployment.ts";
import { ChainError } from "./errors.ts";
import { query } from "./transactions.ts";

/** The time of the latest block, in seconds. @throws ChainError where the chain cannot be read */
export async function chainTime(contracts: Contracts): Promise<bigint> {
  const block = await query(async () => providerOf(contracts).getBlock("latest"));
  if (block === null) throw new ChainError("NoBlock", "the chain has no block yet");
  return BigInt(block.timestamp);
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

/** Reads what the chain says of a bundle. @throws ChainError where the chain cannot be read */
export async function readFacts(bundle: Bundle, contracts: Contracts, deployment: Deployment): Promise<ChainFacts> {
  const { record, inclusion } = bundle;
  const { receipt, request } = record;
  return query(async () => {
    const [batch, key, model, account, convicted] = await Promise.all([
      inclusion ? contracts.ledger.batch(receipt.operator, inclusion.root) : undefined,
      contracts.keys.get(receipt.signer),
      contracts.models.get(request.order.modelId),
      contracts.escrow.account(request.payer, receipt.operator, receipt.client),
      contracts.validityCourt.isPunished(receiptHash(receipt)),
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
    };
  });
}
