import type { ContractRunner } from "ethers";
import {
  CourtPolicies__factory,
  CreditHistory__factory,
  DisclosureCourt__factory,
  EnclaveChecker__factory,
  EquivocationCourt__factory,
  FeeEscrow__factory,
  IntelCollateral__factory,
  KeyRegistry__factory,
  ModelRegistry__factory,
  OperatorBonds__factory,
  ReceiptLedger__factory,
  SnarkChecker__factory,
  SnarkVerifiers__factory,
  TestToken__factory,
  ValidityCourt__factory,
} from "../../typechain-types/index.ts";
import type { Deployment } from "./deployment.ts";

/** A deployment's contracts, typed, behind one runner: a provider reads, a signer writes too. */
export type Contracts = ReturnType<typeof connect>;

/** Connects to a deployment's contracts. Any ERC-20 can stand behind `token`; only TestToken has a faucet. */
export function connect({ contracts }: Deployment, runner: ContractRunner) {
  return {
    token: TestToken__factory.connect(contracts.token, runner),
    bonds: OperatorBonds__factory.connect(contracts.bonds, runner),
    collateral: IntelCollateral__factory.connect(contracts.collateral, runner),
    keys: KeyRegistry__factory.connect(contracts.keys, runner),
    models: ModelRegistry__factory.connect(contracts.models, runner),
    ledger: ReceiptLedger__factory.connect(contracts.ledger, runner),
    escrow: FeeEscrow__factory.connect(contracts.escrow, runner),
    credit: CreditHistory__factory.connect(contracts.credit, runner),
    policies: CourtPolicies__factory.connect(contracts.policies, runner),
    disclosureCourt: DisclosureCourt__factory.connect(contracts.disclosureCourt, runner),
    equivocationCourt: EquivocationCourt__factory.connect(contracts.equivocationCourt, runner),
    enclaveChecker: EnclaveChecker__factory.connect(contracts.enclaveChecker, runner),
    snarkVerifiers: SnarkVerifiers__factory.connect(contracts.snarkVerifiers, runner),
    snarkChecker: SnarkChecker__factory.connect(contracts.snarkChecker, runner),
    validityCourt: ValidityCourt__factory.connect(contracts.validityCourt, runner),
  };
}
