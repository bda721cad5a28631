import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { type ContractDeployTransaction, formatUnits } from "ethers";
import { parameterFile, ParametersError, readParameters, senseBounds } from "../../deploy/parameterFile.ts";
import { localParameters } from "../../deploy/parameters.ts";
import { explain } from "../../src/chain/errors.ts";
import { bounds, type Parameters, policyBounds } from "../../src/chain/parameters.ts";
import { INTEL_ROOT } from "../../src/core/enclave/intelCollateral.ts";
import {
  CourtPolicies__factory,
  CreditHistory__factory,
  DisclosureCourt__factory,
  FeeEscrow__factory,
  OperatorBonds__factory,
} from "../../typechain-types/index.ts";
import { actors, chain, rejection } from "../support/stage.ts";

type Value = string | number | object;
type File = Readonly<Record<string, Value>>;

const DECIMALS = 6;
/** All that the local file says, with what it starts from. */
const { extends: _, ...own } = fileOf("local");
const local = { ...fileOf("base-sepolia"), ...own } as File & { policies: Record<string, File> };
const ROWS = Object.keys(local.policies);
/** Any contract: constructors look at no other one. */
const other = actors.will.address;

/** What a file calls otherwise than contracts do. */
const named: Readonly<Record<string, string>> = {
  protocolFeeBps: "protocolFee",
  coverageBps: "coverage",
  slashBps: "slash",
  bountyBps: "bounty",
};

function fileOf(network: string): File {
  return JSON.parse(readFileSync(parameterFile(network), "utf8")) as File;
}

/** How a value of a contract is written in a file. */
const written: Readonly<Record<string, (value: bigint) => Value>> = {
  unbondingDelay: seconds,
  leverage: Number,
  protocolFee: percent,
  coverage: percent,
  evidenceDeposit: (wei) => `${formatUnits(wei, 18)} coin`,
  leastGasPrice: (wei) => `${formatUnits(wei, 9)} gwei`,
  creditPrior: (units) => `${formatUnits(units, DECIMALS)} tokens`,
  creditSeverity: Number,
  settledHalfLife: seconds,
  faultHalfLife: seconds,
  governanceDelay: seconds,
  window: seconds,
  slash: percent,
  priceMultiple: Number,
  compensationMultiple: Number,
  bounty: percent,
};

function seconds(value: bigint): string {
  return `${value} seconds`;
}

function percent(bps: bigint): string {
  return `${formatUnits(bps, 2)} %`;
}

/** The local file with another value: of a policy, in every row. */
function changed(key: string, value: Value): File {
  if (key in local) return { ...local, [key]: value };
  return { ...local, policies: Object.fromEntries(ROWS.map((row) => [row, { ...local.policies[row], [key]: value }])) };
}

/** What contracts are given where a file is not asked. */
function given(key: string, value: bigint): Parameters {
  const name = Object.keys(named).find((one) => named[one] === key) ?? key;
  if (name in localParameters) return { ...localParameters, [name]: value };
  return { ...localParameters, policies: localParameters.policies.map((policy) => ({ ...policy, [name]: value })) };
}

/** Has the node run the constructors of all contracts that bound their parameters. @throws what refuses */
async function construct(parameters: Parameters): Promise<void> {
  const { leastOwnBond, unbondingDelay, leverage, faultHalfLife, settledHalfLife } = parameters;
  const { protocolFeeBps, coverageBps, creditPrior, creditSeverity, leastGasPrice, policies } = parameters;
  const wiring = { bonds: other, keys: other, ledger: other, escrow: other, policies: other };
  const deployments: readonly (() => Promise<ContractDeployTransaction>)[] = [
    async () =>
      new OperatorBonds__factory(actors.will).getDeployTransaction(
        ...([other, leastOwnBond, unbondingDelay, leverage, faultHalfLife, other] as const),
      ),
    async () =>
      new FeeEscrow__factory(actors.will).getDeployTransaction(
        ...([other, other, other, protocolFeeBps, coverageBps, settledHalfLife, other] as const),
      ),
    async () =>
      new CreditHistory__factory(actors.will).getDeployTransaction(other, other, creditPrior, creditSeverity, other),
    async () => new CourtPolicies__factory(actors.will).getDeployTransaction([...policies], other),
    async () => new DisclosureCourt__factory(actors.will).getDeployTransaction(wiring, leastGasPrice),
  ];
  for (const deployment of deployments) await chain.call(await deployment());
}

