import type { Command } from "commander";
import { ZeroAddress } from "ethers";
import { dataURIOf } from "../../../chain/batches.ts";
import { logsIn } from "../../../chain/logs.ts";
import { query } from "../../../chain/transactions.ts";
import type { Hex } from "../../../core/bytes.ts";
import { type Reader, withReader } from "../../connection.ts";
import { formatAddress, formatAmount, formatEnd, formatRows, formatTime, print, printable } from "../../format.ts";
import type { Shell } from "../../io.ts";
import { keystoreAddress } from "../../keystore.ts";
import { type AccountOptions, type ChainOptions, ending, keystores, owning, reading } from "../../options.ts";
import { parseAddress } from "../../parse.ts";
import { readStanding, standingRows } from "../../standing.ts";
import { openTickets } from "../../tickets.ts";

/** A signing key and when it is valid, in seconds: `from` inclusive, `until` exclusive. */
interface SigningKey {
  readonly key: Hex;
  readonly from: bigint;
  readonly until: bigint;
}

/** Adds `surety operator status`. */
export function addStatus(operator: Command, io: Shell): void {
  const status = operator
    .command("status")
    .description("how an operator stands: bond, cover, exposure, debt, tickets, keys, what it committed, its credit")
    .argument("[operator]", "its address; the keystore's where left out", parseAddress);
  ending(owning(reading(status), keystores.operator), ["surety operator status --network local"]).action(
    async (address: Hex | undefined, options: ChainOptions & AccountOptions) =>
      showStatus(address ?? keystoreAddress(options.keystore), options, io),
  );
}

async function showStatus(operator: Hex, options: ChainOptions, io: Shell): Promise<void> {
  await withReader(options, async (reader) => {
    const standing = await readStanding(reader, operator);
    const { ledger, escrow, bonds } = reader.contracts;
    const [tickets, keys, models, batches] = await Promise.all([
      openTickets(reader, { operator, owner: operator }),
      readKeys(reader, operator),
      readModels(reader, operator),
      dataURIOf(reader.contracts, operator),
    ]);
    const [committed, commits, settles, earned, awards] = await query(async () =>
      Promise.all([
        ledger.nextSequence(operator),
        ledger.agentOf(operator),
        escrow.agentOf(operator),
        escrow.earningsOf(operator),
        bonds.awardsOf(operator),
      ]),
    );
    const amount = (value: bigint): string => formatAmount(value, reader.unit);
    const agents = [...new Set([commits, settles])].filter((agent) => agent !== ZeroAddress);
    print(
      io,
      options,
      { ...standing, unit: reader.unit, tickets, keys, models, committed, agents, earned, awards, batches },
      formatRows([
        ...standingRows(standing, reader.unit),
        ["earned, to withdraw", amount(earned)],
        ["awards to claim", amount(awards)],
        ["receipts committed", `${committed}${batches === "" ? "" : `, published under ${printable(batches)}`}`],
        ...agents.map((agent) => ["agent", formatAddress(agent)] as const),
        ...keys.map(({ key, from, until }) => {
          return ["signing key", `${formatAddress(key)} from ${formatTime(from)}, ${formatEnd(until)}`] as const;
        }),
        ...models.map((id) => ["serves", id] as const),
        ...tickets.map(({ ticket, maturesAt }) => ["ticket", `${ticket}, from ${formatTime(maturesAt)} on`] as const),
      ]),
    );
  });
}

async function readKeys({ contracts, deployment }: Reader, operator: Hex): Promise<SigningKey[]> {
  const { keys } = contracts;
  const events = await logsIn(contracts, deployment.block, async (from, to) =>
    keys.queryFilter(keys.filters.KeyRegistered(operator), from, to),
  );
  return query(async () =>
    Promise.all(
      events.map(async ({ args }) => {
        const { validFrom, validUntil } = await keys.get(args.key);
        return { key: args.key.toLowerCase() as Hex, from: validFrom, until: validUntil };
      }),
    ),
  );
}

/** The models that an operator says it serves. */
async function readModels({ contracts, deployment }: Reader, operator: Hex): Promise<Hex[]> {
  const { models } = contracts;
  const events = await logsIn(contracts, deployment.block, async (from, to) =>
    models.queryFilter(models.filters.ServingSet(operator), from, to),
  );
  const ids = [...new Set(events.map(({ args }) => args.modelId as Hex))];
  const isServed = await query(async () => Promise.all(ids.map(async (id) => models.isServing(operator, id))));
  return ids.filter((_, index) => isServed[index] === true);
}
