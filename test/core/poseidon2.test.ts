import { expect } from "chai";
import { FIELD_ORDER, permute, poseidon2, type State } from "../../src/core/poseidon2.ts";

/** What Noir 1.0.0-beta.26 computes (`std::hash::poseidon2_permutation`). */
const permutations: readonly (readonly [State, State])[] = [
  [
    [0x0n, 0x0n, 0x0n, 0x0n],
    [
      0x18dfb8dc9b82229cff974efefc8df78b1ce96d9d844236b496785c698bc6732en,
      0x095c230d1d37a246e8d2d5a63b165fe0fade040d442f61e25f0590e5fb76f839n,
      0x0bb9545846e1afa4fa3c97414a60a20fc4949f537a68cceca34c5ce71e28aa59n,
      0x18a4f34c9c6f99335ff7638b82aeed9018026618358873c982bbdde265b2ed6dn,
    ],
  ],
  [
    [0x0n, 0x1n, 0x2n, 0x3n],
    [
      0x01bd538c2ee014ed5141b29e9ae240bf8db3fe5b9a38629a9647cf8d76c01737n,
      0x239b62e7db98aa3a2a8f6a0d2fa1709e7a35959aa6c7034814d9daa90cbac662n,
      0x04cbb44c61d928ed06808456bf758cbf0c18d1e15a7b6dbc8245fa7515d5e3cbn,
      0x2e11c5cff2a22c64d01304b778d78f6998eff1ab73163a35603f54794c30847an,
    ],
  ],
  [
    [
      0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000n,
      0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000n,
      0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000n,
      0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000n,
    ],
    [
      0x1b18e6ca21a1e9b15d65f0b5861ede5ff20db8fa3722531823d0c817d69d945dn,
      0x0afb50ea6867b1cb2d9d1eac935af746bc7a780e181a1e6ae9b768c9cba68878n,
      0x0a521a22ca614e65b877d0676652fb60e90a11b462f9846a08e811d95272a9d8n,
      0x2369f077784e0aea99ee3dc6b7b01612af7f80d7f08b755f9f116e2885ee367fn,
    ],
  ],
  [
    [
      0x2a8a1c5d3f0b4e79912345678abcdef00fedcba987654321n,
      0x7n,
      0x183227397098d014dc2822db40c0ac2e9419f4243cdcb848a1f0fac9f8000000n,
      0x10000000000000000n,
    ],
    [
      0x056cd6b31188933f909e11c2052dbdf871d002aedb4096715dc685f66e23b39fn,
      0x05f3b85382edc1102a4257604786c706bb046e0c8532f0dbf524c4a35f40fbc6n,
      0x0f627369e16813b6b01c696d569d8207e5b847981c623e934cb6bc204d383860n,
      0x2dd166ba9586913a6cb7a30a631b82303ac52f4d0ed7266039280b0c1218db1en,
    ],
  ],
];

/** What bb 5.0.0 computes (`poseidon2Hash`): sponges that end within, at and after a block of three. */
const hashes: readonly (readonly [readonly bigint[], bigint])[] = [
  [[0x0n], 0x2710144414c3a5f2354f4c08d52ed655b9fe253b4bf12cb9ad3de693d9b1db11n],
  [[0x1n, 0x2n], 0x038682aa1cb5ae4e0a3f13da432a95c77c5c111f6f030faf9cad641ce1ed7383n],
  [[0x1n, 0x2n, 0x3n], 0x23864adb160dddf590f1d3303683ebcb914f828e2635f6e85a32f0a1aecd3dd8n],
  [[0x1n, 0x2n, 0x3n, 0x4n], 0x130bf204a32cac1f0ace56c78b731aa3809f06df2731ebcf6b3464a15788b1b9n],
  [
    [0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000000n, 0x0n, 0x0n, 0x0n, 0x0n, 0x0n, 0x5n],
    0x26660897580e60a832d083a405020d896e60ed2319736dcc8cc7223e7f905b61n,
  ],
];

describe("Poseidon2", () => {
  it("permutes as Noir does", () => {
    for (const [input, output] of permutations) expect(permute(input)).to.deep.equal(output);
  });

  it("hashes any number of field elements as bb does", () => {
    for (const [inputs, output] of hashes) expect(poseidon2(inputs)).to.equal(output);
  });

  it("takes field elements only", () => {
    expect(() => poseidon2([1n, FIELD_ORDER])).to.throw(RangeError, "no element");
    expect(() => poseidon2([-1n])).to.throw(RangeError, "no element");
    expect(poseidon2([FIELD_ORDER - 1n])).to.not.equal(poseidon2([0n]));
  });
});
