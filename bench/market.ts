/** An operator and clients with money on a chain in this process, and what the clients ask, ready to be sent. */
import { readFileSync } from "node:fs";
import { network } from "hardhat";
import { deploy } from "../deploy/deploy.ts";
import { localParameters } from "../deploy/parameters.ts";
import { connect } from "../src/chain/contracts.ts";
import { type Deployment, domainsOf } from "../src/chain/deployment.ts";
import { type Hex, keccakHex, toHex } from "../src/core/bytes.ts";
import { canonicalContext, contextHash } from "../src/core/context.ts";
import { modelId, weightsRoot } from "../src/core/model/commitment.ts";
import { parse } from "../src/core/model/file.ts";
import { encodeSpec } from "../src/core/model/spec.ts";
import { write } from "../src/core/records.ts";
import { addressOf, sign } from "../src/core/signatures.ts";
import { Mode, registrationDigest, type Request, requestDigest } from "../src/core/typedData.ts";
import { type Provider } from "../src/demo/rpc.ts";
import { nodeSecret, secretNamed, tariff } from "./tariff.ts";

const UNIT = 1_000_000n;
const BOND = 1_000_000n * UNIT;
const MONEY = 1_000n * UNIT;
/** How many keys clients sign with, each for an account of its own. */
const KEYS = 16;

/** A market with one operator. */
export interface Market {
  readonly provider: Provider;
  readonly deployment: Deployment;
  readonly operator: Hex;
  readonly publisher: Hex;
  /** So many asks as JSON, each an order of its own. */
  asks(count: number): readonly string[];
}

/** Deploys, publishes the small digit model, has an operator register and bond, and funds the clients' accounts. */
export async function openMarket(): Promise<Market> {
  const connection = await network.create({ network: "local", chainType: "l1" });
  const [, publishing, operating, paying] = await connection.ethers.getSigners();
  if (publishing === undefined || operating === undefined || paying === undefined) throw new Error("accounts expected");
  const deployment = await deploy({ connection, parameters: localParameters });
  const { escrow } = domainsOf(deployment);
  const [publisher, operator, payer] = [publishing, operating, paying].map(
    ({ address }) => address.toLowerCase() as Hex,
  ) as [Hex, Hex, Hex];
  const { model } = parse(readFileSync(new URL("../models/digits-8x8.json", import.meta.url), "utf8"));
  const { models } = connect(deployment, publishing);
  await models.publish(weightsRoot(model), toHex(encodeSpec(model)), 1 << Mode.optimistic, "");

  const { bonds, keys, token } = connect(deployment, operating);
  await token.faucet(BOND);
  await token.approve(deployment.contracts.bonds, BOND);
  await bonds.register(operator, 0n, "");
  await bonds.bond(BOND);
  const named = { key: addressOf(nodeSecret), operator };
  const digest = registrationDigest(named, { chainId: deployment.chainId, contract: deployment.contracts.keys });
  await keys.register(named.key, sign(digest, nodeSecret));

  const secrets = Array.from({ length: KEYS }, (_, index) => secretNamed(`client ${index}`));
  const client = connect(deployment, paying);
  await client.token.faucet(BigInt(KEYS) * MONEY);
  await client.token.approve(deployment.contracts.escrow, BigInt(KEYS) * MONEY);
  for (const secret of secrets) await client.escrow.fund(MONEY, operator, addressOf(secret));

  const block = await connection.ethers.provider.getBlock("latest");
  const deadline = BigInt(block?.timestamp ?? 0) + 3_600n;
  const context = canonicalContext({ runtime: "bench", version: "1", disclose: true });
  const id = modelId(publisher, model);
  let asked = 0;
  const ask = (): string => {
    const number = asked++;
    const secret = secrets[number % KEYS] ?? nodeSecret;
    const input = Uint8Array.from({ length: 64 }, (_, index) => (index * 67 + number * 29 + 13) % 256);
    const order = {
      modelId: id,
      inputHash: keccakHex(input),
      contextHash: contextHash(context),
      mode: Mode.optimistic,
      maxPrice: tariff.base,
      ...tariff,
      salt: secretNamed(`order ${number}`),
    };
    const request: Request = { payer, operator, ceiling: MONEY, deadline, order };
    const clientSignature = sign(requestDigest(request, escrow), secret);
    return write({ request, clientSignature, client: addressOf(secret), input: toHex(input), context });
  };
  return {
    provider: connection.provider,
    deployment,
    operator,
    publisher,
    asks: (count) => Array.from({ length: count }, ask),
  };
}
