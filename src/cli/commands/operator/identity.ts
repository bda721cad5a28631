/** Who an operator is: its keystores, its registration, its signing keys, its agent. */
import { join } from "node:path";
import type { Command } from "commander";
import { listOperators } from "../../../chain/directory.ts";
import { chainTime } from "../../../chain/facts.ts";
import { query } from "../../../chain/transactions.ts";
import type { Hex } from "../../../core/bytes.ts";
import { shortenQuote } from "../../../core/enclave/tdx.ts";
import { NO_PROOF } from "../../../core/proofs.ts";
import { ZERO_ADDRESS } from "../../../core/refusal.ts";
import { addressOf, sign } from "../../../core/signatures.ts";
import { registrationDigest } from "../../../core/typedData.ts";
import { act, eventsIn, type Plan } from "../../act.ts";
import type { Sender } from "../../connection.ts";
import { UsageError } from "../../errors.ts";
import { formatAddress, formatPercent, formatTime, print } from "../../format.ts";
import type { Io, Shell } from "../../io.ts";
import { readEncoded } from "../../files.ts";
import { openKeystore, type PasswordOptions, readPassword } from "../../keystore.ts";
import { ending, keystores, printing, sending, type SenderOptions } from "../../options.ts";
import { parseAddress, parseDate, parsePercent, parseUrl } from "../../parse.ts";
import type { Step } from "../../steps.ts";
import { describeKeystore, makeKeystores } from "../account.ts";

/** What an operator says of itself. */
export interface Registration {
  /** Where earned fees go. */
  readonly payout?: Hex;
  /** What it keeps of its delegators' part of the fees, in hundredths of a percent. */
  readonly commission?: bigint;
  /** Where its node is reached. */
  readonly endpoint?: string;
}

/** Which key signs receipts. */
export interface SigningOptions extends PasswordOptions {
  readonly signingKeystore: string;
  readonly signingPasswordFile?: string;
}

/** How long before it takes effect the end of a key is announced, and what the next block may be late, in seconds. */
const KEY_NOTICE = 86_400n;
const MARGIN = 600n;

