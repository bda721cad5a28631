import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { OperatorBonds__factory } from "../../typechain-types/index.ts";

/** The admin role of OpenZeppelin's AccessManager: governance. */
export const ADMIN_ROLE = 0n;

/** Whoever has it may suspend, and do nothing else. */
export const GUARDIAN_ROLE = 1n;

/**
 * Every contract of Surety, wired. Parameters: see `src/chain/parameters.ts`.
 *
 * The order is part of its safety: courts are named slashers before registration opens, so that they start at once; then
 * the guardian gets its role, and last governance its own, with its delay. From their first block on contracts answer to
 * the authority alone, and until the end its admin is the deployer alone.
 */
export default buildModule("Surety", (m) => {
  const deployer = m.getAccount(0);
  const token = m.getParameter<string>("token");
  const evidenceDeposit = m.getParameter<bigint>("evidenceDeposit");

  const none = "0x0000000000000000000000000000000000000000";

  const authority = m.contract("AccessManager", [deployer]);
  const bonds = m.contract("OperatorBonds", [
    token,
    m.getParameter<bigint>("leastOwnBond"),
    m.getParameter<bigint>("unbondingDelay"),
    m.getParameter<bigint>("leverage"),
    m.getParameter<bigint>("faultHalfLife"),
    authority,
  ]);
  const collateral = m.contract("IntelCollateral", [
    m.getParameter<string>("intelRootX"),
    m.getParameter<string>("intelRootY"),
  ]);
  const keys = m.contract("KeyRegistry", [collateral]);
  const models = m.contract("ModelRegistry");
  const ledger = m.contract("ReceiptLedger");
  const escrow = m.contract("FeeEscrow", [
    token,
    bonds,
    m.getParameter<string>("treasury"),
    m.getParameter<bigint>("protocolFeeBps"),
    m.getParameter<bigint>("coverageBps"),
    m.getParameter<bigint>("settledHalfLife"),
    authority,
  ]);
  const credit = m.contract("CreditHistory", [
    bonds,
    escrow,
    m.getParameter<bigint>("creditPrior"),
    m.getParameter<bigint>("creditSeverity"),
    authority,
  ]);

  const policies = m.contract("CourtPolicies", [m.getParameter("policies"), authority]);
  const wiring = { bonds, keys, ledger, escrow, policies };
  const disclosureCourt = m.contract("DisclosureCourt", [wiring, m.getParameter<bigint>("leastGasPrice")]);
  const equivocationCourt = m.contract("EquivocationCourt", [wiring, disclosureCourt, evidenceDeposit]);
  const optimisticChecker = m.contract("OptimisticChecker");
  const enclaveChecker = m.contract("EnclaveChecker", [keys, models]);
  const snarkVerifiers = m.contract("SnarkVerifiers", [authority]);
  const irisVerifier = m.contract("IrisVerifier");
  const snarkChecker = m.contract("SnarkChecker", [snarkVerifiers]);
  const checkers = [none, enclaveChecker, snarkChecker, optimisticChecker];
  const validityCourt = m.contract("ValidityCourt", [wiring, disclosureCourt, evidenceDeposit, checkers]);

  const slashers = [equivocationCourt, validityCourt, disclosureCourt].map((court, index) =>
    m.call(bonds, "addSlasher", [court], { id: `addSlasher${index}` }),
  );
  const admit = m.call(snarkVerifiers, "admit", [irisVerifier]);
  const open = m.call(bonds, "open", [], { after: [...slashers, admit] });

  const { selector } = OperatorBonds__factory.createInterface().getFunction("suspend");
  const guardian = m.getParameter<string>("guardian");
  const roles = [
    m.call(authority, "labelRole", [GUARDIAN_ROLE, "GUARDIAN"], { after: [open] }),
    m.call(authority, "setTargetFunctionRole", [bonds, [selector], GUARDIAN_ROLE], { after: [open] }),
    m.call(authority, "grantRole", [GUARDIAN_ROLE, guardian, 0n], { after: [open], id: "grantGuardian" }),
  ];
  // Where the deployer governs, this puts a delay before whatever it does from now on.
  const governing = [ADMIN_ROLE, m.getParameter<string>("governance"), m.getParameter<bigint>("governanceDelay")];
  m.call(authority, "grantRole", governing, { after: roles, id: "grantGovernance" });

  return {
    authority,
    bonds,
    collateral,
    keys,
    models,
    ledger,
    escrow,
    credit,
    policies,
    disclosureCourt,
    equivocationCourt,
    enclaveChecker,
    snarkVerifiers,
    irisVerifier,
    snarkChecker,
    optimisticChecker,
    validityCourt,
  };
});
