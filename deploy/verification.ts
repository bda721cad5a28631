/** Showing the sources of what was deployed to the services where people look contracts up. */
import { verifyContract } from "@nomicfoundation/hardhat-verify/verify";
import { getVerificationInformation } from "@nomicfoundation/ignition-core";
import hre from "hardhat";
import type { HardhatConfig } from "hardhat/types/config";
import type { NetworkManager } from "hardhat/types/network";
import type { Connection } from "./addresses.ts";

const SERVICES = ["sourcify", "blockscout", "etherscan"] as const;

/** Who verifies: takes sources, compiles them, and shows them beside the contract where the code is the same. */
export type Service = (typeof SERVICES)[number];

/** What became of a deployment's contracts at a service. */
export interface Verification {
  readonly service: Service;
  /** Names of contracts whose sources it shows. */
  readonly verified: readonly string[];
  /** Why it does not show the others', by their names. */
  readonly unverified: Readonly<Record<string, string>>;
  /** Why it was not asked. */
  readonly skipped?: string;
}

export interface VerificationOptions {
  /** The chain. */
  readonly connection: Connection;
  /** The folders of the deployment's journals. */
  readonly folders: readonly string[];
  /** Where services are, and Etherscan's key: as Hardhat knows them where left out. */
  readonly config?: Pick<HardhatConfig, "verify" | "chainDescriptors">;
}

type Contract = Exclude<Awaited<ReturnType<typeof contractsIn>>[number], string>;

/**
 * Has every service verify every contract of a deployment. What one shows already it is not sent again, so that this can be
 * repeated until all is shown. Fails for none of it: what is not verified is in the answer.
 */
export async function verifyDeployment({
  connection,
  folders,
  config = hre.config,
}: VerificationOptions): Promise<readonly Verification[]> {
  const contracts = (await Promise.all(folders.map(contractsIn))).flat();
  // Each allows a few requests a second only; they do not know of each other.
  return unheard(async () =>
    Promise.all(
      SERVICES.map(async (service) => {
        const skipped = service === "etherscan" ? await missingKey(config) : undefined;
        if (skipped !== undefined) return { service, verified: [], unverified: {}, skipped };
        return verifyAll(service, contracts, { connection, config });
      }),
    ),
  );
}

async function verifyAll(
  service: Service,
  contracts: readonly Contract[],
  { connection, config }: Required<Pick<VerificationOptions, "connection" | "config">>,
): Promise<Verification> {
  const environment = new Proxy(hre, {
    get: (runtime, name): unknown => {
      if (name === "network") return always(connection);
      return name === "config" ? { ...runtime.config, ...config } : Reflect.get(runtime, name);
    },
  });
  const verified: string[] = [];
  const unverified: Record<string, string> = {};
  let silence: string | undefined;
  for (const { contract, constructorArgs, ...rest } of contracts) {
    const name = contract.slice(contract.lastIndexOf(":") + 1);
    try {
      if (silence !== undefined) throw new Error(silence);
      const what = { ...rest, contract, constructorArgs: [...constructorArgs], provider: service };
      await verifyContract(what, environment);
      verified.push(name);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      unverified[name] = reason;
      // A service that cannot be reached is not asked once for each contract.
      if (/request failed|ECONN|ENOTFOUND|timed? ?out/i.test(reason)) silence = reason;
    }
  }
  return { service, verified, unverified };
}

/** What was deployed from a journal: names, addresses, arguments of constructors. */
async function contractsIn(folder: string) {
  const found = [];
  for await (const contract of getVerificationInformation(folder)) {
    if (typeof contract !== "string") found.push(contract);
  }
  return found;
}

/** Hardhat's networks, of which whoever opens one gets the one that is open. */
function always(connection: Connection): NetworkManager {
  return new Proxy(hre.network, {
    get: (networks, name): unknown => (name === "create" ? async () => connection : Reflect.get(networks, name)),
  });
}

/** Hardhat prints to stdout what is in the answer, and belongs to what a command prints. */
async function unheard<T>(work: () => Promise<T>): Promise<T> {
  const { log } = console;
  console.log = () => undefined;
  try {
    return await work();
  } finally {
    console.log = log;
  }
}

async function missingKey({ verify }: NonNullable<VerificationOptions["config"]>): Promise<string | undefined> {
  try {
    await verify.etherscan.apiKey.get();
    return undefined;
  } catch {
    return "it wants a key: set ETHERSCAN_API_KEY, or `npx hardhat keystore set ETHERSCAN_API_KEY`";
  }
}
