import type { Hex } from "../core/bytes.ts";
import type { ModelOpening } from "../core/model/opening.ts";
import type { Contracts } from "./contracts.ts";
import { textOf } from "./text.ts";
import { query } from "./transactions.ts";

/** A model as it was published: what its id is made of, and where its publisher says that it is; empty where it says nothing. */
export interface Publication {
  readonly opening: ModelOpening;
  readonly uri: string;
}

/** A model as it was published; undefined where nobody has published it. @throws ChainError where the chain cannot be read */
export async function publicationOf(
  { models }: Contracts,
  modelId: Hex,
  fromBlock: number,
): Promise<Publication | undefined> {
  const [event] = await query(() => models.queryFilter(models.filters.ModelPublished(modelId), fromBlock));
  if (event === undefined) return undefined;
  const { publisher, commitment, spec } = event.args;
  const opening = { publisher: publisher.toLowerCase() as Hex, commitment: commitment as Hex, spec: spec as Hex };
  return { opening, uri: textOf(() => event.args.metadataURI) };
}
