import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { network, config as hardhatConfig } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { DeploymentJournal } from "../../deploy/journal.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { deployAndRecord } from "../../deploy/record.ts";
import { type VerificationOptions, verifyDeployment } from "../../deploy/verification.ts";
import type { Deployment } from "../../src/chain/deployment.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { accountKey } from "../support/cli.ts";
import { close, closeOpened, open } from "../support/stage.ts";

const isDeep = process.env["SURETY_TEST_PROFILE"] === "deep";
const CHAIN = 84_532n;
const KEY = "a key of Etherscan's";

/** A verification as a service was asked for it. */
interface Asked {
  readonly service: string;
  readonly address: string;
  /** The compiler's standard input, as text. */
  readonly input: string;
  /** The contract in it, `file:name`. */
  readonly contract: string;
  readonly version: string;
  /** What follows the code in a creation, in hexadecimal; undefined where the service takes the transaction. */
  readonly args?: string;
  readonly transaction?: string;
}

/** Stand-ins for the services: what they were asked, what they show, and whether one of them is down. */
class Explorers {
  readonly asked: Asked[] = [];
  readonly shown = new Set<string>();
  refuses = "";
  isDown = false;

  /** Sourcify's API, version 2. */
  readonly sourcify = async (request: Request): Promise<Response> => {
    const path = new URL(request.url).pathname;
    const [, chain, address = ""] = /\/v2\/(?:contract|verify)\/(\d+)\/(0x\w+)$/.exec(path) ?? [];
    if (request.method === "GET" && path.includes("/v2/contract/")) {
      const isShown = this.shown.has(`sourcify ${address}`);
      const match = isShown ? "exact_match" : null;
      const body = { match, creationMatch: match, runtimeMatch: match, chainId: chain, address };
      return Response.json(body, { status: isShown ? 200 : 404 });
    }
    if (request.method === "POST") {
      const body = (await request.json()) as Record<string, string>;
      const asked = { contract: body["contractIdentifier"] ?? "", version: body["compilerVersion"] ?? "" };
      const transaction = body["creationTransactionHash"];
      this.#take({
        service: "sourcify",
        address,
        input: JSON.stringify(body["stdJsonInput"]),
        ...asked,
        ...(transaction !== undefined && { transaction }),
      });
      return Response.json({ verificationId: address }, { status: 202 });
    }
    const id = path.split("/").at(-1) ?? "";
    const done = { isJobCompleted: true, verificationId: id, jobStartTime: "2026-01-01T00:00:00Z" };
    return Response.json({ ...done, contract: { match: "exact_match", chainId: String(CHAIN), address: id } });
  };

  /** Etherscan's API, which Blockscout has too. */
  readonly etherscan =
    (service: string) =>
    async (request: Request): Promise<Response> => {
      const { searchParams: query } = new URL(request.url);
      if (this.isDown && service === "blockscout") return new Response("down", { status: 503 });
      if (service === "etherscan")
        expect([query.get("apikey"), query.get("chainid")]).to.deep.equal([KEY, String(CHAIN)]);
      switch (query.get("action")) {
        case "getsourcecode": {
          const isShown = this.shown.has(`${service} ${query.get("address") ?? ""}`);
          return Response.json({ status: "1", message: "OK", result: [isShown ? { SourceCode: "{}" } : {}] });
        }
        case "verifysourcecode": {
          const form = new URLSearchParams(await request.text());
          const field = (name: string): string => form.get(name) ?? "";
          const address = field("contractaddress");
          const [contract, version, args] = ["contractname", "compilerversion", "constructorArguments"].map(field) as [
            string,
            string,
            string,
          ];
          this.#take({ service, address, input: field("sourceCode"), contract, version, args });
          return Response.json({ status: "1", message: "OK", result: `guid ${address}` });
        }
        default: {
          const isRefused = this.refuses !== "" && this.asked.at(-1)?.contract.endsWith(this.refuses) === true;
          const result = isRefused
            ? "Fail - Unable to verify. Please check if the correct constructor argument was entered."
            : "Pass - Verified";
          return Response.json({ status: isRefused ? "0" : "1", message: isRefused ? "NOTOK" : "OK", result });
        }
      }
    };

  #take(asked: Asked): void {
    this.asked.push(asked);
    if (asked.service === "sourcify" || this.refuses === "" || !asked.contract.endsWith(this.refuses))
      this.shown.add(`${asked.service} ${asked.address}`);
  }
}

/** Code without its metadata, whose length its last two bytes say. */
function bare(code: string): string {
  return code.slice(0, -4 - 2 * parseInt(code.slice(-4), 16));
}

