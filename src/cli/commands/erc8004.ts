/** ERC-8004: which agent an operator is, its registration file, and its facts in the registry of feedback. */
import type { Command } from "commander";
import { type AgentContracts, type AgentStanding, connectAgents, readAgent, readAgentId } from "../../chain/agents.ts";
import { providerOf } from "../../chain/facts.ts";
import { query } from "../../chain/transactions.ts";
import { type AgentFile, makeAgentFile } from "../../core/agentFile.ts";
import type { Hex } from "../../core/bytes.ts";
import { act, type Plan } from "../act.ts";
import { type Reader, type Sender, withReader } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { writeNew } from "../files.ts";
import { formatAddress, formatAmount, formatRows, formatTime, print } from "../format.ts";
import type { Shell } from "../io.ts";
import { keystoreAddress } from "../keystore.ts";
import {
  type AccountOptions,
  type ChainOptions,
  ending,
  keystores,
  owning,
  reading,
  sending,
  type SenderOptions,
} from "../options.ts";
import { parseAddress, parseUrl, parseWhole } from "../parse.ts";
import { readStanding } from "../standing.ts";
import { addValidation } from "./erc8004/validation.ts";

/** What an operator says of itself in its registration file. */
interface FileOptions extends ChainOptions, AccountOptions {
  readonly name: string;
  readonly description: string;
  readonly image?: string;
  readonly x402?: boolean;
  readonly agent?: bigint;
  readonly out?: string;
}

/** Adds `surety erc8004` with all that belongs to it. */
export function addErc8004(program: Command, io: Shell): void {
  const erc8004 = program
    .command("erc8004")
    .description("an operator as an ERC-8004 agent: link, registration file, facts in the registry of feedback");

  const link = erc8004
    .command("link")
    .description("say that you, an operator, are an agent that you own or are the wallet of; it is not taken back")
    .argument("<agent>", "its number in the registry of agents", parseWhole);
  ending(sending(link, keystores.operator), ["surety erc8004 link 22 --network base-sepolia"]).action(
    async (agentId: bigint, options: SenderOptions) => act(options, io, async (sender) => linkPlan(sender, agentId)),
  );

  const publish = erc8004
    .command("publish")
    .description("write an operator's facts, all of them, to the registry of feedback; anyone may, once a day")
    .argument("<operator>", "the operator's address", parseAddress);
  ending(sending(publish), [
    "surety erc8004 publish 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC --network base-sepolia",
  ]).action(async (operator: Hex, options: SenderOptions) =>
    act(options, io, async (sender) => publishPlan(sender, operator)),
  );

  const retract = erc8004
    .command("retract")
    .description("take back the facts under an agent that is no longer the operator, or keeps new ones out; anyone may")
    .argument("<agent>", "its number in the registry of agents", parseWhole);
  ending(sending(retract), ["surety erc8004 retract 22 --network base-sepolia"]).action(
    async (agentId: bigint, options: SenderOptions) => act(options, io, async (sender) => retractPlan(sender, agentId)),
  );

  const show = erc8004
    .command("show")
    .description("which agent an operator is, what is true of it, and since when its facts stand")
    .argument("[operator]", "its address; the keystore's where left out", parseAddress);
  ending(owning(reading(show), keystores.operator), ["surety erc8004 show --network base-sepolia"]).action(
    async (operator: Hex | undefined, options: ChainOptions & AccountOptions) =>
      showAgent(operator ?? keystoreAddress(options.keystore), options, io),
  );

  const file = erc8004
    .command("file")
    .description("write the registration file of an operator: put it where the agent's URI leads")
    .argument("[operator]", "its address; the keystore's where left out", parseAddress)
    .requiredOption("--name <name>", "what it is called")
    .requiredOption("--description <text>", "what it does, how, and for how much")
    .option("--image <url>", "a picture", parseUrl)
    .option("--x402", "its node sells answers by x402 too")
    .option("--agent <number>", "its number in the registry of agents (default: the linked one)", parseWhole)
    .option("--out <file>", "write it there (default: print it)");
  ending(owning(reading(file), keystores.operator), [
    'surety erc8004 file --name Olive --description "Handwritten digits, proven." --out agent.json',
  ]).action(async (operator: Hex | undefined, options: FileOptions) =>
    writeFile(operator ?? keystoreAddress(options.keystore), options, io),
  );

  addValidation(erc8004, io);
}

function agentsOf({ deployment, contracts }: Reader): AgentContracts {
  return connectAgents(deployment, providerOf(contracts));
}

