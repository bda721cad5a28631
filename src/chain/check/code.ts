/**
 * Whether contracts are what they were built from. The code with which each is made is run again, on the chain and in a
 * call that changes nothing, with what the contract says of itself; it must give the code that is there, immutables with
 * it. Whether that is what it should say is the wiring's and the parameters' matter.
 */
import { getCreateAddress } from "ethers";
import * as types from "../../../typechain-types/index.ts";
import { fromHex, type Hex, keccakHex, toHex } from "../../core/bytes.ts";
import { domainSeparator } from "../../core/eip712.ts";
import type { Deployment } from "../deployment.ts";
import { query } from "../transactions.ts";
import { OTHER_CONTRACT, right, type Row, rowOf, type Verdict, wrong } from "./rows.ts";
import { type Adapters, NOBODY, type View } from "./view.ts";

/** How a contract is made: the transaction's data. */
type Recipe = () => Promise<{ readonly data: string }>;

/** The domains that contracts keep the hash of, with their own address in it. */
const DOMAINS = ["Surety", "Surety Test Dollar"];

/** Every contract's code, against the sources' and against the deployment's record. @throws ChainError */
export async function checkCode(view: View): Promise<Row[]> {
  const addresses: Readonly<Record<string, Hex | undefined>> = {
    ...view.deployment.contracts,
    ...view.deployment.erc8004,
  };
  const recipes = recipesOf(view);
  const made = Object.entries(recipes).map(async ([name, recipe]) => {
    const address = addresses[name];
    return rowOf("code", name, async () => judge(view, { name, address, recipe }));
  });
  // The token and ERC-8004's registries are others' work: they are held to the record alone.
  const given = Object.entries(addresses).flatMap(([name, address]) =>
    name in recipes || address === undefined ? [] : [rowOf("code", name, async () => judgeGiven(view, name, address))],
  );
  return Promise.all([
    ...given,
    ...made,
    rowOf("code", "texts", async () =>
      judge(view, { name: "texts", address: await textsOf(view), recipe: textsRecipe }),
    ),
  ]);
}

/** Whether the token is the one that anybody can make more of. @throws ChainError */
export async function isTestToken(view: View): Promise<boolean> {
  const { token } = view.deployment.contracts;
  return (await codeAt(view, token)) === (await build(view, token, makes(new types.TestToken__factory())));
}

