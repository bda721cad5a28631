import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import SuretyModule, { ADMIN_ROLE } from "./Surety.ts";

/** Surety where somebody else governs: once all of it is done the deployer gives up its power, and holds no role. */
export default buildModule("Handover", (m) => {
  const surety = m.useModule(SuretyModule);
  m.call(surety.authority, "renounceRole", [ADMIN_ROLE, m.getAccount(0)], { after: [SuretyModule] });
  return surety;
});
