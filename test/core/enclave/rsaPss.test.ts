import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Contract, ContractFactory } from "ethers";
import fc from "fast-check";
import { network } from "hardhat";
import { fromHex, type Hex, toHex } from "../../../src/core/bytes.ts";
import { verifyRsaPss } from "../../../src/core/enclave/rsaPss.ts";
import { encodePss, hexOf, modulus, numberOf, sha256Hex, signPss, signRaw, verifyByNode } from "../../support/rsa.ts";
import { compileContract } from "../../support/solc.ts";
import { makeRsaVectors, type RsaVectors } from "../../vectors/rsa.ts";

const text = readFileSync(new URL("../../vectors/rsa.json", import.meta.url), "utf8");
const { cases } = JSON.parse(text) as Pick<RsaVectors, "cases">;

const verify = (given: { modulus: Hex; messageHash: Hex; signature: Hex }): boolean =>
  verifyRsaPss({
    modulus: fromHex(given.modulus),
    messageHash: fromHex(given.messageHash),
    signature: fromHex(given.signature),
  });

/** Every byte of a text changed, one at a time. */
function changesOf(hex: Hex): Hex[] {
  return Array.from(fromHex(hex), (byte, index) => {
    const changed = fromHex(hex);
    changed[index] = byte ^ (1 << (index % 8));
    return toHex(changed);
  });
}

describe("RSA-PSS", () => {
  it("has the vectors that the contract is held to, as their maker makes them", () => {
    expect(text === makeRsaVectors(), "rsa.json is what rsa.ts makes").to.equal(true);
    expect(cases).to.have.length(67);
  });

  for (const { name, isValid, ...given } of cases) {
    it(`${isValid ? "takes" : "refuses"} ${name}`, () => {
      expect(verify(given)).to.equal(isValid);
    });
  }

  it("takes node's own signatures", () => {
    for (let index = 0; index < 20; index++) {
      const message = hexOf(BigInt(index), 32);
      expect(verify({ modulus, messageHash: sha256Hex(message), signature: signPss(message) })).to.equal(true);
    }
  });

  it("refuses every byte of modulus, signature and message changed", () => {
    const message = hexOf(1n, 32);
    const given = { modulus, messageHash: sha256Hex(message), signature: signPss(message) };
    for (const changed of changesOf(given.modulus)) expect(verify({ ...given, modulus: changed })).to.equal(false);
    for (const changed of changesOf(given.signature)) expect(verify({ ...given, signature: changed })).to.equal(false);
    for (const changed of changesOf(given.messageHash)) {
      expect(verify({ ...given, messageHash: changed })).to.equal(false);
    }
  });

  it("judges as the contract and as node, whatever is odd", async () => {
    const connection = await network.create({ network: "local", chainType: "l1" });
    const [signer] = await connection.ethers.getSigners();
    const { abi, bytecode } = compileContract("test/support/RsaPssHarness.sol");
    const deployed = await new ContractFactory(abi, bytecode, signer).deploy();
    const contract = new Contract(await deployed.getAddress(), abi, signer);

    const word = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex);
    const oddity = fc.constantFrom("none", "none", "trailer", "turn", "salt", "flip", "greater");
    const seen = { valid: 0, invalid: 0 };
    await fc.assert(
      fc.asyncProperty(word, word, oddity, fc.nat(2047), async (message, salt, odd, number) => {
        const messageHash = sha256Hex(message);
        const changeAll = (encoded: Uint8Array): void => {
          const place = number >> 3;
          if (odd === "flip") encoded[place] = (encoded[place] ?? 0) ^ (1 << (number & 7));
          // Below the modulus, or there is nothing to sign.
          if (numberOf(toHex(encoded)) >= numberOf(modulus)) encoded[0] = 0x7f;
        };
        const encoded = encodePss({
          hash: messageHash,
          salt: odd === "salt" ? `0x${salt.slice(2, 2 + 2 * (number % 32))}` : salt,
          trailer: odd === "trailer" ? number & 0xff : 0xbc,
          turn: odd === "turn" ? number & 0xff : 1,
          changeAll,
        });
        const signed = signRaw(encoded);
        const more = numberOf(signed) + numberOf(modulus);
        const signature = odd === "greater" && more < 2n ** 2048n ? hexOf(more) : signed;
        const verdict = verify({ modulus, messageHash, signature });
        const onChain: unknown = await contract.getFunction("verify")(modulus, messageHash, signature);
        expect(verdict).to.equal(verifyByNode({ modulus, message, signature }), "as node");
        expect(verdict).to.equal(onChain, "as the contract");
        seen[verdict ? "valid" : "invalid"]++;
      }),
      { numRuns: 200, seed: 0x5e7e },
    );
    expect(seen.valid).to.be.greaterThan(20);
    expect(seen.invalid).to.be.greaterThan(20);
    await connection.close();
  });
});
