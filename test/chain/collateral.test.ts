import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import { network } from "hardhat";
import { bringCollateral } from "../../src/chain/collateral.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { query } from "../../src/chain/transactions.ts";
import { type Hex, toHex } from "../../src/core/bytes.ts";
import type { P256Key } from "../../src/core/enclave/intelCertificates.ts";
import { INTEL_ROOT, IntelCollateral, type TdxCollateral } from "../../src/core/enclave/intelCollateral.ts";
import { attestationDigest, readTdxCollateral, shortenQuote, verifyTdxQuote } from "../../src/core/enclave/tdx.ts";
import { Refusal } from "../../src/core/refusal.ts";
import { IntelCollateral__factory, KeyRegistry__factory } from "../../typechain-types/index.ts";
import { defaults, keys, makeCollateral, makeShortQuote, TIME } from "../support/tdx.ts";
import { faults, oddities } from "../support/tdxFaults.ts";

const vectors = resolve(import.meta.dirname, "../../../shared/vectors/tee");
const ownRoot: P256Key = { x: toHex(keys.root.x), y: toHex(keys.root.y) };

/** What is said of a quote: why it is refused, or its measurement and report data. */
type Verdict = string;

/** A chain whose clock starts at a time, with the contracts that judge evidence on it. */
async function openChain(time: bigint) {
  const connection = await network.create({
    network: "local",
    chainType: "l1",
    override: { initialDate: new Date(Number(time) * 1000), allowBlocksWithSameTimestamp: true },
  });
  const { ethers } = connection;
  const [sender] = await ethers.getSigners();
  if (sender === undefined) throw new Error("an account expected");
  return {
    sender,
    now: async (): Promise<bigint> => BigInt((await ethers.provider.getBlock("latest"))?.timestamp ?? 0),
    deploy: async (root: P256Key) => {
      const collateral = await new IntelCollateral__factory(sender).deploy(root.x, root.y);
      const registry = await new KeyRegistry__factory(sender).deploy(await collateral.getAddress());
      return { collateral, registry };
    },
    close: () => connection.close(),
  };
}
type Chain = Awaited<ReturnType<typeof openChain>>;

async function onChain(work: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof ChainError) return thrown.reason;
    throw thrown;
  }
}

function inCore(work: () => Verdict): Verdict {
  try {
    return work();
  } catch (thrown) {
    if (thrown instanceof Refusal) return thrown.reason;
    throw thrown;
  }
}

type Registry = Awaited<ReturnType<Chain["deploy"]>>["registry"];

async function readOnChain(registry: Registry, quote: Uint8Array): Promise<Verdict> {
  const [measurement, [first, second]] = await query(() => registry.readQuote(quote));
  return `${measurement} ${first}${second.slice(2)}`;
}

function readInCore(known: IntelCollateral, quote: Uint8Array, time: bigint): Verdict {
  const { measurement, reportData } = verifyTdxQuote(quote, known, time);
  return `${measurement} ${reportData}`;
}

const flipped = (bytes: Uint8Array, offset: number): Uint8Array =>
  bytes.map((byte, index) => (index === offset ? byte ^ (1 << (offset % 8)) : byte));

