import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** What links operators to ERC-8004's agents and writes their facts to its registries, beside a deployed Surety. */
const Erc8004Module = buildModule("Erc8004", (m) => {
  const bonds = m.getParameter<string>("bonds");
  const links = m.contract("AgentLinks", [m.getParameter<string>("identity"), bonds]);
  const publisher = m.contract("ReputationPublisher", [
    links,
    m.getParameter<string>("reputation"),
    bonds,
    m.getParameter<string>("credit"),
    m.getParameter<string>("token"),
  ]);
  const verdicts = m.contract("ReceiptVerdicts", [
    bonds,
    m.getParameter<string>("ledger"),
    m.getParameter<string>("escrow"),
    m.getParameter<string>("disclosureCourt"),
    m.getParameter<string>("equivocationCourt"),
    m.getParameter<string>("validityCourt"),
  ]);
  return { links, publisher, verdicts };
});

export default Erc8004Module;

/** The same where the chain has a registry of validations too. */
export const ValidationModule = buildModule("Erc8004Validation", (m) => {
  const { links, publisher, verdicts } = m.useModule(Erc8004Module);
  const validator = m.contract("ReceiptValidator", [m.getParameter<string>("validation"), links, verdicts]);
  return { links, publisher, verdicts, validator };
});
