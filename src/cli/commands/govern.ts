import type { Command } from "commander";
import { AccessManager__factory } from "../../../typechain-types/index.ts";
import { viewOf } from "../../chain/check/view.ts";
import { providerOf } from "../../chain/facts.ts";
import { describeCall, scheduledCalls, writeCall } from "../../chain/governance.ts";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { act, eventsIn, type Plan } from "../act.ts";
import { type Sender, withReader } from "../connection.ts";
import { formatAddress, formatDuration, formatTime, print } from "../format.ts";
import type { Shell } from "../io.ts";
import { type ChainOptions, ending, reading, sending, type SenderOptions } from "../options.ts";
import { parseAddress, parseWhole } from "../parse.ts";

/** How long the authority lets what was scheduled be executed, in seconds. */
const EXPIRATION = 604_800n;

/** A call as it is typed. */
interface Typed {
  readonly name: string;
  readonly values: readonly string[];
}

/** Adds `surety govern`. */
export function addGovern(program: Command, io: Shell): void {
  const govern = program.command("govern").description("change parameters and roles: propose, wait, execute; suspend");

  addCall(govern, "propose", "schedule a call of governance's: it can be executed after governance's delay");
  ending(sending(last()), [
    "surety govern propose escrow.setProtocolFee 250",
    "surety govern propose bonds.removeSlasher validityCourt",
    "surety govern propose authority.revokeRole 1 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --dry-run",
  ]).action(async (name: string, values: string[], options: SenderOptions) =>
    act(options, io, async (sender) => proposePlan(sender, { name, values })),
  );

  addCall(govern, "execute", "execute what you scheduled, between the end of its delay and a week after it");
  ending(sending(last()), ["surety govern execute escrow.setProtocolFee 250"]).action(
    async (name: string, values: string[], options: SenderOptions) =>
      act(options, io, async (sender) => executePlan(sender, { name, values })),
  );

  addCall(govern, "cancel", "take back what was scheduled: who scheduled it may, or anybody who governs");
  const by = last().option("--by <address>", "who scheduled it (default: the account)", parseAddress);
  ending(sending(by), ["surety govern cancel escrow.setProtocolFee 250"]).action(
    async (name: string, values: string[], options: SenderOptions & { readonly by?: Hex }) =>
      act(options, io, async (sender) => cancelPlan(sender, { name, values }, options.by)),
  );

  ending(reading(govern.command("list").description("what is scheduled and waits, or can be executed")), [
    "surety govern list --network base-sepolia",
  ]).action(async (options: ChainOptions) => listScheduled(options, io));

  const suspend = govern
    .command("suspend")
    .description(
      "the guardian's: bonds stand still, neither entered nor withdrawn nor slashed; claims and settlement go on",
    )
    .argument("<seconds>", "for how long: a week (604800) at most; it ends by itself", parseWhole);
  ending(sending(suspend), ["surety govern suspend 604800"]).action(async (length: bigint, options: SenderOptions) =>
    act(options, io, async (sender) => suspendPlan(sender, length)),
  );

  function last(): Command {
    const command = govern.commands.at(-1);
    if (command === undefined) throw new RangeError("a command expected");
    return command;
  }
}

function addCall(govern: Command, name: string, description: string): void {
  govern
    .command(name)
    .description(description)
    .argument("<function>", "a contract of the deployment file, a point, a function: escrow.setProtocolFee")
    .argument("[values...]", "its arguments; contracts may be named, lists and structs are JSON");
}

async function proposePlan(sender: Sender, { name, values }: Typed): Promise<Plan> {
  const { authority, call, what } = asked(sender, { name, values });
  return {
    steps: [
      {
        what: `propose ${what}`,
        transaction: async () => authority.schedule.populateTransaction(call.to, call.data, 0n),
      },
    ],
    tell: (outcomes) => {
      const [event] = eventsIn(outcomes, authority.interface, "OperationScheduled");
      if (event === undefined) return { data: { what }, lines: [] };
      const from = event.getValue("schedule") as bigint;
      const until = from + EXPIRATION;
      return {
        data: { what, from, until },
        lines: [`To be executed from ${formatTime(from)} until ${formatTime(until)}.`],
      };
    },
  };
}

async function executePlan(sender: Sender, typed: Typed): Promise<Plan> {
  const { authority, call, what } = asked(sender, typed);
  const transaction = async () => authority.execute.populateTransaction(call.to, call.data);
  return { steps: [{ what: `execute ${what}`, transaction }], tell: () => ({ data: { what }, lines: [] }) };
}

async function cancelPlan(sender: Sender, typed: Typed, by: Hex = sender.address): Promise<Plan> {
  const { authority, call, what } = asked(sender, typed);
  const transaction = async () => authority.cancel.populateTransaction(by, call.to, call.data);
  return { steps: [{ what: `cancel ${what}`, transaction }], tell: () => ({ data: { what }, lines: [] }) };
}

async function suspendPlan({ contracts: { bonds } }: Sender, length: bigint): Promise<Plan> {
  const what = `suspend bonds for ${formatDuration(length)}`;
  return {
    steps: [{ what, transaction: async () => bonds.suspend.populateTransaction(length) }],
    tell: (outcomes) => {
      const [event] = eventsIn(outcomes, bonds.interface, "SuspensionStarted");
      if (event === undefined) return { data: {}, lines: [] };
      const end = event.getValue("end") as bigint;
      return { data: { end }, lines: [`It ends by itself at ${formatTime(end)}.`] };
    },
  };
}

function asked({ deployment, signer }: Sender, { name, values }: Typed) {
  const call = writeCall(deployment, name, values);
  const authority = AccessManager__factory.connect(deployment.contracts.authority, signer);
  return { authority, call, what: describeCall(deployment, call) };
}

async function listScheduled(options: ChainOptions, io: Shell): Promise<void> {
  await withReader(options, async ({ deployment, contracts }) => {
    const view = await viewOf(deployment, providerOf(contracts));
    const calls = (await query(async () => scheduledCalls(view))).map((call) => ({
      ...{ what: describeCall(deployment, call), by: call.caller },
      ...{ from: call.from, until: call.from + EXPIRATION, isReady: call.from <= view.time },
    }));
    const lines = calls.map(({ what, by, from, until, isReady }) => {
      const when = isReady ? `now, until ${formatTime(until)}` : `from ${formatTime(from)} on`;
      return `${isReady ? "✓" : "·"} ${what} by ${formatAddress(by)}: ${when}`;
    });
    print(io, options, { block: view.block, calls }, lines.length > 0 ? lines : ["Nothing is scheduled."]);
  });
}
