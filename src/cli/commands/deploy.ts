import type { Command } from "commander";
import { formatUnits } from "ethers";
import type { Roles } from "../../../deploy/deploy.ts";
import type { DeploymentJournal } from "../../../deploy/journal.ts";
import type { Verification } from "../../../deploy/verification.ts";
import { checkDeployment } from "../../chain/check.ts";
import { dataFeeOf } from "../../chain/dataFee.ts";
import { ChainError } from "../../chain/errors.ts";
import type { FailoverProvider } from "../../chain/failover.ts";
import type { Network } from "../../chain/networks.ts";
import type { Parameters } from "../../chain/parameters.ts";
import { knownRegistries, type Registries } from "../../chain/registries.ts";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { addressOf } from "../../core/signatures.ts";
import { deploymentFile, withProvider } from "../connection.ts";
import { needCheckout } from "../checkout.ts";
import { UsageError } from "../errors.ts";
import { writeNew } from "../files.ts";
import { formatAddress, formatRows, print, printable } from "../format.ts";
import { progress, type Shell, stopIfInterrupted } from "../io.ts";
import { openKeystore, readPassword } from "../keystore.ts";
import { ending, sending, type SenderOptions } from "../options.ts";
import { parametersName } from "../parameters.ts";
import { parseAddress, parseJournal, parseRegistries } from "../parse.ts";
import { formatFound, formatOutcome } from "./check.ts";

interface Options extends SenderOptions {
  readonly governance?: Hex;
  readonly guardian?: Hex;
  readonly token?: Hex;
  readonly treasury?: Hex;
  /** True for the registries that are known. */
  readonly erc8004?: Registries | true;
  readonly parameters?: string;
  readonly journal?: string;
  readonly verify?: boolean;
  /** Where Ignition's parameters are written. */
  readonly ignition?: string;
}

/** What is about to be deployed, where, from whose account: looked at and found to be possible. */
interface Plan {
  readonly network: Network;
  readonly chainId: bigint;
  readonly secret: Hex;
  readonly deployer: Hex;
  readonly roles: Roles;
  readonly parameters: Parameters;
}

/** What a deployment takes: measured on a chain in this process. */
interface Cost {
  readonly transactions: number;
  readonly gas: bigint;
  readonly gasPrice: bigint;
  /** In wei, with what a rollup asks for data. */
  readonly cost: bigint;
}

/** Adds `surety deploy`. */
export function addDeploy(program: Command, io: Shell): void {
  const deploy = program
    .command("deploy")
    .description("deploy Surety and write its deployment file; again goes on where it stopped, or has nothing to do")
    .option("--parameters <file>", "its parameters (default: deploy/parameters/<network>.json)")
    .option(
      "--governance <address>",
      "who sets parameters, after a delay (default on testnets: the deployer)",
      parseAddress,
    )
    .option("--guardian <address>", "who may suspend at once (default: governance)", parseAddress)
    .option("--token <address>", "the token of bonds and fees (default on testnets: a test token)", parseAddress)
    .option("--treasury <address>", "where the protocol's part of fees goes (default: the deployer)", parseAddress)
    .option(
      "--erc8004 [registries]",
      "let operators be ERC-8004 agents: identity,reputation[,validation] (default: those known for the chain)",
      parseRegistries,
    )
    .option(
      "--journal <name>",
      "its journal's folder in deploy/deployments: another name begins another deployment (default: chain-<chain id>)",
      parseJournal,
    )
    .option("--ignition <file>", "write the parameters for `npx hardhat ignition deploy` there, and send nothing")
    .option("--verify", "show the sources at Sourcify, Blockscout and Etherscan; again for what is not shown yet");
  ending(sending(deploy), [
    "surety deploy --network local",
    "surety deploy --network base-sepolia --governance 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --dry-run",
    "surety deploy --network base-sepolia --erc8004 --verify",
  ]).action(async (options: Options) => {
    const { keystore } = options;
    const secret = await openKeystore(keystore, await readPassword(options, io, { files: [keystore] }));
    await withProvider(options, async (provider, network) => {
      const { plan, journal } = await prepare(options, secret, { provider, network });
      if (options.ignition !== undefined) {
        await writeIgnition(plan, options.ignition, { options, io });
        return;
      }
      if (options.dryRun === true) {
        tellCost(plan, await estimate(plan, provider, io), { options, io });
        return;
      }
      // What goes on has been paid for in part.
      if (!journal.isBegun) await estimate(plan, provider, io);
      await carryOut(plan, { journal, provider }, { options, io });
    });
  });
}

