/** What little a page reads of the chain without a library for it. */
import type { Hex } from "../../src/core/bytes.ts";
import { type Config, rpcAddress } from "./config.ts";
import { hex, object } from "./shape.ts";

const deploymentShape = object({ contracts: object({ token: hex }) });
const answerShape = object({ result: hex });

/** What asks an ERC-20 for all tokens that there are: the first 4 bytes of keccak256("totalSupply()"). */
const TOTAL_SUPPLY: Hex = "0x18160ddd";

/** All tokens that there are, in the smallest unit. @throws ShapeError where the chain does not say */
export async function totalSupply({ deployment }: Config): Promise<bigint> {
  const { token } = deploymentShape(deployment, "deployment").contracts;
  const call = { jsonrpc: "2.0", id: 1, method: "eth_call", params: [{ to: token, data: TOTAL_SUPPLY }, "latest"] };
  const response = await fetch(await rpcAddress(), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(call),
  });
  return BigInt(answerShape((await response.json()) as unknown, "the chain's answer").result);
}
