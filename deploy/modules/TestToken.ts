import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** Worthless money with a faucet, for local chains and testnets. */
export default buildModule("TestToken", (m) => ({ token: m.contract("TestToken") }));
