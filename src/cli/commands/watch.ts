import type { Command } from "commander";
import { confirmationsOf } from "../../chain/sender.ts";
import { toHex } from "../../core/bytes.ts";
import { isLoopback } from "../../native/fetch.ts";
import type { Report } from "../../watcher/report.ts";
import { runWatch } from "../../watcher/run.ts";
import { Watcher, type WatcherOptions } from "../../watcher/watcher.ts";
import { networkIn, type Sender, withSender } from "../connection.ts";
import { formatAddress, formatAmount, print, printable } from "../format.ts";
import { progress, type Shell } from "../io.ts";
import { publishedIn } from "../models.ts";
import { ending, sending, type SenderOptions } from "../options.ts";
import { parseCount, parseShare, type Unit } from "../parse.ts";

interface WatchOptions extends SenderOptions {
  readonly once?: boolean;
  readonly fromBlock?: number;
  readonly interval: number;
  readonly model?: readonly string[];
  readonly share: number;
  readonly patience: number;
  readonly store: string;
  readonly privateNodes?: boolean;
}

/** Adds `surety watch`. */
export function addWatch(program: Command, io: Shell): void {
  const watch = program
    .command("watch")
    .description(
      "follow what operators commit: compute it again, demand what is withheld, file evidence of what is wrong, claim",
    )
    .option("--model <file...>", "model files to compute answers again with")
    .option("--share <part>", "the part of the answers that is computed again, 0 to 1", parseShare, 1)
    .option("--patience <seconds>", "how long something may be missing before it is demanded", parseCount, 21_600)
    .option("--store <file>", "what it must not forget: its place, cases, deposits", "watcher.sqlite")
    .option("--private-nodes", "ask nodes at private addresses too (default: where the chain is this machine's own)")
    .option("--from-block <number>", "where a new store begins (default: the deployment's block)", parseCount)
    .option("--interval <seconds>", "how often to look", parseCount, 15)
    .option("--once", "look once, and end");
  ending(sending(watch), [
    "surety watch --model models/digits-8x8.json --network local",
    "surety watch --dry-run --from-block 1200000    # only look, once",
  ]).action(async (options: WatchOptions) =>
    withSender(options, io, async (sender) => {
      const parts = {
        reporter: sender.signer,
        deployment: sender.deployment,
        models: await publishedIn(sender, options.model ?? []),
        salt: () => toHex(io.random(32)),
        fetch: io.guardedFetch(options.privateNodes === true || networkIn(options).endpoints.every(isLoopback)),
      };
      if (sender.isDryRun) await look(sender, new Watcher(parts), options);
      else await run(sender, parts, options);
    }),
  );
}

/** Watches until it is stopped: whatever it did is a line, on stdout. */
async function run(sender: Sender, parts: WatcherOptions, options: WatchOptions): Promise<void> {
  const { io, signer, unit } = sender;
  const { once = false, fromBlock, interval, share, patience, store } = options;
  progress(io, `Watching; what it must not forget is in ${store}. Ctrl-C ends it.`);
  await io.uninterrupted(async () =>
    runWatch({
      ...parts,
      store,
      ...(fromBlock !== undefined && { fromBlock }),
      report: (line) => print(io, options, line, [describe(line, unit)]),
      terms: { share, patience: BigInt(patience), confirmations: confirmationsOf(signer) },
      once,
      pollMs: interval * 1_000,
      signal: io.signal,
    }),
  );
}

/** Looks once at all that was committed since a block, and sends nothing. */
async function look({ io, deployment }: Sender, watcher: Watcher, options: WatchOptions): Promise<void> {
  const from = options.fromBlock ?? deployment.block;
  progress(io, `Looking at what was committed since block ${from} ...`);
  const inspection = await watcher.inspect(from);
  const followUp = await watcher.followUp(from);
  const { batches, receipts, reexecuted } = inspection;
  const faults = [...inspection.findings, ...followUp.findings].map(({ operator, description }) => ({
    operator,
    description,
  }));
  const withheld = [...inspection.withheld, ...followUp.unread];
  print(io, options, { fromBlock: from, dryRun: true, batches, receipts, reexecuted, withheld, faults }, [
    `${batches} batches with ${receipts} receipts, ${reexecuted} of them computed again; ${faults.length} faults`,
    ...withheld.map((problem) => `· ${printable(problem)}`),
    ...faults.map(({ operator, description }) => `✗ ${formatAddress(operator)}: ${printable(description)}`),
    "Nothing was sent.",
  ]);
}

/** A line about a thing that was done, for people. */
function describe(line: Report, unit: Unit): string {
  const what = "description" in line ? `${formatAddress(line.operator)}: ${printable(line.description)}` : "";
  const batch = "root" in line ? `batch ${line.root} of ${formatAddress(line.operator)}` : "";
  switch (line.what) {
    case "followed":
      return `read up to block ${line.block}: ${line.batches} new batches${line.replaced === undefined ? "" : `, another chain from ${line.replaced} on`}`;
    case "inspected":
      return `${batch}: ${line.receipts} receipts, ${line.reexecuted} computed again, ${line.missing} missing`;
    case "withheld":
      return `· ${batch}: ${printable(line.problem)}`;
    case "found":
      return `✗ ${what}; to be brought by ${new Date(Number(line.closesAt) * 1_000).toISOString()}`;
    case "committed":
      return `evidence committed: ${what}`;
    case "convicted":
      return `✓ convicted: ${what}; slashed by ${formatAmount(line.verdict.slashed, unit)}, bounty ${formatAmount(line.verdict.bounty, unit)}`;
    case "beaten":
      return `somebody else was faster: ${what}`;
    case "lapsed":
      return `· evidence was not opened in time, and its deposit is lost: ${what}`;
    case "expired":
      return `· too late: ${what}`;
    case "refused":
      return `· ${line.court} refused: ${what}: ${printable(line.reason)}`;
    case "demanded":
      return `receipt ${line.sequence} of ${batch} demanded${line.isFirst ? "" : ", as others did before"}`;
    case "unread":
      return `· the answer to demand ${line.demand} is in no calldata that the endpoint shows`;
    case "claimed":
      return `✓ claimed ${formatAmount(line.awards, unit)} of awards, and ${line.coin} wei of deposits`;
    case "pruned":
      return `${line.batches} batches forgotten, of which nothing can come any more`;
    case "failed":
      return `· ${line.doing} failed, and is tried again: ${printable(line.message)}`;
  }
}
