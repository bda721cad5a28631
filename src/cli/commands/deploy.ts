import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { dataLength, formatUnits, getCreateAddress, type Signer } from "ethers";
import type { DeployOptions } from "../../../deploy/deploy.ts";
import { dataFeeOf } from "../../chain/dataFee.ts";
import { ChainError } from "../../chain/errors.ts";
import { knownRegistries, type Registries } from "../../chain/registries.ts";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { addressOf } from "../../core/signatures.ts";
import { deploymentFile, networkIn, withProvider } from "../connection.ts";
import { CheckoutNeededError, FileError, UsageError } from "../errors.ts";
import { formatAddress, formatRows, print } from "../format.ts";
import { progress, type Shell } from "../io.ts";
import { openKeystore, readPassword } from "../keystore.ts";
import { ending, sending, type SenderOptions } from "../options.ts";
import { parseAddress, parseRegistries } from "../parse.ts";

interface Options extends SenderOptions {
  readonly governance?: Hex;
  readonly guardian?: Hex;
  readonly token?: Hex;
  readonly treasury?: Hex;
  /** True for the registries that are known. */
  readonly erc8004?: Registries | true;
}

/** What a deployment costs: measured on a chain in this process. */
interface Rehearsal {
  /** Of each transaction, without its signature, in bytes. */
  readonly sizes: readonly number[];
  readonly gas: bigint;
}

/** What a transaction has beside its data, in bytes, at most: fees, nonce, addresses, lengths. */
const ENVELOPE = 120;

const ROOT = resolve(import.meta.dirname, "../../..");

/** Adds `surety deploy`. */
export function addDeploy(program: Command, io: Shell): void {
  const deploy = program
    .command("deploy")
    .description("deploy Surety and write its deployment file; again goes on where it stopped, or has nothing to do")
    .option("--governance <address>", "who sets parameters, after a delay (default: the deployer)", parseAddress)
    .option("--guardian <address>", "who may suspend at once (default: governance)", parseAddress)
    .option("--token <address>", "the token of bonds and fees (default: a test token is deployed)", parseAddress)
    .option("--treasury <address>", "where the protocol's part of fees goes (default: the deployer)", parseAddress)
    .option(
      "--erc8004 [registries]",
      "let operators be ERC-8004 agents: identity,reputation[,validation] (default: those known for the chain)",
      parseRegistries,
    );
  ending(sending(deploy), [
    "surety deploy --network local",
    "surety deploy --network base-sepolia --governance 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --dry-run",
    "surety deploy --network base-sepolia --erc8004",
  ]).action(async (options: Options) => {
    const { keystore } = options;
    const secret = await openKeystore(keystore, await readPassword(options, io, { files: [keystore] }));
    await (options.dryRun === true ? rehearse(options, secret, io) : deployTo(options, secret, io));
  });
}

/**
 * Hardhat, which nothing else here needs, and which takes a second to load.
 * @throws CheckoutNeededError in the published package
 * @throws FileError without built contracts
 */
async function loadHardhat() {
  const config = resolve(ROOT, "hardhat.config.ts");
  if (!existsSync(config)) throw new CheckoutNeededError();
  if (!existsSync(resolve(ROOT, "artifacts/contracts"))) {
    throw new FileError("the contracts are not built: run `npm run build` first");
  }
  // It looks for its configuration where the command runs, which may be anywhere.
  process.env["HARDHAT_CONFIG"] ??= config;
  const [{ network }, { deploy }, { deployAndRecord }, { localParameters: parameters }] = await Promise.all([
    import("hardhat"),
    import("../../../deploy/deploy.ts"),
    import("../../../deploy/record.ts"),
    import("../../../deploy/parameters.ts"),
  ]);
  return { network, deploy, deployAndRecord, parameters };
}

async function deployTo(options: Options, secret: Hex, io: Shell): Promise<void> {
  // Who answers there is found out before Hardhat, whose errors are about itself, is asked.
  const [url = ""] = networkIn(options).endpoints;
  const { chainId: wanted } = await withProvider(options, async (provider) => query(() => provider.getNetwork()));
  const registries = registriesIn(options, wanted);
  const { network, deployAndRecord, parameters } = await loadHardhat();
  const override = { url, accounts: [secret] };
  const connection = await network.create({ network: "localhost", chainType: "l1", override });
  try {
    progress(io, "Deploying; this takes some minutes where blocks do ...");
    const fileOf = (chainId: bigint): string => options.deployment ?? deploymentFile(chainId);
    const given = { connection, parameters, ...rolesIn(options), ...registries };
    const { file, deployment, isNew } = await io.uninterrupted(async () => deployAndRecord(given, fileOf));
    const { chainId, block, contracts, erc8004 } = deployment;
    print(io, options, { dryRun: false, file, isNew, chainId, block, contracts, erc8004 }, [
      isNew ? `✓ deployed on chain ${chainId}; ${file}` : `Nothing to do: deployed on chain ${chainId}; ${file}`,
      ...formatRows(
        Object.entries({ ...contracts, ...erc8004 }).flatMap(([name, address]) =>
          address === undefined ? [] : [[name, formatAddress(address)] as const],
        ),
      ),
    ]);
  } finally {
    await connection.close();
  }
}

