/** Which contracts Ponder follows, and where it keeps what their events tell: by deployment record and environment. */
import { createConfig } from "ponder";
import { OperatorBonds__factory } from "../typechain-types/factories/contracts/bonds/OperatorBonds__factory.ts";
import { CourtPolicies__factory } from "../typechain-types/factories/contracts/courts/CourtPolicies__factory.ts";
import { DisclosureCourt__factory } from "../typechain-types/factories/contracts/courts/DisclosureCourt__factory.ts";
import { EquivocationCourt__factory } from "../typechain-types/factories/contracts/courts/EquivocationCourt__factory.ts";
import { ValidityCourt__factory } from "../typechain-types/factories/contracts/courts/ValidityCourt__factory.ts";
import { CreditHistory__factory } from "../typechain-types/factories/contracts/credit/CreditHistory__factory.ts";
import { KeyRegistry__factory } from "../typechain-types/factories/contracts/keys/KeyRegistry__factory.ts";
import { ModelRegistry__factory } from "../typechain-types/factories/contracts/models/ModelRegistry__factory.ts";
import { ReceiptLedger__factory } from "../typechain-types/factories/contracts/receipts/ReceiptLedger__factory.ts";
import { FeeEscrow__factory } from "../typechain-types/factories/contracts/settlement/FeeEscrow__factory.ts";
import { SnarkVerifiers__factory } from "../typechain-types/factories/contracts/verifiers/SnarkVerifiers__factory.ts";
import { foldersIn, readSettings } from "./settings.ts";

const { deployment, rpc, pollMs, databaseUrl, folder } = readSettings(process.env);
const { contracts, block } = deployment;

/** Chains that are gone when their process ends: another one with the same number is another chain. */
const HARDHAT = 31_337n;

const at = { chain: "surety", startBlock: block } as const;

export default createConfig({
  database:
    databaseUrl === undefined
      ? { kind: "pglite", directory: foldersIn(folder).chain }
      : { kind: "postgres", connectionString: databaseUrl },
  chains: {
    surety: {
      id: Number(deployment.chainId),
      rpc,
      pollingInterval: pollMs,
      disableCache: deployment.chainId === HARDHAT,
    },
  },
  contracts: {
    OperatorBonds: { ...at, abi: OperatorBonds__factory.abi, address: contracts.bonds },
    FeeEscrow: { ...at, abi: FeeEscrow__factory.abi, address: contracts.escrow },
    ReceiptLedger: { ...at, abi: ReceiptLedger__factory.abi, address: contracts.ledger },
    KeyRegistry: { ...at, abi: KeyRegistry__factory.abi, address: contracts.keys },
    ModelRegistry: { ...at, abi: ModelRegistry__factory.abi, address: contracts.models },
    SnarkVerifiers: { ...at, abi: SnarkVerifiers__factory.abi, address: contracts.snarkVerifiers },
    CourtPolicies: { ...at, abi: CourtPolicies__factory.abi, address: contracts.policies },
    CreditHistory: { ...at, abi: CreditHistory__factory.abi, address: contracts.credit },
    ValidityCourt: { ...at, abi: ValidityCourt__factory.abi, address: contracts.validityCourt },
    EquivocationCourt: { ...at, abi: EquivocationCourt__factory.abi, address: contracts.equivocationCourt },
    DisclosureCourt: { ...at, abi: DisclosureCourt__factory.abi, address: contracts.disclosureCourt },
  },
});
