/** Models whose files are here, under the names that they were published under. */
import { logsIn } from "../chain/logs.ts";
import type { Hex } from "../core/bytes.ts";
import { type PublishedModel, weightsRoot } from "../core/model/commitment.ts";
import { parse } from "../core/model/file.ts";
import type { Reader } from "./connection.ts";
import { readText } from "./files.ts";

/**
 * The models of files, once for each of their publishers: a file does not say under whose name it was published.
 * @throws FileError, ModelFileError where one cannot be read; ChainError where the chain cannot be
 */
export async function publishedIn(
  { contracts, deployment }: Pick<Reader, "contracts" | "deployment">,
  files: readonly string[],
): Promise<PublishedModel[]> {
  if (files.length === 0) return [];
  const { models } = contracts;
  const events = await logsIn(contracts, deployment.block, async (from, to) =>
    models.queryFilter(models.filters.ModelPublished(), from, to),
  );
  return files.flatMap((file) => {
    const { model } = parse(readText(file));
    const root = weightsRoot(model);
    const publishers = events.filter(({ args }) => args.commitment === root).map(({ args }) => args.publisher);
    return [...new Set(publishers)].map((publisher) => ({ publisher: publisher.toLowerCase() as Hex, model }));
  });
}
