import { SuretyError } from "../core/errors.ts";
import { type ServiceOptions, usualTerms, WatchService } from "./service.ts";

/** How a watcher is run from a command line; all that is left out is as `usualTerms` has it. */
export interface WatchConfig extends ServiceOptions {
  /** Whether one round is all: `--once`. */
  readonly once?: boolean;
  /** How long to wait between two rounds, in milliseconds. */
  readonly pollMs?: number;
  /** Ends the watcher: what is under way is finished, the rest is kept for the next time. */
  readonly signal?: AbortSignal;
}

/** What a watcher cannot be run with. */
export class WatchConfigError extends SuretyError {
  override readonly name = "WatchConfigError";
}

/** How long to wait between two rounds where nobody says otherwise, in milliseconds. */
const POLL_MS = 15_000;

/**
 * Runs a watcher until it is told to end: what has to be done on the chain is never kept waiting by nodes that are read.
 * @throws WatchConfigError where a term is out of its bounds
 * @throws StoreMismatchError where the store is another deployment's or reporter's
 * @throws ChainError where the chain cannot be reached at first; later that is reported, and tried again
 */
export async function runWatch(config: WatchConfig): Promise<void> {
  checkTerms({ ...usualTerms, ...config.terms });
  const { pollMs = POLL_MS } = config;
  const failure = new AbortController();
  const end = AbortSignal.any([failure.signal, ...(config.signal === undefined ? [] : [config.signal])]);
  const service = await WatchService.open(config);
  const lane = async (work: () => Promise<void>): Promise<void> => {
    try {
      while (!end.aborted) {
        await work();
        await pause(pollMs, end);
      }
    } finally {
      // Where one of them breaks, the other finishes what it has begun before the store is closed.
      failure.abort();
    }
  };
  try {
    if (config.once === true) {
      await service.round(end);
      return;
    }
    const lanes = [lane(async () => service.act()), lane(async () => service.inspect(end))];
    await Promise.allSettled(lanes);
    await Promise.all(lanes);
  } finally {
    service.close();
  }
}

function checkTerms({
  share,
  patience,
  reserve,
  budgetMs,
  parallel,
  confirmations,
  maxOpenDemands,
}: typeof usualTerms) {
  const bad = [
    ...(share >= 0 && share <= 1 ? [] : [`the share is a part from 0 to 1, not ${share}`]),
    ...(patience >= 0n && reserve >= 0n ? [] : ["patience and reserve are seconds, 0 or more"]),
    ...Object.entries({ budgetMs, parallel, confirmations, maxOpenDemands })
      .filter(([, value]) => !Number.isInteger(value) || value < 1)
      .map(([name, value]) => `${name} is a whole number from 1 on, not ${value}`),
  ];
  if (bad.length > 0) throw new WatchConfigError(bad.join("; "));
}

/** Lets some time pass, or less where it is to end. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, signal.aborted ? 0 : milliseconds);
    signal.addEventListener("abort", done);
  });
}
