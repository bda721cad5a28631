/** Whether a deployment on the chain is what its record, the sources and its parameters say. */
import type { Provider } from "ethers";
import { checkCode } from "./check/code.ts";
import { checkParameters } from "./check/parameters.ts";
import { checkRoles } from "./check/roles.ts";
import type { Row } from "./check/rows.ts";
import { checkState } from "./check/state.ts";
import { requireUnchanged, viewOf } from "./check/view.ts";
import { checkWiring } from "./check/wiring.ts";
import type { Deployment } from "./deployment.ts";
import type { Parameters } from "./parameters.ts";

export { codeHashesOf } from "./check/code.ts";
export type { Part, Row, Verdict } from "./check/rows.ts";

/** What is checked, and what it should be. */
export interface CheckOptions {
  readonly deployment: Deployment;
  /** What reads the chain: it is asked and never told. */
  readonly provider: Provider;
  /** What was asked for; where it is left out, parameters are held to what they were at first, and to their bounds. */
  readonly parameters?: Parameters | undefined;
  /** Who should have which role, and where fees should go, where the deployment's record does not say, or not rightly. */
  readonly governance?: string | undefined;
  readonly guardian?: string | undefined;
  readonly treasury?: string | undefined;
  /** The block at which all is read; the latest where left out. */
  readonly block?: number | undefined;
}

/** What a check found. */
export interface Checked {
  readonly chainId: bigint;
  /** The block at which everything was read. */
  readonly block: number;
  readonly hash: string;
  /** Its time, in seconds. */
  readonly time: bigint;
  /** Whether nothing is wrong; what is notable may be there. */
  readonly isRight: boolean;
  readonly rows: readonly Row[];
}

/**
 * Reads everything of a deployment at one block and compares it: code, wiring, roles, parameters, bounds, state.
 * @throws ChainError where the chain cannot be read, is another, or takes back the block meanwhile
 */
export async function checkDeployment({
  deployment,
  provider,
  parameters,
  block,
  ...given
}: CheckOptions): Promise<Checked> {
  const view = await viewOf(deployment, provider, block);
  const { governance = deployment.roles?.governance, guardian = deployment.roles?.guardian } = given;
  const { treasury = deployment.roles?.treasury } = given;
  const rows = [
    ...(await checkCode(view)),
    ...(await checkWiring(view)),
    ...(await checkRoles(view, { governance, guardian, governanceDelay: parameters?.governanceDelay })),
    ...(await checkParameters(view, { parameters, treasury })),
    ...(await checkState(view)),
  ];
  await requireUnchanged(view);
  const isRight = rows.every(({ standing }) => standing !== "wrong");
  return { chainId: deployment.chainId, block: view.block, hash: view.hash, time: view.time, isRight, rows };
}
