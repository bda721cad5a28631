/** What it costs to judge a snark answer on chain, calldata included: what the proof adds to a verdict. */
import { readFileSync } from "node:fs";
import { AbiCoder } from "ethers";
import { type Hex, keccakHex, toHex } from "../src/core/bytes.ts";
import { parse } from "../src/core/model/file.ts";
import { openedId } from "../src/core/model/opening.ts";
import { snarkOpening } from "../src/core/snark.ts";
import { Mode, type Order, type Receipt } from "../src/core/typedData.ts";
import { parseProofs } from "../src/snark/proofs.ts";
import type { Measured } from "./bonds.ts";
import { openBench } from "./chain.ts";

const read = (name: string): string => readFileSync(new URL(`../models/${name}.json`, import.meta.url), "utf8");
const somebody: Hex = `0x${"51".repeat(20)}`;
const something: Hex = `0x${"51".repeat(32)}`;
const EVIDENCE = ["tuple(address publisher, bytes32 commitment, bytes spec)", "bytes", "bytes", "bytes"];

/** A good proof, judged by the iris network's verifier. */
export async function measureSnark(): Promise<Measured> {
  const { contracts, deployment, send, codeHash } = await openBench();
  const verifierHash = await codeHash(deployment.contracts.irisVerifier);
  const opening = snarkOpening({ publisher: somebody, model: parse(read("iris")).model, verifierHash });
  const [proven] = parseProofs(read("iris-proofs")).proofs;
  if (proven === undefined) throw new Error("no proof to judge");
  const { input, output, proof } = proven;
  const order: Order = {
    modelId: openedId(opening),
    inputHash: keccakHex(input),
    contextHash: something,
    mode: Mode.snark,
    maxPrice: 1_000_000n,
    base: 1_000_000n,
    inputRate: 0n,
    outputRate: 0n,
    salt: something,
  };
  const receipt: Receipt = {
    requestHash: something,
    operator: somebody,
    signer: somebody,
    client: somebody,
    sequence: 1n,
    outputHash: keccakHex(output),
    proofHash: keccakHex(proof),
    price: 1_000_000n,
    charged: 1_000_000n,
    inputUnits: input.length,
    outputUnits: 3,
    issuedAt: 1_767_229_200n,
  };
  const evidence = AbiCoder.defaultAbiCoder().encode(EVIDENCE, [opening, toHex(proof), toHex(input), toHex(output)]);
  const { gas } = await send(
    somebody,
    await contracts.snarkChecker.isFaulty.populateTransaction(order, receipt, evidence),
  );
  return { "judge a snark proof": gas };
}