/**
 * Hardhat, which nothing else here needs, and which takes a second to load.
 * @throws CheckoutNeededError in the published package
 * @throws FileError without built contracts
 */
async function loadHardhat() {
  needCheckout();
  const [hardhat, ...parts] = await Promise.all([
    import("hardhat"),
    import("../../../deploy/deploy.ts"),
    import("../../../deploy/journal.ts"),
    import("../../../deploy/parameterFile.ts"),
    import("../../../deploy/preflight.ts"),
    import("../../../deploy/record.ts"),
    import("../../../deploy/rehearsal.ts"),
    import("../../../deploy/verification.ts"),
  ]);
  const [deploy, journal, parameterFile, preflight, record, rehearsal, verification] = parts;
  return {
    ...hardhat,
    ...deploy,
    ...journal,
    ...parameterFile,
    ...preflight,
    ...record,
    ...rehearsal,
    ...verification,
  };
}

/** Looks at everything before anything is sent. @throws ParametersError, PreflightError, UsageError, ChainError */
async function prepare(
  options: Options,
  secret: Hex,
  { provider, network }: { readonly provider: FailoverProvider; readonly network: Network },
) {
  // Who answers there is found out before Hardhat, whose errors are about itself, is asked.
  const { chainId } = await query(async () => provider.getNetwork());
  const roles = rolesIn(options, chainId);
  const { DeploymentJournal, parameterFile, preflight, readParameters } = await loadHardhat();
  const deployer = addressOf(secret);
  const file = options.parameters ?? parameterFile(requireName(network, chainId));
  const parameters = readParameters(file, await preflight(provider, { ...roles, deployer }));
  const journal = new DeploymentJournal(options.journal ?? `chain-${chainId}`);
  return { plan: { network, chainId, secret, deployer, roles, parameters }, journal };
}

/** @throws UsageError where no parameters are known for a chain */
function requireName(network: Network, chainId: bigint): string {
  const name = parametersName(network, chainId);
  if (name !== undefined) return name;
  throw new UsageError(`no parameters are known for chain ${chainId}: name a file of them with --parameters`);
}

/** What the plan would cost. @throws ChainError where the account has less */
async function estimate(
  { parameters, roles, chainId, deployer }: Plan,
  provider: FailoverProvider,
  io: Shell,
): Promise<Cost> {
  progress(io, "Deploying on a chain in this process, to see what it takes ...");
  const { sizes, gas } = await (await loadHardhat()).rehearse(parameters, roles);
  const [coin, { gasPrice }] = await query(async () =>
    Promise.all([provider.getBalance(deployer), provider.getFeeData()]),
  );
  const price = gasPrice ?? 0n;
  const cost = gas * price + (await query(async () => dataFeeOf(provider, sizes)));
  if (coin >= cost) return { transactions: sizes.length, gas, gasPrice: price, cost };
  const has = `${formatAddress(deployer)} has ${formatUnits(coin, 18)} of the coin of chain ${chainId}`;
  throw new ChainError("InsufficientFunds", `${has}, ${formatUnits(cost, 18)} are needed: give it more`);
}

interface Telling {
  readonly options: Options;
  readonly io: Shell;
}

function tellCost(plan: Plan, { transactions, gas, gasPrice, cost }: Cost, { options, io }: Telling): void {
  const { chainId, deployer } = plan;
  print(io, options, { dryRun: true, chainId, deployer, transactions, gas, gasPrice, cost }, [
    `✓ ${transactions} transactions by ${formatAddress(deployer)} on chain ${chainId}: about ${gas} gas`,
    ...tellRoles(plan),
    `Nothing was sent. It would cost about ${formatUnits(cost, 18)} of the chain's coin at ${formatUnits(gasPrice, 9)} gwei.`,
  ]);
}

/** Writes what Ignition is given in a file, as it reads it. @throws UsageError without a token, which it does not deploy too */
async function writeIgnition(
  { parameters, roles, deployer }: Plan,
  file: string,
  { options, io }: Telling,
): Promise<void> {
  const { token } = roles;
  if (token === undefined) throw new UsageError("its module takes a token that is there: name it with --token");
  const { moduleParameters } = await loadHardhat();
  const values = { Surety: moduleParameters(parameters, { ...roles, token, deployer }) };
  const text = JSON.stringify(values, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part), 2);
  writeNew(file, `${text}\n`);
  print(io, options, { file }, [`✓ ${file}`]);
}

