/** An agent's questions about receipts in ERC-8004's registry of validations, and the courts' answers. */
import type { Command } from "commander";
import { connectAgents, connectValidation, obstacleTo, questionOf } from "../../../chain/agents.ts";
import { providerOf } from "../../../chain/facts.ts";
import { query } from "../../../chain/transactions.ts";
import type { Hex } from "../../../core/bytes.ts";
import { bundleSchema, readText } from "../../../core/records.ts";
import { receiptHash } from "../../../core/typedData.ts";
import { act, eventsIn, type Plan } from "../../act.ts";
import type { Sender } from "../../connection.ts";
import { readText as readFile } from "../../files.ts";
import { formatAddress } from "../../format.ts";
import type { Shell } from "../../io.ts";
import { ending, keystores, sending, type SenderOptions } from "../../options.ts";
import { parseHash, parseUrl, parseWhole } from "../../parse.ts";

interface Options extends SenderOptions {
  /** Another one where somebody has taken the request's hash before. */
  readonly salt: Hex;
  /** Where the record is found. */
  readonly uri?: string;
  /** Where units begin that another receipt owns too. */
  readonly contestedFrom?: bigint;
}

/** Adds the commands that ask, and that bring answers. */
export function addValidation(erc8004: Command, io: Shell): void {
  const ask = withSalt(
    erc8004
      .command("ask")
      .description("as the agent's owner, ask in the registry of validations about a receipt of your operator's")
      .argument("<bundle>", "the bundle with the receipt, as `surety trace` writes it")
      .option("--uri <url>", "where the record is found", parseUrl),
  );
  ending(sending(ask, keystores.operator), [
    "surety erc8004 ask bundle.json --uri https://node.example/v1/records/0x5c1f...09 --network sepolia",
  ]).action(async (file: string, options: Options) =>
    act(options, io, async (sender) => askPlan(sender, file, options)),
  );

  const answer = withSalt(
    erc8004
      .command("answer")
      .description("bring the courts' answer to an agent's question: 100 once nobody can prove the receipt wrong, or 0")
      .argument("<bundle>", "the bundle with the receipt")
      .option("--contested-from <unit>", "the total at which units begin that another receipt owns too", parseWhole),
  );
  ending(sending(answer), ["surety erc8004 answer bundle.json --network sepolia"]).action(
    async (file: string, options: Options) => act(options, io, async (sender) => answerPlan(sender, file, options)),
  );
}

function withSalt(command: Command): Command {
  const none = `0x${"00".repeat(32)}`;
  return command.option("--salt <bytes>", "another one where the request is taken, 32 bytes", parseHash, none as Hex);
}

/** What is asked about, and under which hash. @throws FileError, RecordError, DeploymentError, ChainError */
async function openCase({ deployment, contracts }: Sender, file: string, { salt, contestedFrom }: Options) {
  const provider = providerOf(contracts);
  const { registry, validator } = connectValidation(deployment, provider);
  const question = questionOf(readText(bundleSchema, readFile(file)), contestedFrom);
  const { receipt } = question;
  const agentId = await query(() => connectAgents(deployment, provider).links.agentIdOf(receipt.operator));
  const requestHash = await query(() => validator.requestHashOf(agentId, receiptHash(receipt), salt));
  const what = `receipt ${receipt.sequence} of ${formatAddress(receipt.operator)}`;
  return { registry, validator, question, agentId, requestHash, what };
}

async function askPlan(sender: Sender, file: string, options: Options): Promise<Plan> {
  const { registry, validator, agentId, requestHash, what } = await openCase(sender, file, options);
  const tell = () => ({ data: { agentId, requestHash }, lines: [`The request's hash is ${requestHash}.`] });
  const isAsked = (await obstacleTo(async () => registry.getValidationStatus(requestHash))) === undefined;
  if (isAsked) return { steps: [], idle: "the request is there", tell };
  const asked = [await validator.getAddress(), agentId, options.uri ?? "", requestHash] as const;
  const transaction = async () => registry.validationRequest.populateTransaction(...asked);
  return { steps: [{ what: `ask about ${what}`, transaction }], tell };
}

async function answerPlan(sender: Sender, file: string, options: Options): Promise<Plan> {
  const { validator, question, agentId, requestHash, what } = await openCase(sender, file, options);
  const { salt } = options;
  const tell: Plan["tell"] = (outcomes) => {
    const [answered] = eventsIn(outcomes, validator.interface, "Answered");
    const response = answered === undefined ? null : (answered["response"] as bigint);
    const lines = response === null ? [] : [`The answer is ${response} of 100.`];
    return { data: { agentId, requestHash, response }, lines };
  };
  const obstacle = await obstacleTo(async () => validator.answer.staticCall(agentId, salt, question));
  if (obstacle === "AnswerStands") return { steps: [], idle: "the answer stands", tell };
  const transaction = async () => validator.answer.populateTransaction(agentId, salt, question);
  return { steps: [{ what: `answer about ${what}`, transaction }], tell };
}