/** Adds what an operator does once, or seldom. */
export function addIdentity(operator: Command, io: Shell): void {
  const init = operator
    .command("init")
    .description("make two keystores: the operator's account, and the key that its node signs receipts with")
    .option("--folder <folder>", "where they lie", "keystore")
    .option("--password-file <file>", "their password (default: SURETY_PASSWORD, or asked for)");
  ending(printing(init), ["surety operator init --folder keystore"]).action(
    async (options: PasswordOptions & { readonly folder: string; readonly json?: boolean }) => {
      const files = [keystores.operator, keystores.signing].map((file) =>
        join(options.folder, file.replace(/^keystore\//, "")),
      );
      const made = await makeKeystores(files, options, io);
      const [account, signing] = made;
      print(io, options, { operator: account, signing }, made.map(describeKeystore));
    },
  );

  const register = operator
    .command("register")
    .description("register as an operator; again changes payout and commission, the endpoint is for ever")
    .option("--payout <address>", "where earned fees go (default: the account itself)", parseAddress)
    .option("--commission <percent>", "what you keep of your delegators' part of the fees", parsePercent)
    .option("--endpoint <url>", "where clients reach your node", parseUrl);
  ending(sending(register, keystores.operator), [
    "surety operator register --commission 10 --endpoint https://node.example --network local",
    "surety operator register --commission 7.5    # counts once every delegator could leave",
  ]).action(async (options: SenderOptions & Registration) =>
    act(options, io, async (sender) => registerPlan(sender, options)),
  );

  const key = operator.command("key").description("the keys that sign receipts");
  const add = key
    .command("add")
    .description("register the signing key as yours")
    .option(
      "--quote <file>",
      "by the quote of the TDX enclave that holds it: its report data must name key and operator",
    );
  ending(sending(signing(add), keystores.operator), [
    "surety operator key add --network local",
    "surety operator key add --quote quote.bin",
  ]).action(async (options: SenderOptions & SigningOptions & { readonly quote?: string }) =>
    act(options, io, async (sender) => addKeyPlan(sender, await openSigningKey(options, io), options.quote)),
  );

  const end = key
    .command("end")
    .description("announce the end of a key, at least a day ahead; it never comes back")
    .argument("<key>", "the key's address", parseAddress)
    .option("--at <time>", "when it ends, in ISO 8601 (default: as early as can be)", parseDate);
  ending(sending(end, keystores.operator), [
    "surety operator key end 0x90F79bf6EB2c4f870365E785982E1f101E93b906 --at 2027-01-01T00:00:00Z",
  ]).action(async (address: Hex, options: SenderOptions & { readonly at?: bigint }) =>
    act(options, io, async (sender) => endKeyPlan(sender, address, options.at)),
  );

  const agent = operator
    .command("agent")
    .description("name a hot account that may commit and settle for you, so that your own stays cold")
    .argument("<address>", "its address; the zero address for none", parseAddress);
  ending(sending(agent, keystores.operator), [
    "surety operator agent 0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65 --network local",
  ]).action(async (address: Hex, options: SenderOptions) =>
    act(options, io, async (sender) => agentPlan(sender, address)),
  );
}

/** Adds the options that name the key that signs receipts. */
export function signing(command: Command): Command {
  return command
    .option("--signing-keystore <file>", "the key that signs receipts", keystores.signing)
    .option("--signing-password-file <file>", "its password (default: the account's)");
}

/** The key that signs receipts. @throws KeystoreError, UsageError */
export async function openSigningKey(options: SigningOptions, io: Io): Promise<Hex> {
  const { signingKeystore: file, signingPasswordFile } = options;
  const from = signingPasswordFile === undefined ? options : { passwordFile: signingPasswordFile };
  return openKeystore(file, await readPassword(from, io, { files: [file] }));
}

/** Registers, or changes what may change. @throws UsageError where something is missing, or can no longer change */
async function registerPlan(sender: Sender, wanted: Registration): Promise<Plan> {
  const { contracts, address } = sender;
  const payout = (await query(() => contracts.bonds.payoutOf(address))).toLowerCase() as Hex;
  if (payout !== ZERO_ADDRESS) return changePlan(sender, { ...wanted, current: payout });
  const { commission, endpoint } = wanted;
  if (commission === undefined || endpoint === undefined) {
    throw new UsageError("an operator that registers says its --commission and its --endpoint");
  }
  const to = wanted.payout ?? address;
  const what = `register ${formatAddress(address)}, commission ${formatPercent(commission)}, at ${endpoint}`;
  return {
    steps: [{ what, transaction: async () => contracts.bonds.register.populateTransaction(to, commission, endpoint) }],
  };
}

async function changePlan(
  { contracts, address, deployment }: Sender,
  { payout, commission, endpoint, current }: Registration & { readonly current: Hex },
): Promise<Plan> {
  const { bonds } = contracts;
  const known = await query(() => bonds.commissionOf(address));
  const entry = (await listOperators(contracts, deployment.block)).find(({ operator }) => operator === address);
  if (endpoint !== undefined && entry?.endpoint !== endpoint) {
    throw new UsageError(`the endpoint stays ${entry?.endpoint ?? "as it is"}: have the new node answer there`);
  }
  const steps: Step[] = [];
  if (payout !== undefined && payout !== current) {
    const what = `pay earned fees to ${formatAddress(payout)}`;
    steps.push({ what, transaction: async () => bonds.setPayout.populateTransaction(payout) });
  }
  if (commission !== undefined && commission !== known.next) {
    const what = `set the commission to ${formatPercent(commission)}`;
    steps.push({ what, transaction: async () => bonds.setCommission.populateTransaction(commission) });
  }
  const tell: Plan["tell"] = (outcomes) => {
    const [set] = eventsIn(outcomes, bonds.interface, "CommissionSet");
    if (set === undefined) return { data: {}, lines: [] };
    const from = set["from"] as bigint;
    return { data: { commissionFrom: from }, lines: [`The commission counts from ${formatTime(from)} on.`] };
  };
  return { steps, idle: `${formatAddress(address)} is registered so`, tell };
}

/** Registers a signing key. @throws UsageError where it is another operator's, or not by the quote that is given now */
async function addKeyPlan(
  { contracts, deployment, address }: Sender,
  secret: Hex,
  quoteFile: string | undefined,
): Promise<Plan> {
  const key = addressOf(secret);
  const { operator } = await query(() => contracts.keys.get(key));
  const owner = operator.toLowerCase();
  if (owner === address) {
    const isMeasured = (await query(() => contracts.keys.measurementOf(key))) !== NO_PROOF;
    if (quoteFile === undefined || isMeasured)
      return { steps: [], idle: `the key ${formatAddress(key)} is registered` };
    throw new UsageError(`the key ${formatAddress(key)} is registered without a quote for ever: make another`);
  }
  if (owner !== ZERO_ADDRESS) {
    throw new UsageError(`the key ${formatAddress(key)} is ${operator}'s for ever: make another, and name it`);
  }
  const domain = { chainId: deployment.chainId, contract: deployment.contracts.keys };
  const signature = sign(registrationDigest({ key, operator: address }, domain), secret);
  const quote = quoteFile === undefined ? undefined : shortenQuote(readEncoded(quoteFile));
  const what = `register the signing key ${formatAddress(key)}${quote === undefined ? "" : " by its enclave's quote"}`;
  const transaction = async () =>
    quote === undefined
      ? contracts.keys.register.populateTransaction(key, signature)
      : contracts.keys.registerAttested.populateTransaction(key, signature, quote);
  return { steps: [{ what, transaction }], tell: () => ({ data: { key }, lines: [] }) };
}

/** When what is announced now can end at the earliest, in seconds: a key, or a measurement. @throws ChainError */
export async function earliestEnd(contracts: Sender["contracts"]): Promise<bigint> {
  return (await chainTime(contracts)) + KEY_NOTICE + MARGIN;
}

async function endKeyPlan({ contracts, address }: Sender, key: Hex, at: bigint | undefined): Promise<Plan> {
  const until = at ?? (await earliestEnd(contracts));
  const { operator, validUntil } = await query(() => contracts.keys.get(key));
  const isEnding = at === undefined ? validUntil <= until : validUntil === at;
  if (operator.toLowerCase() === address && isEnding)
    return { steps: [], idle: `the key ends at ${formatTime(validUntil)}` };
  const what = `end the key ${formatAddress(key)} at ${formatTime(until)}`;
  const transaction = async () => contracts.keys.end.populateTransaction(key, until);
  return { steps: [{ what, transaction }], tell: () => ({ data: { key, until }, lines: [] }) };
}

async function agentPlan({ contracts, address }: Sender, agent: Hex): Promise<Plan> {
  const steps: Step[] = [];
  for (const [contract, does] of [
    [contracts.ledger, "commit"],
    [contracts.escrow, "settle"],
  ] as const) {
    const known = await query(() => contract.agentOf(address));
    if (known.toLowerCase() === agent) continue;
    const what = `let ${formatAddress(agent)} ${does}`;
    steps.push({ what, transaction: async () => contract.setAgent.populateTransaction(agent) });
  }
  return { steps, idle: "it may do both already" };
}
