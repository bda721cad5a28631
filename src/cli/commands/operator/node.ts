/** An operator's node, from the command line: served, or made to commit and settle once. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { Registry } from "prom-client";
import { domainsOf } from "../../../chain/deployment.ts";
import { listOperators } from "../../../chain/directory.ts";
import type { Hex } from "../../../core/bytes.ts";
import { addressOf } from "../../../core/signatures.ts";
import { CombinedEngine } from "../../../operator/engine.ts";
import { makeLog } from "../../../operator/log.ts";
import { OperatorNode, type Work } from "../../../operator/node.ts";
import { type ServiceConfig, startNode } from "../../../operator/service.ts";
import type { Settlement } from "../../../operator/settlement.ts";
import type { SqlJournal } from "../../../operator/sqlJournal.ts";
import { type Sender, withSender } from "../../connection.ts";
import { formatAmount, formatRows, print } from "../../format.ts";
import type { Io, Shell } from "../../io.ts";
import { ending, keystores, sending, type SenderOptions } from "../../options.ts";
import { toUnits } from "../../parse.ts";
import { readNodeConfig, tariffOf, tariffsOf } from "../../nodeConfig.ts";
import { type Engines, openEngines } from "../../nodeEngines.ts";
import { openNodeJournal } from "../../nodeJournal.ts";
import { nameOfMode } from "../model.ts";
import { requireRegistered } from "./bonding.ts";
import { openSigningKey, signing, type SigningOptions } from "./identity.ts";

/** Which node. */
export interface NodeFileOptions extends SigningOptions {
  readonly config: string;
}

type Options = SenderOptions & NodeFileOptions;

/** Adds what an operator does with its node. */
export function addNode(operator: Command, io: Shell): void {
  const work = (command: Command): Command =>
    sending(signing(command.option("--config <file>", "the node's file", "node.json")), keystores.operator);

  const serve = operator
    .command("serve")
    .description("run the node: serve, commit, settle and answer demands until Ctrl-C; its log is on stderr");
  ending(work(serve), [
    "surety operator serve --config node.json --network local",
    "surety operator serve --config node.json --dry-run    # is everything there, and ready to serve?",
  ]).action(async (options: Options) => withSender(options, io, async (sender) => serveNode(sender, options)));

  const commit = operator
    .command("commit")
    .description("commit what was served, once and by hand; the node does it by itself");
  ending(work(commit), ["surety operator commit --config node.json"]).action(async (options: Options) =>
    withSender(options, io, async (sender) => commitNow(sender, options)),
  );

  const settle = operator
    .command("settle")
    .description("commit what was served and settle what accounts owe, once and by hand; the node does it by itself");
  ending(work(settle), ["surety operator settle --config node.json"]).action(async (options: Options) =>
    withSender(options, io, async (sender) => settleNow(sender, options)),
  );
}

/** What becomes of a node that is opened. */
interface NodeWork<T> {
  /** Whether it is to compute answers: what was served is committed and settled whatever became of its models since. */
  readonly serves: boolean;
  readonly work: (config: ServiceConfig, endpoint: string | undefined) => Promise<T>;
}

/** Does work with a node as its file describes it, and closes its journal. @throws ConfigError, KeystoreError, ChainError */
async function withNode<T>(sender: Sender, options: NodeFileOptions, { serves, work }: NodeWork<T>): Promise<T> {
  const { contracts, deployment, unit, io } = sender;
  const file = readNodeConfig(options.config);
  const operator = file.operator ?? sender.address;
  await requireRegistered(sender, operator);
  const secret = await openSigningKey(options, io);
  const known = (await listOperators(contracts, deployment.block)).find((entry) => entry.operator === operator);
  const endpoint = file.endpoint ?? (known?.endpoint === "" ? undefined : known?.endpoint);
  const owner = { contracts, deployment, operator, signer: addressOf(secret), io };
  const engines = serves ? await openEngines(file, owner) : noEngines;
  let journal: SqlJournal | undefined;
  try {
    journal = await openNodeJournal(resolve(file.folder, file.journal), io);
    const config: ServiceConfig = {
      operator,
      secret,
      tariff: tariffOf(file.tariff, unit),
      tariffs: tariffsOf(file, unit),
      journal,
      settlement: {
        period: BigInt(file.settlement.period),
        unitsPerCoin: toUnits(file.settlement.unitsPerCoin, unit),
      },
      countsDelegatedCover: file.countsDelegatedCover,
      clock: io.clock,
      deployment,
      contracts,
      engines: engines.engines,
      http: {
        port: file.port,
        hostname: file.host,
        ...(endpoint !== undefined && { endpoint }),
        isProxied: file.isProxied,
        limits: file.limits,
      },
      intervals: file.intervals,
      log: makeLog({ level: file.logLevel, secrets: [secret], destination: { write: io.err } }),
      registry: new Registry(),
      monotonic: () => performance.now(),
    };
    return await work(config, endpoint);
  } finally {
    await journal?.close();
    await engines.close();
  }
}