describe("showing the sources of a deployment", function () {
  this.timeout(isDeep ? 900_000 : 240_000);
  let folder = "";
  let connection: NetworkConnection<"l1">;
  let chain: NetworkConnection<"l1">;
  let deployment: Deployment;
  const journal = new DeploymentJournal("test-verification");
  const forget = (): void => journal.folders.forEach((one) => rmSync(one, { recursive: true, force: true }));
  const explorers = new Explorers();
  let options: VerificationOptions;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "surety-verification-"));
    forget();
    chain = close(await network.create({ network: "local", chainType: "l1", override: { chainId: Number(CHAIN) } }));
    const { url } = await open(rpcHandler(chain.provider));
    const secret = accountKey("deployer");
    connection = close(
      await network.create({ network: "localhost", chainType: "l1", override: { url, accounts: [secret] } }),
    );
    const settings = {
      confirmations: 1,
      pollMs: 10,
      file: join(folder, "deployment.json"),
      parameters: localParameters,
    };
    ({ deployment } = await deployAndRecord({ connection, journal, secret, chainId: CHAIN, ...settings }));

    const [sourcify, blockscout, etherscan] = await Promise.all(
      [explorers.sourcify, explorers.etherscan("blockscout"), explorers.etherscan("etherscan")].map(open),
    );
    const at = (service: { readonly url: string } | undefined) => ({
      url: service?.url ?? "",
      apiUrl: service?.url ?? "",
    });
    const { verify, chainDescriptors } = hardhatConfig;
    const known = chainDescriptors.get(CHAIN);
    if (known === undefined) throw new Error("a chain that Hardhat knows expected");
    const blockExplorers = { blockscout: at(blockscout), etherscan: at(etherscan) };
    const apiKey = { ...verify.etherscan.apiKey, get: async () => KEY };
    options = {
      connection,
      folders: journal.folders,
      config: {
        verify: {
          ...verify,
          sourcify: { enabled: true, apiUrl: sourcify?.url ?? "" },
          etherscan: { enabled: true, apiKey },
        },
        chainDescriptors: new Map([...chainDescriptors, [CHAIN, { ...known, blockExplorers }]]),
      },
    };
  });
  after(async () => {
    await closeOpened();
    forget();
    rmSync(folder, { recursive: true });
  });

  it("sends every contract to every service, and what was refused again", async () => {
    const count = Object.keys(deployment.contracts).length;
    explorers.refuses = ":FeeEscrow";
    const first = await verifyDeployment(options);
    expect(first.map(({ service, verified }) => [service, verified.length])).to.deep.equal([
      ["sourcify", count],
      ["blockscout", count - 1],
      ["etherscan", count - 1],
    ]);
    for (const { service, unverified } of first.slice(1)) {
      expect(Object.keys(unverified), service).to.deep.equal(["FeeEscrow"]);
      expect(unverified["FeeEscrow"]).to.include("Unable to verify");
    }
    const addresses = explorers.asked.map(({ address }) => address.toLowerCase());
    expect(new Set(addresses)).to.deep.equal(new Set(Object.values(deployment.contracts)));

    explorers.refuses = "";
    const sent = explorers.asked.length;
    const second = await verifyDeployment(options);
    expect(second.map(({ verified, unverified }) => [verified.length, unverified])).to.deep.equal(
      second.map(() => [count, {}]),
    );
    expect(
      explorers.asked.slice(sent).map(({ service, contract }) => [service, contract.split(":")[1]]),
    ).to.have.deep.members([
      ["blockscout", "FeeEscrow"],
      ["etherscan", "FeeEscrow"],
    ]);
  });

  it("sends what compiles to the very code on the chain, metadata with it", async () => {
    const { compile } = createRequire(import.meta.url)("solc") as { readonly compile: (input: string) => string };
    const picked = ["TestToken", "AccessManager", "CourtPolicies"];
    const names = isDeep ? explorers.asked.map(({ contract }) => contract.split(":").at(-1) ?? "") : picked;
    for (const name of new Set(names)) {
      const asked = explorers.asked.filter(({ contract }) => contract.endsWith(`:${name}`));
      const [one] = asked;
      if (one === undefined) throw new Error(`${name} expected`);
      expect(new Set(asked.map(({ input }) => input)).size, name).to.equal(1);
      const output = JSON.parse(compile(one.input)) as {
        readonly contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
      };
      const [file = ""] = one.contract.split(":");
      const code = output.contracts[file]?.[name]?.evm.bytecode.object ?? "";
      const creation = asked.find(({ transaction }) => transaction !== undefined)?.transaction ?? "";
      const sent = (await chain.ethers.provider.getTransaction(creation))?.data;
      for (const { service, args } of asked) {
        if (args === undefined || sent === undefined) continue;
        expect(sent.slice(sent.length - args.length), `${name} at ${service}`).to.equal(args);
        const created = sent.slice(2, sent.length - args.length);
        // OpenZeppelin's own is compiled beside ours, whose remapping its metadata then names: services call that a match.
        const isExact = name !== "AccessManager";
        expect(isExact ? created : bare(created)).to.equal(isExact ? code : bare(code));
      }
      expect(asked.filter(({ args }) => args !== undefined).length, name).to.be.at.least(2);
      expect(one.version).to.match(/^v0\.8\.37\+commit\.[0-9a-f]{8}$/);
    }
  });

  it("goes on where a service is down or wants a key, and says so", async () => {
    explorers.isDown = true;
    const { config } = options;
    if (config === undefined) throw new Error("a configuration expected");
    // As it is without a variable, and without a keystore that has it.
    const verify = { ...config.verify, etherscan: hardhatConfig.verify.etherscan };
    const [sourcify, blockscout, third] = await verifyDeployment({ ...options, config: { ...config, verify } });
    expect(sourcify?.unverified).to.deep.equal({});
    expect(blockscout?.verified).to.deep.equal([]);
    expect(Object.keys(blockscout?.unverified ?? {})).to.have.length(Object.keys(deployment.contracts).length);
    expect(third?.skipped).to.include("ETHERSCAN_API_KEY");
  });
});
