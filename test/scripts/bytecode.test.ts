import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { CreditHistory__factory, IrisVerifier__factory, OperatorBonds__factory } from "../../typechain-types/index.ts";

const root = resolve(import.meta.dirname, "../..");
const require = createRequire(import.meta.url);

interface BuildInfo {
  readonly solcLongVersion: string;
  readonly input: {
    readonly language: string;
    readonly sources: Readonly<Record<string, { readonly content: string }>>;
    readonly settings: Readonly<Record<string, unknown>> & { readonly remappings: readonly string[] };
  };
}

interface Compiler {
  compile(input: string): string;
  version(): string;
}

interface Output {
  readonly contracts: Readonly<
    Record<string, Readonly<Record<string, { readonly evm: { bytecode: { object: string } } }>>>
  >;
}

/** What the compiler was given for the contract of an artifact. */
function buildOf(artifact: string): BuildInfo {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(root, "artifacts", path), "utf8"));
  const { buildInfoId } = read(artifact) as { readonly buildInfoId: string };
  return read(`build-info/${buildInfoId}.json`) as BuildInfo;
}

/** The file behind a source's name, wherever the checkout lies. */
function fileOf(name: string): string {
  return join(root, name.replace(/^project\//, "").replace(/^npm\/(@[^/]+\/[^/@]+)@[^/]+\//, "node_modules/$1/"));
}

describe("the committed bytecode", () => {
  const builds = {
    ir: buildOf("contracts/credit/CreditHistory.sol/CreditHistory.json"),
    assembly: buildOf("contracts/verifiers/generated/IrisVerifier.sol/IrisVerifier.json"),
  };

  for (const [name, { input, solcLongVersion }] of Object.entries(builds)) {
    it(`is compiled from the checkout's files and packages under names of no machine (${name})`, () => {
      expect(solcLongVersion).to.equal((require("solc") as Compiler).version().replace(".Emscripten.clang", ""));
      for (const [source, { content }] of Object.entries(input.sources)) {
        expect(source).to.match(/^(project\/contracts|npm\/@openzeppelin\/contracts@5\.7\.0)\/[\w/-]+\.sol$/);
        expect(content, source).to.equal(readFileSync(fileOf(source), "utf8"));
      }
      expect(JSON.stringify(input)).to.not.include(root);
      for (const remapping of input.settings.remappings) expect(remapping).to.match(/^project\/:@\S+=npm\/@\S+$/);
    });
  }

  it("follows from these alone: the compiler by itself gives the same, whatever else is compiled", function () {
    this.timeout(120_000);
    const { input } = builds.ir;
    const source = "project/contracts/credit/CreditHistory.sol";
    // Only what it imports: the rest would not change a byte, metadata included.
    const needed = new Map<string, { readonly content: string }>();
    const resolveImport = (from: string, path: string): string =>
      path.startsWith("@")
        ? path.replace("@openzeppelin/contracts/", "npm/@openzeppelin/contracts@5.7.0/")
        : join(from, "..", path);
    const add = (name: string): void => {
      if (needed.has(name)) return;
      const content = readFileSync(fileOf(name), "utf8");
      needed.set(name, { content });
      for (const [, path = ""] of content.matchAll(/^(?:import|\}) ?[^"]*from "([^"]+)"/gm))
        add(resolveImport(name, path));
    };
    add(source);
    expect(needed.size).to.be.lessThan(Object.keys(input.sources).length);
    const outputSelection = { [source]: { CreditHistory: ["evm.bytecode.object"] } };
    const alone = {
      ...input,
      sources: Object.fromEntries([...needed].sort(([a], [b]) => (a < b ? -1 : 1))),
      settings: { ...input.settings, outputSelection },
    };
    const output = JSON.parse((require("solc") as Compiler).compile(JSON.stringify(alone))) as Output;
    const bytecode = `0x${output.contracts[source]?.["CreditHistory"]?.evm.bytecode.object ?? ""}`;
    expect(bytecode).to.equal(CreditHistory__factory.bytecode);
  });

  it("says by which compiler, and from which sources", () => {
    // CBOR: {"ipfs": <34 bytes>, "solc": <3 bytes>}, and its own length.
    const metadata = /a2646970667358221220[0-9a-f]{64}64736f6c6343000825[0-9a-f]{4}/;
    for (const { bytecode } of [CreditHistory__factory, OperatorBonds__factory, IrisVerifier__factory])
      expect(bytecode).to.match(metadata);
  });
});