const noEngines: Engines = { engines: [], close: async () => undefined };

/** Opens a node that serves nobody. */
async function openNode(config: ServiceConfig, endpoint: string | undefined): Promise<OperatorNode> {
  const { x402: _, ...options } = config;
  return OperatorNode.open({
    ...options,
    engine: new CombinedEngine(config.engines),
    domains: domainsOf(config.deployment),
    endpoint: endpoint ?? `http://${config.http.hostname}:${config.http.port}`,
  });
}

async function serveNode(sender: Sender, options: Options): Promise<void> {
  const { io } = sender;
  const work = async (config: ServiceConfig, endpoint: string | undefined): Promise<void> => {
    if (sender.isDryRun) {
      await showNode(sender, options, await openNode(config, endpoint));
      return;
    }
    await io.uninterrupted(async () => {
      const service = await startNode(config);
      const reasons = await service.node.unready();
      const offers = offersOf(config);
      print(io, options, { url: service.url, operator: config.operator, endpoint: endpoint ?? service.url, offers }, [
        `Serving at ${service.url}; Ctrl-C ends it.`,
        ...offers.map(({ modelId, mode }) => `  model ${modelId}, ${mode}`),
        ...reasons.map((reason) => `It would refuse requests now: ${reason}`),
      ]);
      await aborted(io);
      await service.stop();
    });
  };
  await withNode(sender, options, { serves: true, work });
}

/** Commits what was served. @throws ChainError where the chain refuses; called again it goes on */
async function commitNow(sender: Sender, options: NodeFileOptions & Pick<Options, "json">): Promise<void> {
  const work = async (config: ServiceConfig, endpoint: string | undefined): Promise<void> => {
    const node = await openNode(config, endpoint);
    if (sender.isDryRun) return showNode(sender, options, node);
    const done = await sender.io.uninterrupted(async () => node.commit());
    const { count, gas }: Work = done ?? { count: 0, gas: 0n };
    const line =
      count === 0 ? "Nothing to do: all that was served is committed." : `✓ ${count} receipts committed, ${gas} gas`;
    print(sender.io, options, { dryRun: false, count, gas }, [line]);
  };
  await withNode(sender, options, { serves: false, work });
}

/** Commits and settles. @throws ChainError where the chain refuses; called again it goes on */
export async function settleNow(sender: Sender, options: NodeFileOptions & Pick<Options, "json">): Promise<void> {
  const work = async (config: ServiceConfig, endpoint: string | undefined): Promise<void> => {
    const node = await openNode(config, endpoint);
    if (sender.isDryRun) return showNode(sender, options, node);
    const done = await sender.io.uninterrupted(async () => node.settle());
    print(sender.io, options, { dryRun: false, ...(done ?? { count: 0 }) }, describeSettlement(done, sender));
  };
  await withNode(sender, options, { serves: false, work });
}

function describeSettlement(done: Settlement | undefined, { unit }: Sender): string[] {
  if (done === undefined) return ["Nothing to do: nobody owes anything."];
  const { count, gas, left, collected, rewarded } = done;
  const amount = (value: bigint): string => formatAmount(value, unit);
  return [
    `✓ ${count} accounts settled, ${gas} gas`,
    ...(collected.amount > 0n ? [`✓ ${amount(collected.amount)} collected that came without a voucher`] : []),
    ...(rewarded.amount > 0n ? [`✓ ${amount(rewarded.amount)} brought to delegators`] : []),
    ...left.map(({ payer, client, owed, reason }) => `· ${payer} by ${client} still owes ${amount(owed)}: ${reason}`),
  ];
}

/** What a node would have to do, where it is to do nothing. */
async function showNode(sender: Sender, options: Pick<Options, "json">, node: OperatorNode): Promise<void> {
  const [status, reasons] = await Promise.all([node.status(), node.unready()]);
  const { nextSequence, uncommitted, unsettled, freeCover } = status;
  print(sender.io, options, { dryRun: true, ...status, ready: reasons.length === 0, reasons }, [
    ...formatRows([
      ["receipts so far", String(nextSequence)],
      ["not committed", String(uncommitted)],
      ["not settled", formatAmount(unsettled, sender.unit)],
      ["free cover", formatAmount(freeCover, sender.unit)],
      ["ready to serve", reasons.length === 0 ? "yes" : reasons.join("; ")],
    ]),
    "Nothing was sent.",
  ]);
}

function offersOf({ engines }: ServiceConfig): { readonly modelId: Hex; readonly mode: string }[] {
  return engines.flatMap(({ offers }) => offers.map(({ modelId, mode }) => ({ modelId, mode: nameOfMode(mode) })));
}

/** Waits for Ctrl-C. */
async function aborted({ signal }: Io): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
}