/** Deploys on a chain in this process, and says what the same would cost on the network. */
async function rehearse(options: Options, secret: Hex, io: Shell): Promise<void> {
  await withProvider(options, async (provider) => {
    const deployer = addressOf(secret);
    const [{ chainId }, coin, { gasPrice }] = await query(async () =>
      Promise.all([provider.getNetwork(), provider.getBalance(deployer), provider.getFeeData()]),
    );
    progress(io, "Deploying on a chain in this process, to see what it takes ...");
    const { sizes, gas } = await measure(rolesIn(options), registriesIn(options, chainId).erc8004);
    const transactions = sizes.length;
    const price = gasPrice ?? 0n;
    const cost = gas * price + (await query(async () => dataFeeOf(provider, sizes)));
    if (coin < cost) {
      const has = `${formatAddress(deployer)} has ${formatUnits(coin, 18)} of the coin of chain ${chainId}`;
      throw new ChainError("InsufficientFunds", `${has}, ${formatUnits(cost, 18)} are needed: give it more`);
    }
    print(io, options, { dryRun: true, chainId, deployer, transactions, gas, gasPrice: price, cost }, [
      `✓ ${transactions} transactions by ${formatAddress(deployer)} on chain ${chainId}: about ${gas} gas`,
      `Nothing was sent. It would cost about ${formatUnits(cost, 18)} of the chain's coin at ${formatUnits(price, 9)} gwei.`,
    ]);
  });
}

async function measure(roles: Roles, registries?: Registries): Promise<Rehearsal> {
  const { network, deploy, parameters } = await loadHardhat();
  const connection = await network.create({ network: "local", chainType: "l1" });
  try {
    // A token of the network's is not here: whatever stands for it costs the same.
    const { token: _, ...others } = roles;
    const { provider } = connection.ethers;
    const erc8004 = registries && (await standIn(registries, await provider.getSigner(0)));
    const first = await provider.getBlockNumber();
    await deploy({ connection, parameters, ...others, ...(erc8004 && { erc8004 }) });
    const last = await provider.getBlockNumber();
    const numbers = Array.from({ length: last - first }, (_, index) => first + index + 1);
    const blocks = await Promise.all(numbers.map(async (number) => provider.getBlock(number)));
    const sent = await Promise.all(
      blocks.flatMap((block) => block?.transactions.map(async (hash) => provider.getTransaction(hash)) ?? []),
    );
    const sizes = sent.flatMap((transaction) => (transaction === null ? [] : dataLength(transaction.data) + ENVELOPE));
    return { sizes, gas: blocks.reduce((sum, block) => sum + (block?.gasUsed ?? 0n), 0n) };
  } finally {
    await connection.close();
  }
}

/** A contract that answers every call with its own address: a registry, and the registry that it is about. */
const STAND_IN = "0x6007600a5f3960075ff3305f5260205ff3";

/** Registries that are not on the chain of a rehearsal: whatever stands for them costs the same. */
async function standIn({ validation }: Registries, deployer: Signer): Promise<Registries> {
  const { from, nonce } = await deployer.sendTransaction({ data: STAND_IN });
  const address = getCreateAddress({ from, nonce }).toLowerCase() as Hex;
  return { identity: address, reputation: address, ...(validation !== undefined && { validation: address }) };
}

/** @throws UsageError where they are to be those of the chain, and none are known */
function registriesIn({ erc8004 }: Options, chainId: bigint): { readonly erc8004?: Registries } {
  if (erc8004 !== true) return erc8004 === undefined ? {} : { erc8004 };
  const known = knownRegistries.get(chainId);
  if (known === undefined) {
    throw new UsageError(`no registries are known for chain ${chainId}: name them, --erc8004 identity,reputation`);
  }
  return { erc8004: known };
}

type Roles = Pick<DeployOptions, "governance" | "guardian" | "token" | "treasury">;

function rolesIn({ governance, guardian, token, treasury }: Options): Roles {
  return {
    ...(governance !== undefined && { governance }),
    ...(guardian !== undefined && { guardian }),
    ...(token !== undefined && { token }),
    ...(treasury !== undefined && { treasury }),
  };
}
