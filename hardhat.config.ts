import { createRequire } from "node:module";
import toolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";
import { configVariable, defineConfig } from "hardhat/config";
import { networks } from "./src/chain/networks.ts";

// The compiler is the npm package, so that building needs no download beyond `npm ci`.
const compiler = {
  version: "0.8.37",
  path: createRequire(import.meta.url).resolve("solc/soljson.js"),
  settings: {
    optimizer: { enabled: true, runs: 1_000_000 },
    viaIR: true,
    evmVersion: "osaka",
    // Beside Hardhat's own: what snapshots/ and docs/reference are written from.
    outputSelection: { "*": { "*": ["storageLayout", "devdoc", "userdoc"] } },
  },
};

// bb's optimised verifiers are one block of assembly, which the pipeline through IR finds no stack layout for.
const assembly = { ...compiler, settings: { ...compiler.settings, viaIR: false } };
const profile = { compilers: [compiler], overrides: { "contracts/verifiers/generated/IrisVerifier.sol": assembly } };

// Instrumented code must not get into what everything else runs.
const build = process.argv.includes("--coverage") ? "coverage/" : "";

// How much is tried at random: quickly on every run, deeply on `npm run test:deep` (scripts/setup.mjs sets the variable).
const efforts = {
  quick: { fuzzRuns: 256, invariantRuns: 32, invariantDepth: 64 },
  deep: { fuzzRuns: 10_000, invariantRuns: 128, invariantDepth: 256 },
};
const effort = efforts[process.env["SURETY_TEST_PROFILE"] === "deep" ? "deep" : "quick"];

/** A network that is known by name, and the key that deploys there: from the environment or Hardhat's keystore. */
function published(name: "sepolia" | "base-sepolia") {
  const { chainId, endpoints } = networks[name];
  return { chainId: Number(chainId), url: endpoints[0], accounts: [configVariable("SURETY_DEPLOYER_KEY")] };
}

export default defineConfig({
  plugins: [toolbox],
  // Both profiles alike: otherwise gas figures and the bytecode in typechain-types depend on who compiled last.
  solidity: {
    profiles: { default: profile, production: profile },
    // The contracts alone are what most commands need; compiling the tests takes minutes.
    splitTestsCompilation: true,
    npmFilesToBuild: ["@openzeppelin/contracts/access/manager/AccessManager.sol"],
  },
  paths: {
    artifacts: `${build}artifacts`,
    cache: `${build}cache`,
    ignition: "deploy",
    tests: { mocha: "test", solidity: "test" },
  },
  typechain: { outDir: `${build}typechain-types` },
  networks: {
    // The chain of `npm start` and of the tests.
    local: { type: "edr-simulated", chainType: "l1", hardfork: "osaka", accounts: { count: 24 } },
    // A JSON-RPC server on loopback that some other process runs.
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    // For Hardhat's own commands: `surety deploy` takes its key from a keystore of ethers' form.
    sepolia: { type: "http", chainType: "l1", ...published("sepolia") },
    "base-sepolia": { type: "http", chainType: "op", ...published("base-sepolia") },
  },
  verify: { etherscan: { apiKey: configVariable("ETHERSCAN_API_KEY") } },
  test: {
    mocha: { timeout: 120_000 },
    solidity: {
      // The vectors that both languages are held to, and proofs that src/snark made.
      fsPermissions: {
        readFile: [
          "test/vectors/protocol.json",
          "test/vectors/rsa.json",
          "test/vectors/tdx.json",
          "models/iris-proofs.json",
        ],
      },
      fuzz: { runs: effort.fuzzRuns, seed: "0x5e7e" },
      invariant: { runs: effort.invariantRuns, depth: effort.invariantDepth, failOnRevert: true },
    },
  },
});
