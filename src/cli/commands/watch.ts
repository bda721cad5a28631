import type { Command } from "commander";
import { ChainError, isUnread } from "../../chain/errors.ts";
import type { Finding } from "../../chain/judge.ts";
import type { Verdict } from "../../chain/prosecution.ts";
import { query } from "../../chain/transactions.ts";
import { providerOf } from "../../chain/facts.ts";
import { type Hex, toHex } from "../../core/bytes.ts";
import { Watcher } from "../../watcher/watcher.ts";
import { type Sender, withSender } from "../connection.ts";
import { formatAddress, formatAmount, print, printable } from "../format.ts";
import { type Io, InterruptedError, progress, type Shell } from "../io.ts";
import { publishedIn } from "../models.ts";
import { ending, sending, type SenderOptions } from "../options.ts";
import { parseCount } from "../parse.ts";

interface WatchOptions extends SenderOptions {
  readonly once?: boolean;
  readonly fromBlock?: number;
  readonly interval: number;
  readonly model?: readonly string[];
}

/** What a round saw and did. */
interface Round {
  readonly batches: number;
  readonly receipts: number;
  readonly checked: number;
  /** What could not be inspected, and why. */
  readonly withheld: readonly string[];
  readonly demanded: number;
  readonly faults: readonly Fault[];
}

/** A fault, and what came of it: the verdict, or why there is none. */
interface Fault {
  readonly operator: Hex;
  readonly description: string;
  readonly verdict?: Verdict;
  readonly problem?: string;
}

/** Adds `surety watch`. */
export function addWatch(program: Command, io: Shell): void {
  const watch = program
    .command("watch")
    .description(
      "follow what operators commit: compute it again, demand what is withheld, file evidence of what is wrong",
    )
    .option("--once", "look once, and end")
    .option("--from-block <number>", "where to begin (default: the deployment's)", parseCount)
    .option("--interval <seconds>", "how often to look", parseCount, 60)
    .option("--model <file...>", "model files to compute answers again with");
  ending(sending(watch), [
    "surety watch --model models/digits-8x8.json --network local",
    "surety watch --once --dry-run --from-block 1200000    # only look",
  ]).action(async (options: WatchOptions) =>
    withSender(options, io, async (sender) => {
      const watcher = new Watcher({
        reporter: sender.signer,
        deployment: sender.deployment,
        models: await publishedIn(sender, options.model ?? []),
        salt: () => toHex(io.random(32)),
        fetch: io.fetch,
      });
      await follow(sender, watcher, options);
    }),
  );
}

/** Looks again and again, until it is stopped. What cannot be read now is looked at the next time. */
async function follow(sender: Sender, watcher: Watcher, options: WatchOptions): Promise<void> {
  const { io, contracts, deployment } = sender;
  const start = options.fromBlock ?? deployment.block;
  let from = start;
  for (;;) {
    try {
      const head = await query(() => providerOf(contracts).getBlockNumber());
      const round = await io.uninterrupted(async () => look(sender, watcher, { from, start }));
      print(
        io,
        options,
        { fromBlock: from, toBlock: head, dryRun: sender.isDryRun, ...round },
        describe(round, sender),
      );
      from = head + 1;
    } catch (cause) {
      if (options.once === true || !(cause instanceof ChainError && isUnread(cause))) throw cause;
      io.err(`${cause.message}; the next try is in ${options.interval} s\n`);
    }
    if (options.once === true) return;
    await pause(io, options.interval * 1_000);
  }
}

/** @param start demands are followed up from here on: what was demanded long ago may be due by now */
async function look(
  { io, isDryRun }: Sender,
  watcher: Watcher,
  { from, start }: { readonly from: number; readonly start: number },
): Promise<Round> {
  progress(io, `Looking at what was committed since block ${from} ...`);
  const inspection = await watcher.inspect(from);
  const demands = isDryRun ? [] : await watcher.demand(inspection);
  const followUp = await watcher.followUp(start);
  const faults: Fault[] = [];
  for (const finding of [...inspection.findings, ...followUp.findings]) {
    faults.push(await prosecute(watcher, finding, isDryRun));
  }
  return {
    batches: inspection.batches,
    receipts: inspection.receipts,
    checked: inspection.reexecuted,
    withheld: [...inspection.withheld, ...followUp.unread],
    demanded: demands.length,
    faults,
  };
}

async function prosecute(watcher: Watcher, finding: Finding, isDryRun: boolean): Promise<Fault> {
  const { operator, description } = finding;
  if (isDryRun) return { operator, description, problem: "nothing is sent" };
  try {
    const verdict = await watcher.prosecute(finding);
    return { operator, description, ...(verdict === undefined ? { problem: "it was punished before" } : { verdict }) };
  } catch (cause) {
    if (!(cause instanceof ChainError) || isUnread(cause)) throw cause;
    return { operator, description, problem: cause.message };
  }
}

function describe(round: Round, { unit, isDryRun }: Sender): string[] {
  const { batches, receipts, checked, withheld, demanded, faults } = round;
  return [
    `${batches} batches with ${receipts} receipts, ${checked} of them checked; ${demanded} demanded, ${faults.length} faults`,
    ...withheld.map((problem) => `· ${printable(problem)}`),
    ...faults.map(({ operator, description, verdict, problem }) => {
      const what = `✗ ${formatAddress(operator)}: ${printable(description)}`;
      if (verdict === undefined) return `${what}; ${problem ?? "no verdict"}`;
      return `${what}; slashed by ${formatAmount(verdict.slashed, unit)}, bounty ${formatAmount(verdict.bounty, unit)}`;
    }),
    ...(isDryRun ? ["Nothing was sent."] : []),
  ];
}

/** Waits, or stops. @throws InterruptedError */
async function pause({ signal }: Io, milliseconds: number): Promise<void> {
  await new Promise<void>((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
  if (signal.aborted) throw new InterruptedError();
}
