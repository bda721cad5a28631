/** The contracts, typed by TypeChain for ethers 6, and all of a deployment's at once. */
export * from "../typechain-types/index.ts";
export { connect, type Contracts } from "./chain/contracts.ts";
export { type Deployment, parseDeployment } from "./chain/deployment.ts";