describe("a file of parameters", () => {
  let folder = "";
  before(() => (folder = mkdtempSync(join(tmpdir(), "surety-parameters-"))));
  after(() => rmSync(folder, { recursive: true }));

  function reading(file: unknown, decimals = DECIMALS): Parameters {
    const path = join(folder, "parameters.json");
    writeFileSync(path, typeof file === "string" ? file : JSON.stringify(file));
    return readParameters(path, decimals);
  }

  function refusal(file: unknown, decimals = DECIMALS): string {
    try {
      reading(file, decimals);
    } catch (thrown) {
      if (thrown instanceof ParametersError) return thrown.message;
      throw thrown;
    }
    throw new Error("a refusal expected");
  }

  it("says the local values as contracts take them", () => {
    expect(reading(local)).to.deep.equal(localParameters);
    expect(localParameters).to.deep.include({ leastOwnBond: 100_000_000n, unbondingDelay: 1_814_400n, leverage: 2n });
    expect(localParameters).to.deep.include({ protocolFeeBps: 300n, coverageBps: 10_000n, creditPrior: 200_000n });
    expect(localParameters).to.deep.include({ evidenceDeposit: 10n ** 16n, leastGasPrice: 10n ** 8n });
    expect(localParameters.intelRootX).to.equal(INTEL_ROOT.x);
    expect(localParameters.policies.map(({ slashBps }) => slashBps)).to.deep.equal([
      500n,
      1_000n,
      1_000n,
      2_000n,
      3_000n,
      3_000n,
    ]);
    expect(reading(local, 18).leastOwnBond).to.equal(100n * 10n ** 18n);
  });

  for (const network of ["local", "base-sepolia", "sepolia"]) {
    it(`is there for ${network}, and contracts take it`, async () => {
      await construct(readParameters(parameterFile(network), DECIMALS));
    });
  }

  describe("is refused where contracts refuse", () => {
    // A file asks for more of a bond than contracts do: see below.
    const { leastOwnBond: _leastOwnBond, ...numbers } = bounds;
    for (const [name, { least, most }] of Object.entries({ ...numbers, ...policyBounds })) {
      const key = named[name] ?? name;
      const write = written[key];
      if (write === undefined) throw new Error(`how ${key} is written is expected`);
      const isOursNarrower = key in senseBounds;
      const edges = [
        { bound: least, beyond: least - 1n },
        ...(isOursNarrower ? [] : [{ bound: most, beyond: most + 1n }]),
      ];
      for (const { bound, beyond } of edges) {
        it(`${key} ${bound}, and not ${beyond}`, async () => {
          const read = reading(changed(key, write(bound)));
          expect(read).to.deep.equal(given(key, bound));
          await construct(read);

          const says = refusal(changed(key, beyond < 0n ? -1 : write(beyond)));
          expect(says)
            .to.include(key)
            .and.to.match(/expected/);
          // What no type of Solidity holds never gets to a contract.
          const error = await rejection(construct(given(key, beyond)));
          const reason =
            "code" in error && error.code === "INVALID_ARGUMENT" ? "a type's bound" : explain(error).reason;
          expect(reason).to.match(/OutOfRange|OutOfBounds|TooHigh|Zero|a type's bound/);
        });
      }
    }
  });

  describe("is refused where nobody can mean it", () => {
    for (const [key, { least, most }] of Object.entries(senseBounds)) {
      const write = written[key];
      if (write === undefined) throw new Error(`how ${key} is written is expected`);
      it(`${key} from ${least} to ${most}`, () => {
        for (const bound of [least, most]) expect(reading(changed(key, write(bound)))).to.deep.equal(given(key, bound));
        for (const beyond of [least - 1n, most + 1n]) {
          expect(refusal(changed(key, write(beyond)))).to.match(new RegExp(`from .* to .* expected\\s+→ at ${key}`));
        }
      });
    }

    it("a bond that is a fraction of a token, or of too few units for delegators' shares", () => {
      expect(reading(changed("leastOwnBond", "1 tokens")).leastOwnBond).to.equal(1_000_000n);
      expect(refusal(changed("leastOwnBond", "0.999999 tokens"))).to.include("from 1 tokens to");
      expect(refusal(changed("leastOwnBond", "100 tokens"), 2)).to.include("1000000 of its smallest unit at least");
      expect(refusal(changed("leastOwnBond", "0.001 tokens"), 2)).to.include("at most 2 digits behind the point");
      expect(refusal(changed("leastOwnBond", "1000 tokens"), 26)).to.include("from 1 tokens to 0 tokens");
    });

    for (const part of ["slash", "priceMultiple", "compensationMultiple"]) {
      it(`silence that costs less than a fault: ${part}`, () => {
        const { silence, ...others } = local.policies;
        const dearer = part === "slash" ? "30.01 %" : Number(silence?.[part]) + 1;
        const signed = { ...others["signed"], [part]: dearer };
        expect(refusal({ ...local, policies: { ...local.policies, signed } })).to.include("silence must cost at least");
        const equal = { ...silence, [part]: dearer };
        reading({ ...local, policies: { ...local.policies, signed, silence: equal } });
      });
    }
  });

  it("has every value, no other one, and each in its unit", () => {
    const { leverage: _, ...without } = local;
    expect(refusal(without)).to.match(/leverage/);
    const { snark: __, ...rows } = local.policies;
    expect(refusal({ ...local, policies: rows })).to.match(/policies\.snark/);
    expect(refusal({ ...local, leverege: 2 })).to.match(/Unrecognized key: "leverege"/);
    expect(refusal(changed("fee", "1 %"))).to.match(/Unrecognized key: "fee"/);
    expect(refusal(changed("unbondingDelay", 21))).to.match(/expected string/);
    expect(refusal(changed("unbondingDelay", "21"))).to.include('a time as text, as "21 days"');
    expect(refusal(changed("evidenceDeposit", "1 gwei"))).to.include("a number of coin");
    expect(refusal(changed("protocolFee", "0.001 %"))).to.include("at most 2 digits behind the point");
    expect(refusal(changed("intelRoot", { x: INTEL_ROOT.x }))).to.match(/intelRoot/);
    const root = { x: INTEL_ROOT.y, y: INTEL_ROOT.x };
    expect(reading(changed("intelRoot", root)).intelRootX).to.equal(root.x);
    for (const text of ["[]", "{", "3"]) expect(refusal(text)).to.include("is no file of parameters");
    expect(() => readParameters(join(folder, "none.json"), DECIMALS)).to.throw(ParametersError, "none.json");
  });

  it("can start from another one of its folder, and that one from none", () => {
    writeFileSync(join(folder, "base.json"), JSON.stringify(local));
    expect(reading({ extends: "base.json", leverage: 3 })).to.deep.equal({ ...localParameters, leverage: 3n });
    const below = { extends: parameterFile("local"), coverage: "150 %" };
    writeFileSync(join(folder, "base.json"), JSON.stringify(below));
    expect(reading({ extends: "base.json", leverage: 3 })).to.deep.equal({
      ...localParameters,
      coverageBps: 15_000n,
      leverage: 3n,
    });
    writeFileSync(join(folder, "base.json"), JSON.stringify({ ...local, extends: "parameters.json" }));
    expect(refusal({ extends: "base.json" })).to.match(/parameters\.json starts from itself: name another/);
    expect(refusal({ extends: "none.json" })).to.include("is no file of parameters");
  });
});
