/** Who offers what, at which price, and how it stands. */
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { listOperators, type OperatorEntry, type OperatorStanding, readStandings } from "../chain/directory.ts";
import { type Fetch, NodeError } from "../chain/http.ts";
import { fromHex, type Hex } from "../core/bytes.ts";
import { type Candidate, type Choice, chooseOperators } from "../core/choice.ts";
import { ModelError } from "../core/model/model.ts";
import { decodeSpec } from "../core/model/spec.ts";
import type { Offer } from "../core/records.ts";
import { decodeSnarkSpec } from "../core/snark.ts";
import { tariffPrice } from "../core/terms.ts";
import { Mode } from "../core/typedData.ts";
import { type Attempt, UsageError } from "./errors.ts";
import { fetchOffer } from "./offers.ts";

/** An operator with what it offers and how it stands. */
export interface OperatorProfile extends OperatorEntry, OperatorStanding {
  readonly offer: Offer;
}

/** What is looked for: a model in a mode, for a question of so many units. */
export interface Demand {
  readonly modelId: Hex;
  readonly mode: number;
  readonly inputUnits: number;
  /** As many as the model's shape says where left out. */
  readonly outputUnits: number | undefined;
  readonly maxPrice: bigint | undefined;
  /** No other operator will do. */
  readonly operator: Hex | undefined;
}

/** Who is to be asked, the best first; who is not, and who does not even say what it offers. */
export interface Selection extends Choice {
  readonly attempts: readonly Attempt[];
  /** By operator. */
  readonly places: ReadonlyMap<Hex, Place>;
}

/** Where a question goes. */
export interface Place {
  readonly endpoint: string;
  readonly offer: Offer;
  readonly outputUnits: number;
  /** What the question costs at most, in the token's smallest unit. */
  readonly price: bigint;
}

interface MarketOptions {
  readonly contracts: Contracts;
  readonly deployment: Deployment;
  readonly fetch: Fetch;
  /** The time, in seconds. */
  readonly clock: () => bigint;
}

/** How long what was read of the market is good for, in seconds. */
const FRESH = 60n;

/** The operators of a deployment, as they present themselves and as the chain knows them. */
export class Market {
  readonly #options: MarketOptions;
  #snapshot: { readonly at: bigint; readonly reading: Promise<Snapshot> } | undefined;

  constructor(options: MarketOptions) {
    this.#options = options;
  }

  /** Everyone whose node answers. @throws ChainError where the chain cannot be read */
  async operators(): Promise<readonly OperatorProfile[]> {
    return (await this.#read()).profiles;
  }

  /** Where nodes are said to be. @throws ChainError where the chain cannot be read */
  async directory(): Promise<readonly OperatorEntry[]> {
    return (await this.#read()).entries;
  }

  /**
   * Ranks who can answer a question.
   * @throws UsageError where nothing says how many units an answer has
   * @throws ChainError where the chain cannot be read
   */
  async select(demand: Demand): Promise<Selection> {
    const { profiles, silent } = await this.#read();
    const isWanted = ({ operator }: { readonly operator: Hex }) =>
      demand.operator === undefined || demand.operator === operator;
    const candidates: Candidate[] = [];
    const places = new Map<Hex, Place>();
    for (const { operator, endpoint, offer, credit, cap, exposed } of profiles.filter(isWanted)) {
      const terms = offer.models.find(({ modelId, mode }) => modelId === demand.modelId && mode === demand.mode);
      if (terms === undefined) continue;
      const outputUnits = demand.outputUnits ?? unitsOfAnswer(demand.mode, terms.opening.spec);
      const price = tariffPrice(terms, { inputUnits: demand.inputUnits, outputUnits });
      candidates.push({ operator, price, credit, room: cap > exposed ? cap - exposed : 0n });
      places.set(operator, { endpoint, offer, outputUnits, price });
    }
    const choice = chooseOperators(candidates, demand.maxPrice);
    const excluded = choice.excluded.map(({ operator, reason, why }) => ({ operator, reason, message: why }));
    return { ...choice, places, attempts: [...silent.filter(isWanted), ...excluded] };
  }

  /** Has the market read anew the next time. */
  refresh(): void {
    this.#snapshot = undefined;
  }

  async #read(): Promise<Snapshot> {
    const now = this.#options.clock();
    if (this.#snapshot !== undefined && now - this.#snapshot.at <= FRESH) return this.#snapshot.reading;
    const snapshot = { at: now, reading: this.#survey() };
    this.#snapshot = snapshot;
    try {
      return await snapshot.reading;
    } catch (cause) {
      if (this.#snapshot === snapshot) this.#snapshot = undefined;
      throw cause;
    }
  }

  async #survey(): Promise<Snapshot> {
    const { contracts, deployment } = this.#options;
    const entries = await listOperators(contracts, deployment.block);
    const silent: Attempt[] = [];
    const offers = await Promise.all(
      entries.map(async (entry) => {
        try {
          return { ...entry, offer: await fetchOffer(entry, this.#options) };
        } catch (cause) {
          if (!(cause instanceof NodeError)) throw cause;
          silent.push({ operator: entry.operator, reason: cause.reason, message: cause.message });
          return undefined;
        }
      }),
    );
    const answering = offers.filter((offer) => offer !== undefined);
    const standings = await readStandings(
      contracts,
      answering.map(({ operator }) => operator),
    );
    const profiles = answering.flatMap((entry, index) => {
      const standing = standings[index];
      return standing === undefined ? [] : [{ ...entry, ...standing }];
    });
    return { entries, profiles, silent };
  }
}

interface Snapshot {
  readonly entries: readonly OperatorEntry[];
  readonly profiles: readonly OperatorProfile[];
  /** Whose node does not say what it offers, and why. */
  readonly silent: readonly Attempt[];
}

/** How many logits a model gives, by its spec. @throws UsageError where its spec does not say it */
function unitsOfAnswer(mode: number, spec: Hex): number {
  try {
    if (mode === Mode.snark) return decodeSnarkSpec(fromHex(spec)).logits;
    return decodeSpec(fromHex(spec)).widths.at(-1) ?? 0;
  } catch (cause) {
    if (!(cause instanceof ModelError)) throw cause;
    throw new UsageError("nothing says how many units an answer of this model has: pass outputUnits", { cause });
  }
}
