import type { Contracts } from "./contracts.ts";
import type { Deployment } from "./deployment.ts";
import { download, type Fetch, NodeError } from "./http.ts";
import { publicationOf } from "./models.ts";
import type { Hex } from "../core/bytes.ts";
import { SuretyError } from "../core/errors.ts";
import { modelId, type PublishedModel } from "../core/model/commitment.ts";
import { ModelFileError, parse } from "../core/model/file.ts";

/** Weights that an answer is to be computed again with, and that are not to be had. */
export class ModelUnavailableError extends SuretyError {
  override readonly name = "ModelUnavailableError";

  constructor(modelId: Hex, why: string, options?: ErrorOptions) {
    super(
      `the weights of model ${modelId} are not to be had: ${why}. Pass them in models, or set recheck to 0`,
      options,
    );
  }
}

interface WeightsOptions {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  readonly fetch: Fetch;
  /** Models that are here already. */
  readonly models: readonly PublishedModel[];
}

/** The weights of models that anyone may run: those that were passed in, and those that their publishers show. */
export class Weights {
  readonly #options: WeightsOptions;
  readonly #models: Map<Hex, Promise<PublishedModel>>;

  constructor(options: WeightsOptions) {
    this.#options = options;
    this.#models = new Map(
      options.models.map((known) => [modelId(known.publisher, known.model), Promise.resolve(known)]),
    );
  }

  /**
   * A model whose weights give this id: whatever its publisher shows, the id is recomputed.
   * @throws ModelUnavailableError where nobody shows it
   * @throws ChainError where the chain cannot be read
   */
  async get(id: Hex): Promise<PublishedModel> {
    const known = this.#models.get(id);
    if (known !== undefined) return known;
    const fetched = this.#fetch(id);
    this.#models.set(id, fetched);
    try {
      return await fetched;
    } catch (cause) {
      this.#models.delete(id);
      throw cause;
    }
  }

  /** The same; undefined where nobody shows it. @throws ChainError where the chain cannot be read */
  async find(id: Hex): Promise<PublishedModel | undefined> {
    try {
      return await this.get(id);
    } catch (cause) {
      if (!(cause instanceof ModelUnavailableError)) throw cause;
      return undefined;
    }
  }

  async #fetch(id: Hex): Promise<PublishedModel> {
    const { contracts, deployment, fetch } = this.#options;
    const publication = await publicationOf(contracts, id, deployment.block);
    if (publication === undefined) throw new ModelUnavailableError(id, "nobody has published it");
    const { opening, uri } = publication;
    if (uri === "") throw new ModelUnavailableError(id, "its publisher does not say where they are");
    try {
      const found = { publisher: opening.publisher, model: parse(await download(fetch, uri)).model };
      if (modelId(found.publisher, found.model) === id) return found;
    } catch (cause) {
      if (!(cause instanceof NodeError || cause instanceof ModelFileError)) throw cause;
      throw new ModelUnavailableError(id, cause.message, { cause });
    }
    throw new ModelUnavailableError(id, `what its publisher shows at ${uri} is another model`);
  }
}