/** Who has which role; plainly, where the key that deploys has it. */
function tellRoles({ deployer, roles }: Plan): readonly string[] {
  const { governance = deployer, treasury = deployer, guardian = governance } = roles;
  const isDeployers = governance.toLowerCase() === deployer;
  return [
    ...formatRows(
      Object.entries({ governance, guardian, treasury }).map(([name, who]) => [name, formatAddress(who)] as const),
    ),
    ...(isDeployers ? ["The deployer governs: whoever has its key can change parameters, after the delay."] : []),
  ];
}

interface Means {
  readonly journal: DeploymentJournal;
  readonly provider: FailoverProvider;
}

async function carryOut(plan: Plan, { journal, provider }: Means, { options, io }: Telling): Promise<void> {
  const { network, deployAndRecord, verifyDeployment } = await loadHardhat();
  const { endpoints, maxFeePerGas, confirmations, pollMs } = plan.network;
  const override = {
    url: endpoints[0] ?? "",
    accounts: [plan.secret],
    ignition: { maxFeePerGasLimit: maxFeePerGas },
  };
  const connection = await network.create({ network: "localhost", chainType: "l1", override });
  try {
    progress(io, "Deploying; this takes some minutes where blocks do ...");
    const file = options.deployment ?? deploymentFile(plan.chainId);
    const { deployment, isNew } = await io.uninterrupted(async () =>
      deployAndRecord({
        ...{ connection, journal, file, confirmations, pollMs },
        ...{ secret: plan.secret, chainId: plan.chainId, parameters: plan.parameters, ...plan.roles },
        beforeEach: () => stopIfInterrupted(io),
      }),
    );
    const { chainId, block, contracts, erc8004 } = deployment;
    progress(io, "Comparing all of it with the chain ...");
    const checked = await checkDeployment({ deployment, provider, parameters: plan.parameters });
    if (!checked.isRight) io.fail();
    const found = checked.rows.filter(({ standing }) => standing !== "right");
    const check = { block: checked.block, isRight: checked.isRight, rows: found };
    if (options.verify === true) progress(io, "Showing the sources; this takes some minutes ...");
    const shown =
      options.verify === true ? await verifyDeployment({ connection, folders: journal.folders }) : undefined;
    if (shown?.some(({ unverified }) => Object.keys(unverified).length > 0) === true) io.fail();
    print(io, options, { dryRun: false, file, isNew, chainId, block, contracts, erc8004, check, verification: shown }, [
      isNew ? `✓ deployed on chain ${chainId}; ${file}` : `Nothing to do: deployed on chain ${chainId}; ${file}`,
      ...formatRows(
        Object.entries({ ...contracts, ...erc8004 }).flatMap(([name, address]) =>
          address === undefined ? [] : [[name, formatAddress(address)] as const],
        ),
      ),
      ...tellRoles(plan),
      ...formatFound(found),
      formatOutcome(checked),
      ...(shown ?? []).flatMap(tellVerification),
    ]);
  } finally {
    await connection.close();
  }
}

function tellVerification({ service, verified, unverified, skipped }: Verification): readonly string[] {
  if (skipped !== undefined) return [`· ${service}: ${skipped}`];
  const failures = Object.entries(unverified).map(
    ([name, reason]) => `  ${name}: ${printable(reason.split("\n")[0] ?? "")}`,
  );
  if (failures.length === 0) return [`✓ ${service}: ${verified.length} contracts verified`];
  const again = "the deployment stands: run the same command again to verify these";
  return [`✗ ${service}: ${failures.length} contracts are not verified; ${again}`, ...failures];
}

/** @throws UsageError where registries are to be those of the chain, and none are known */
function rolesIn({ governance, guardian, token, treasury, erc8004 }: Options, chainId: bigint): Roles {
  const registries = erc8004 === true ? knownRegistries.get(chainId) : erc8004;
  if (erc8004 === true && registries === undefined) {
    throw new UsageError(`no registries are known for chain ${chainId}: name them, --erc8004 identity,reputation`);
  }
  return {
    ...(governance !== undefined && { governance }),
    ...(guardian !== undefined && { guardian }),
    ...(token !== undefined && { token }),
    ...(treasury !== undefined && { treasury }),
    ...(registries !== undefined && { erc8004: registries }),
  };
}
