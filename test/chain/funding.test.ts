import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { connect, type Contracts } from "../../src/chain/contracts.ts";
import { ChainError } from "../../src/chain/errors.ts";
import { relayFunding, type SignedFunding, tokenDomain } from "../../src/chain/funding.ts";
import { addressOf } from "../../src/core/signatures.ts";
import {
  actors,
  addressed,
  advance,
  clock,
  contractsOf,
  FUNDS,
  makeClient,
  open,
  rejectionOf,
  secrets,
  useStage,
} from "../support/stage.ts";

const AMOUNT = 1_234n;

describe("paying into an account by signature", () => {
  const stage = useStage();

  const balanceOf = async (payer: string, operator: string, signer: string): Promise<bigint> =>
    (await stage.contracts.escrow.account(payer, operator, signer)).balance;
  const alices = async (): Promise<bigint> =>
    balanceOf(actors.alice.address, actors.olive.address, addressOf(secrets.alice));

  const signed = async (): Promise<SignedFunding> =>
    makeClient(stage, "alice").purse.authorizeFunding(addressed(actors.olive), AMOUNT);

  const refusalOf = async (funding: SignedFunding): Promise<ChainError> => {
    const error = await rejectionOf(ChainError, relayFunding(contractsOf(stage, "will"), funding));
    expect(error.reason).to.equal("AuthorizationRefused");
    expect(error.message).to.include("sign another authorization");
    return error;
  };

  it("is brought by anybody, once, and moves what the payer has", async () => {
    const funding = await signed();
    const { token } = stage.contracts;
    const before = await token.balanceOf(actors.alice.address);
    const sent = await actors.alice.getNonce();
    const receipt = await relayFunding(contractsOf(stage, "will"), funding);
    expect(receipt.from).to.equal(actors.will.address);
    expect(await alices()).to.equal(FUNDS + AMOUNT);
    expect(await token.balanceOf(actors.alice.address)).to.equal(before - AMOUNT);
    expect(await actors.alice.getNonce()).to.equal(sent);
    expect((await refusalOf(funding)).message).to.include("ERC3009UsedAuthorization");
    expect(await alices()).to.equal(FUNDS + AMOUNT);
  });

  it("is signed anew each time", async () => {
    const client = makeClient(stage, "alice");
    for (let count = 0; count < 2; count++) {
      const funding = await client.purse.authorizeFunding(addressed(actors.olive), AMOUNT);
      await relayFunding(contractsOf(stage, "will"), funding);
    }
    expect(await alices()).to.equal(FUNDS + 2n * AMOUNT);
  });

  const thefts: readonly (readonly [string, (honest: SignedFunding) => SignedFunding])[] = [
    ["another operator's account", (honest) => ({ ...honest, operator: addressed(actors.otto) })],
    ["another key's account", (honest) => ({ ...honest, signer: addressed(actors.will) })],
    ["another payer's account", (honest) => ({ ...honest, payer: addressed(actors.bob) })],
    ["more", (honest) => ({ ...honest, amount: honest.amount + 1n })],
    ["less", (honest) => ({ ...honest, amount: honest.amount - 1n })],
    [
      "it for longer",
      (honest) => ({ ...honest, authorization: { ...honest.authorization, validBefore: clock.now + 99_999n } }),
    ],
  ];
  for (const [what, change] of thefts) {
    it(`threat 41: funds nobody who copies it to take ${what}`, async () => {
      const { token } = stage.contracts;
      const before = await token.balanceOf(stage.deployment.contracts.escrow);
      expect((await refusalOf(change(await signed()))).message).to.include("ERC3009InvalidSignature");
      expect(await token.balanceOf(stage.deployment.contracts.escrow)).to.equal(before);
    });
  }

  it("is good for an hour", async () => {
    const funding = await signed();
    await advance(3_600);
    expect((await refusalOf(funding)).message).to.include("ERC3009InvalidAuthorizationTime");
  });

  describe("is signed in no domain", () => {
    const unknown = async (token: unknown, deployment = stage.deployment): Promise<void> => {
      const contracts = { ...stage.contracts, token } as Contracts;
      const { reason, message } = await rejectionOf(ChainError, tokenDomain(contracts, deployment));
      expect(reason).to.equal("TokenDomainUnknown");
      expect(message).to.include("approve the contract instead");
    };

    it("of a token that names none, or is none", async () => {
      for (const at of [stage.deployment.contracts.models, addressed(actors.will)]) {
        const contracts = { ...stage.deployment.contracts, token: at };
        await unknown(connect({ ...stage.deployment, contracts }, actors.will).token);
      }
    });

    it("of another contract, of another chain, or of more than that", async () => {
      const { token, ledger } = stage.contracts;
      await unknown(ledger);
      await unknown(token, { ...stage.deployment, chainId: 1n });
      const [, ...rest] = await token.eip712Domain();
      const [name, version, chainId, verifyingContract] = rest;
      await unknown({ eip712Domain: async () => ({ fields: "0x1f", name, version, chainId, verifyingContract }) });
      expect(await tokenDomain(stage.contracts, stage.deployment)).to.deep.equal({
        name: "Surety Test Dollar",
        version: "1",
        chainId: stage.deployment.chainId,
        contract: stage.deployment.contracts.token,
      });
    });

    it("while the chain cannot be read", async () => {
      const server = await open(() => new Response());
      await server.close();
      const rpc = new JsonRpcProvider(server.url, stage.deployment.chainId, { staticNetwork: true });
      const error = await rejectionOf(ChainError, tokenDomain(connect(stage.deployment, rpc), stage.deployment));
      rpc.destroy();
      expect(error.reason).to.equal("Unreachable");
    });
  });

  it("is what the escrow and the token take for the account alone", async () => {
    const { payer, operator, signer, authorization } = await signed();
    const nonce = await stage.contracts.escrow.fundingNonce(payer, operator, signer, authorization.salt);
    const isUsed = async (): Promise<boolean> => stage.contracts.token.authorizationState(payer, nonce);
    expect(await isUsed()).to.be.false;
    await relayFunding(contractsOf(stage, "will"), { payer, operator, signer, amount: AMOUNT, authorization });
    expect(await isUsed()).to.be.true;
  });
});
