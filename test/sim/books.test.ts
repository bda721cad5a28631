import { expect } from "chai";
import { TestToken__factory } from "../../typechain-types/index.ts";
import { AccountingError } from "../../src/sim/books.ts";
import { RevertedError } from "../../src/sim/chain.ts";
import { parametersOf } from "../../src/sim/parameters.ts";
import { Protocol } from "../../src/sim/protocol.ts";
import { identityOf } from "../../src/sim/world.ts";

const GWEI = 1_000_000_000n;
const token = TestToken__factory.createInterface();
const [anna, otto] = [identityOf("anna").address, identityOf("otto").address];

describe("a simulation's books", () => {
  let protocol: Protocol;

  beforeEach(async () => {
    protocol = await Protocol.open(parametersOf({ parameters: { leastOwnBond: 100 } }), GWEI);
    for (const who of [anna, otto]) await protocol.admit(who);
    await protocol.mint(anna, 500_000_000n);
    await protocol.approve(anna, "bonds");
    await protocol.register(anna, 1_000n);
    await protocol.bond(anna, 200_000_000n);
    await protocol.chain.flush();
  });

  afterEach(async () => protocol.chain.close());

  /** Has somebody do with the token what the books are not told of. */
  async function behindTheirBack(from: typeof anna, data: string): Promise<void> {
    const to = protocol.chain.deployment.contracts.token;
    await protocol.chain.send({ from, to, data }, () => undefined);
    await protocol.chain.flush();
  }

  it("agree with the chain on everybody's tokens and coin, on sums, and on where an operator stands", async () => {
    expect(await protocol.compare(true)).to.be.at.least(3 + 2 * 3);
    const { own, cover } = await protocol.standingOf(anna);
    expect([own, cover]).to.deep.equal([200_000_000n, 200_000_000n]);
  });

  it("know what gas costs, to the wei", async () => {
    const { gas, fees } = protocol.takeGas();
    expect(fees).to.equal(gas * GWEI);
    expect(protocol.gasPaidBy(anna)).to.equal(fees);
    expect(protocol.gasPaidBy(otto)).to.equal(0n);
    expect(protocol.takeGas()).to.deep.equal({ gas: 0n, fees: 0n });
  });

  const wrong: readonly (readonly [string, () => Promise<void>, string])[] = [
    [
      "tokens that came from nowhere",
      async () => behindTheirBack(otto, token.encodeFunctionData("faucet", [1n])),
      "supply",
    ],
    [
      "a token that went where nobody noted it",
      async () => behindTheirBack(anna, token.encodeFunctionData("transfer", [otto, 1n])),
      "of 0x",
    ],
    [
      "a token that was thrown at the bonds",
      async () =>
        behindTheirBack(anna, token.encodeFunctionData("transfer", [protocol.chain.deployment.contracts.bonds, 1n])),
      "the bonds' tokens",
    ],
    [
      "a bond that was only noted",
      async () => {
        protocol.books.bonds.bond({ sender: anna, time: protocol.chain.now }, 1n);
      },
      "the bonds' tokens",
    ],
  ];
  for (const [what, happens, said] of wrong) {
    it(`notice ${what}`, async () => {
      await happens();
      const found = await protocol.compare(true).catch((error: unknown) => error);
      expect(found).to.be.instanceOf(AccountingError);
      expect(String(found)).to.include(said);
    });
  }

  it("notice an operator that stands elsewhere than they say", async () => {
    protocol.books.bonds.requestUnbond({ sender: anna, time: protocol.chain.now }, anna, 1_000_000n);
    const found = await protocol.standingOf(anna).catch((error: unknown) => error);
    expect(found).to.be.instanceOf(AccountingError);
    expect(String(found)).to.include("cover");
  });

  it("book nothing that is not there", () => {
    expect(() => {
      protocol.books.tokens.move(otto, anna, 1n);
    }).to.throw(AccountingError, "would have -1");
  });

  it("are of a chain that says when the contracts refuse", async () => {
    await protocol.chain.send(
      {
        from: otto,
        to: protocol.chain.deployment.contracts.token,
        data: token.encodeFunctionData("transfer", [anna, 1n]),
      },
      () => undefined,
    );
    const refused = await protocol.chain.flush().catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(RevertedError);
    expect(String(refused)).to.include(otto);
  });
});