describe("TDX evidence, on chain and in core", () => {
  let chain: Chain;
  before(async () => {
    chain = await openChain(TIME);
  });
  after(() => chain.close());

  const cases = [...oddities, ...faults.map(([what, changes]) => [what, changes] as const)];
  for (const [what, changes] of cases) {
    it(`is judged alike with ${what}`, async () => {
      const [evidence, quote] = [makeCollateral(changes), makeShortQuote(changes)];
      const { collateral, registry } = await chain.deploy(ownRoot);
      const found = await onChain(async () => {
        await bringCollateral(collateral, evidence);
        return readOnChain(registry, quote);
      });
      const time = await chain.now();
      const expected = inCore(() => {
        const known = new IntelCollateral(ownRoot);
        known.bring(evidence, time);
        return readInCore(known, quote, time);
      });
      expect(found).to.equal(expected);
    });
  }

  it("is judged alike where bytes of the quote are changed", async () => {
    const evidence = makeCollateral();
    const { collateral, registry } = await chain.deploy(ownRoot);
    expect(await bringCollateral(collateral, evidence)).to.have.length(5);
    await judgesFlipsAlike({ registry, evidence, quote: makeShortQuote(), root: ownRoot }, chain);
  }).timeout(300_000);

  it("is judged alike where bytes of certificates and lists are changed", async () => {
    const evidence = makeCollateral();
    const { collateral } = await chain.deploy(ownRoot);
    const known = new IntelCollateral(ownRoot);
    const time = await chain.now();
    const parts: readonly (readonly [
      Uint8Array,
      (bytes: Uint8Array) => Promise<unknown>,
      (bytes: Uint8Array) => void,
    ])[] = [
      [evidence.rootCrl, (it) => collateral.bringRevocations.staticCall(it), (it) => known.bringRevocations(it, time)],
      [evidence.authority, (it) => collateral.bringAuthority.staticCall(it), (it) => known.bringAuthority(it, time)],
    ];
    for (const [bytes, bring, bringInCore] of parts) {
      for (let offset = 0; offset < bytes.length; offset += 3) {
        const changed = flipped(bytes, offset);
        const found = await onChain(() => query(() => bring(changed)).then(() => "taken"));
        const expected = inCore(() => {
          bringInCore(changed);
          return "taken";
        });
        expect(found, `byte ${offset}`).to.equal(expected);
      }
    }
  }).timeout(300_000);

  it("takes what is newer, and says what it took", async () => {
    const { collateral } = await chain.deploy(ownRoot);
    expect(await bringCollateral(collateral, makeCollateral())).to.have.length(5);
    expect(await bringCollateral(collateral, makeCollateral())).to.deep.equal([]);
    const newer = makeCollateral({ tcbFrom: "2027-01-20T00:00:00Z", crlFrom: "2027-01-20T00:00:00Z" });
    expect(await bringCollateral(collateral, newer)).to.deep.equal(["crl", "tcbInfo"]);
    const behind = makeCollateral({ tcbFrom: "2027-01-21T00:00:00Z", evaluation: defaults.evaluation - 1 });
    expect(await bringCollateral(collateral, behind)).to.deep.equal([]);
  });

  it("names in the quote what core says that it must name", async () => {
    const { registry } = await chain.deploy(ownRoot);
    const named = { key: `0x${"11".repeat(20)}`, operator: `0x${"22".repeat(20)}` } as const;
    const contract = (await registry.getAddress()).toLowerCase() as Hex;
    const expected = attestationDigest(named, { chainId: 31_337n, contract });
    expect(await registry.attestationDigest(named.key, named.operator)).to.equal(expected);
  });
});

/** A few hundred changed bytes, spread over the quote. */
async function judgesFlipsAlike(
  {
    registry,
    evidence,
    quote,
    root,
  }: { registry: Registry; evidence: TdxCollateral; quote: Uint8Array; root: P256Key },
  chain: Chain,
): Promise<void> {
  const time = await chain.now();
  const known = new IntelCollateral(root);
  known.bring(evidence, time);
  for (let offset = 0; offset < quote.length; offset += offset < 1242 ? 13 : 3) {
    const changed = flipped(quote, offset);
    const found = await onChain(() => readOnChain(registry, changed));
    expect(found, `byte ${offset}`).to.equal(inCore(() => readInCore(known, changed, time)));
  }
}

describe("a real quote, on chain and in core", () => {
  if (!existsSync(vectors)) {
    it("is judged alike", function () {
      console.log("      left out: no real quote under ../shared/vectors/tee");
      this.skip();
    });
    return;
  }

  it("is judged alike, whole and with bytes changed, up to Intel's own root", async () => {
    const chain = await openChain(BigInt(Date.UTC(2025, 5, 20) / 1000));
    const evidence = readTdxCollateral(JSON.parse(readFileSync(resolve(vectors, "tdx-collateral.json"), "utf8")));
    const quote = shortenQuote(readFileSync(resolve(vectors, "tdx-quote.bin")));
    const { collateral, registry } = await chain.deploy(INTEL_ROOT);
    await bringCollateral(collateral, evidence);
    const time = await chain.now();
    const known = new IntelCollateral(INTEL_ROOT);
    known.bring(evidence, time);
    expect(await readOnChain(registry, quote)).to.equal(readInCore(known, quote, time));
    await judgesFlipsAlike({ registry, evidence, quote, root: INTEL_ROOT }, chain);

    // It names no operator of ours, and that is what registering a key by it says.
    const wallet = (await import("ethers")).Wallet.createRandom();
    const consent = wallet.signingKey.sign(await registry.registrationDigest(wallet.address, chain.sender.address));
    const registration = registry.registerAttested.staticCall(wallet.address, consent.serialized, quote);
    const reason = await onChain(() => query(() => registration).then(() => "registered"));
    expect(reason).to.equal("ReportDataMismatch");
    await chain.close();
  }).timeout(300_000);
});