/** The hashes of a deployment's code, by the contract's name, for its record. @throws ChainError */
export async function codeHashesOf(
  { contracts, erc8004 }: Pick<Deployment, "contracts" | "erc8004">,
  provider: View["provider"],
): Promise<Readonly<Record<string, Hex>>> {
  const entries = Object.entries({ ...contracts, ...erc8004 }).map(async ([name, address]) => {
    if (address === undefined) return [];
    const code = await query(() => provider.getCode(address));
    return [[name, hashOf(code)] as const];
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}

interface Subject {
  readonly name: string;
  readonly address: Hex | undefined;
  readonly recipe: Recipe;
}

async function judgeGiven(view: View, name: string, address: Hex): Promise<Verdict> {
  const code = await codeAt(view, address);
  return code === "0x" ? nothingAt(address) : (judgeRecord(view, name, code) ?? right(`not ours, ${hashOf(code)}`));
}

/** What is wrong with code that is not what was deployed; undefined where it is, or nobody wrote down what was. */
function judgeRecord({ deployment }: View, name: string, code: Hex): Verdict | undefined {
  const [hash, recorded] = [hashOf(code), deployment.codeHashes?.[name]];
  if (recorded === undefined || recorded === hash) return undefined;
  return wrong(`its code is ${hash}, the deployment file says ${recorded}`, OTHER_CONTRACT);
}

function nothingAt(address: Hex): Verdict {
  return wrong(`there is no code at ${address}`, OTHER_CONTRACT);
}

function hashOf(code: string): Hex {
  return keccakHex(fromHex(code));
}

async function judge(view: View, { name, address, recipe }: Subject): Promise<Verdict> {
  if (address === undefined) return wrong("the deployment file names none", OTHER_CONTRACT);
  const code = await codeAt(view, address);
  if (code === "0x") return nothingAt(address);
  const other = judgeRecord(view, name, code);
  if (other !== undefined) return other;
  const hash = hashOf(code);
  if (code === (await build(view, address, recipe))) return right(`built from these sources, ${hash}`);
  const says = `its code is ${hash}, not what these sources give with what it says of itself`;
  if (view.deployment.codeHashes?.[name] === undefined) return wrong(says, OTHER_CONTRACT);
  return wrong(`${says}; it is what was deployed`, "check with the version of Surety that deployed it");
}

async function codeAt({ provider, block }: View, address: Hex): Promise<Hex> {
  return (await query(() => provider.getCode(address, block))).toLowerCase() as Hex;
}

/** The code that a recipe gives at an address. */
async function build({ provider, block, deployment: { chainId } }: View, address: Hex, recipe: Recipe): Promise<Hex> {
  const { data } = await query(recipe);
  const built = await query(() => provider.call({ from: NOBODY, data, blockTag: block }));
  // What depends on where it was made: its own address, that of the contract that it makes, its domains.
  const [there, here] = [lowerCreated(NOBODY, 0), address];
  const moved: readonly (readonly [string, string])[] = [
    [there, here],
    [lowerCreated(there, 1), lowerCreated(here, 1)],
    ...DOMAINS.map((name) => [separator(name, chainId, there), separator(name, chainId, here)] as const),
  ];
  return moved.reduce((code, [from, to]) => code.replaceAll(from.slice(2), to.slice(2)), built.toLowerCase()) as Hex;
}

function separator(name: string, chainId: bigint, contract: Hex): Hex {
  return toHex(domainSeparator({ name, version: "1", chainId, contract }));
}

function lowerCreated(from: string, nonce: number): Hex {
  return getCreateAddress({ from, nonce }).toLowerCase() as Hex;
}

/** The contract that reads Intel's texts, which the collateral made. */
async function textsOf({ contracts: { collateral } }: View): Promise<Hex> {
  return (await query(() => collateral.texts())).toLowerCase() as Hex;
}

const textsRecipe = makes(new types.TdxCollateralText__factory());

/** How contracts without arguments are made. */
function makes(factory: { getDeployTransaction(): Promise<{ readonly data: string }> }): Recipe {
  return async () => factory.getDeployTransaction();
}

/** How every contract is made, but for the token, which can be anybody's. What is no immutable may be anything that fits. */
function recipesOf({ contracts, adapters, deployment: { contracts: at } }: View): Readonly<Record<string, Recipe>> {
  const { bonds, collateral, keys, escrow, credit, policies, enclaveChecker, snarkChecker } = contracts;
  const { disclosureCourt, equivocationCourt, validityCourt } = contracts;
  return {
    authority: async () => new types.AccessManager__factory().getDeployTransaction(NOBODY),
    bonds: async () =>
      new types.OperatorBonds__factory().getDeployTransaction(
        await bonds.token(),
        await bonds.leastOwnBond(),
        await bonds.unbondingDelay(),
        await bonds.leverage(),
        await bonds.faultHalfLife(),
        at.authority,
      ),
    collateral: async () =>
      new types.IntelCollateral__factory().getDeployTransaction(await collateral.rootX(), await collateral.rootY()),
    keys: async () => new types.KeyRegistry__factory().getDeployTransaction(await keys.collateral()),
    models: makes(new types.ModelRegistry__factory()),
    ledger: makes(new types.ReceiptLedger__factory()),
    escrow: async () =>
      new types.FeeEscrow__factory().getDeployTransaction(
        await escrow.token(),
        await escrow.bonds(),
        await escrow.treasury(),
        await escrow.protocolFeeBps(),
        await escrow.coverageBps(),
        await escrow.settledHalfLife(),
        at.authority,
      ),
    credit: async () =>
      new types.CreditHistory__factory().getDeployTransaction(
        await credit.bonds(),
        await credit.escrow(),
        await credit.firstPrior(),
        await credit.severity(),
        at.authority,
      ),
    policies: async () => {
      const rows = Array.from({ length: Number(await policies.ROWS()) }, async (_, row) => firstPolicy(policies, row));
      return new types.CourtPolicies__factory().getDeployTransaction(await Promise.all(rows), at.authority);
    },
    disclosureCourt: async () =>
      new types.DisclosureCourt__factory().getDeployTransaction(
        await wiringOf(disclosureCourt),
        await disclosureCourt.leastGasPrice(),
      ),
    equivocationCourt: async () =>
      new types.EquivocationCourt__factory().getDeployTransaction(
        await wiringOf(equivocationCourt),
        await equivocationCourt.disclosures(),
        await equivocationCourt.evidenceDeposit(),
      ),
    validityCourt: async () => {
      const checkers = await Promise.all([0, 1, 2, 3].map(async (mode) => validityCourt.checkerOf(mode)));
      const [signed = "", enclave = "", snark = "", optimistic = ""] = checkers;
      return new types.ValidityCourt__factory().getDeployTransaction(
        await wiringOf(validityCourt),
        await validityCourt.disclosures(),
        await validityCourt.evidenceDeposit(),
        [signed, enclave, snark, optimistic],
      );
    },
    enclaveChecker: async () =>
      new types.EnclaveChecker__factory().getDeployTransaction(
        await enclaveChecker.keys(),
        await enclaveChecker.models(),
      ),
    snarkVerifiers: async () => new types.SnarkVerifiers__factory().getDeployTransaction(at.authority),
    irisVerifier: makes(new types.IrisVerifier__factory()),
    snarkChecker: async () => new types.SnarkChecker__factory().getDeployTransaction(await snarkChecker.verifiers()),
    optimisticChecker: makes(new types.OptimisticChecker__factory()),
    ...(adapters && adapterRecipes(adapters, at.token)),
  };
}

function adapterRecipes({ links, publisher, verdicts, validator }: Adapters, token: Hex): Record<string, Recipe> {
  const all: Record<string, Recipe> = {
    links: async () =>
      new types.AgentLinks__factory().getDeployTransaction(await links.identity(), await links.bonds()),
    publisher: async () =>
      new types.ReputationPublisher__factory().getDeployTransaction(
        await publisher.links(),
        await publisher.reputation(),
        await publisher.bonds(),
        await publisher.credit(),
        token,
      ),
    verdicts: async () =>
      new types.ReceiptVerdicts__factory().getDeployTransaction(
        await verdicts.bonds(),
        await verdicts.ledger(),
        await verdicts.escrow(),
        await verdicts.disclosureCourt(),
        await verdicts.equivocationCourt(),
        await verdicts.validityCourt(),
      ),
  };
  if (validator === undefined) return all;
  return {
    ...all,
    validator: async () =>
      new types.ReceiptValidator__factory().getDeployTransaction(
        await validator.registry(),
        await validator.links(),
        await validator.verdicts(),
      ),
  };
}

/** A row as ethers takes it: what it gives cannot be given back to it. */
async function firstPolicy(policies: types.CourtPolicies, row: number) {
  const { window, slashBps, priceMultiple, compensationMultiple, bountyBps } = await policies.policyAt(row, 0n);
  return { window, slashBps, priceMultiple, compensationMultiple, bountyBps, effectiveFrom: 0n };
}

/** What every court keeps of the others. */
async function wiringOf(court: Pick<types.ValidityCourt, "bonds" | "keys" | "ledger" | "escrow" | "policies">) {
  return {
    bonds: await court.bonds(),
    keys: await court.keys(),
    ledger: await court.ledger(),
    escrow: await court.escrow(),
    policies: await court.policies(),
  };
}