async function linkPlan(sender: Sender, agentId: bigint): Promise<Plan> {
  const { links } = agentsOf(sender);
  const tell = () => ({ data: { agentId }, lines: [] });
  const linked = await readAgentId({ links }, sender.address);
  if (linked === agentId) return { steps: [], idle: `you are the agent ${agentId}`, tell };
  const what = `say that ${formatAddress(sender.address)} is the agent ${agentId}`;
  return { steps: [{ what, transaction: async () => links.link.populateTransaction(agentId) }], tell };
}

async function publishPlan(sender: Sender, operator: Hex): Promise<Plan> {
  const agents = agentsOf(sender);
  const { agentId, facts, obstacle } = await readAgent(agents, operator);
  const tell = () => ({ data: { agentId: agentId ?? null, facts }, lines: formatRows(factRows(facts, sender)) });
  if (obstacle === "FactsUnchanged") return { steps: [], idle: "the facts that stand are true", tell };
  const what = `write the facts of ${formatAddress(operator)}`;
  return { steps: [{ what, transaction: async () => agents.publisher.publish.populateTransaction(operator) }], tell };
}

async function retractPlan(sender: Sender, agentId: bigint): Promise<Plan> {
  const { publisher } = agentsOf(sender);
  const what = `take back what stands under the agent ${agentId}`;
  const transaction = async () => publisher.retract.populateTransaction(agentId);
  const { operator } = await query(() => publisher.standingOf(agentId));
  const tell = () => ({ data: { agentId }, lines: [] });
  if (BigInt(operator) === 0n) return { steps: [], idle: `nothing stands under the agent ${agentId}`, tell };
  return { steps: [{ what, transaction }], tell };
}

async function showAgent(operator: Hex, options: ChainOptions, io: Shell): Promise<void> {
  await withReader(options, async (reader) => {
    const standing = await readAgent(agentsOf(reader), operator);
    const { agentId = null, publishedAt = null, obstacle = null, facts } = standing;
    print(
      io,
      options,
      { operator, agentId, publishedAt, obstacle, facts, unit: reader.unit },
      formatRows([
        ["operator", formatAddress(operator)],
        ["agent", agentId === null ? "none, or the registry of agents does not confirm it" : String(agentId)],
        ...factRows(facts, reader),
        ["facts stand", publishedAt === null ? "no" : `since ${formatTime(publishedAt)}`],
        ["publish", describeObstacle(obstacle)],
      ]),
    );
  });
}

function describeObstacle(obstacle: string | null): string {
  if (obstacle === null) return "can be called now";
  if (obstacle === "FactsUnchanged") return "need not be called: what stands is true";
  if (obstacle === "TooSoon") return "can be called a day after the last time";
  return `is refused: ${obstacle}`;
}

function factRows(facts: AgentStanding["facts"], { unit }: Reader): (readonly [string, string])[] {
  const amount = (value: bigint): string => formatAmount(value, unit);
  return [
    ["score", `${facts.score} of 1000${facts.proven ? "" : ", unproven"}`],
    ["settled", amount(facts.settled)],
    ["faulted", amount(facts.faulted)],
    ["cover", amount(facts.cover)],
    ["debt", amount(facts.debt)],
  ];
}

async function writeFile(operator: Hex, options: FileOptions, io: Shell): Promise<void> {
  const { out } = options;
  const file = await withReader(options, async (reader) => agentFileOf(reader, operator, options));
  const text = JSON.stringify(file, null, 2);
  if (out !== undefined) writeNew(out, `${text}\n`);
  print(io, options, file, [out === undefined ? text : `✓ made ${out}: put it where the agent's URI leads`]);
}

/** @throws UsageError where it is no operator, has no endpoint, or is no agent that could be named */
async function agentFileOf(reader: Reader, operator: Hex, options: FileOptions): Promise<AgentFile> {
  const { chainId, contracts, erc8004 } = reader.deployment;
  const agents = agentsOf(reader);
  const { endpoint } = await readStanding(reader, operator);
  if (endpoint === "") throw new UsageError(`${formatAddress(operator)} has not said where its node is`);
  const agentId = options.agent ?? (await readAgentId(agents, operator));
  const { name, description, image, x402 = false } = options;
  const { bonds, ledger, escrow, credit } = contracts;
  return makeAgentFile({
    ...{ name, description, endpoint, sellsByX402: x402, chainId },
    ...(image !== undefined && { image }),
    ...(agentId !== undefined && erc8004 && { registration: { identity: erc8004.identity, agentId } }),
    surety: { operator, bonds, ledger, escrow, credit, ...(erc8004 && { publisher: erc8004.publisher }) },
  });
}
