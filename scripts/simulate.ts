// Simulates a scenario: `surety simulate` as a Hardhat script.
//
//   SURETY_SCENARIO=market npx hardhat run scripts/simulate.ts
//
// SURETY_SCENARIO is a scenario's name, or its file; market where it is not set. SURETY_OUT is where the files are written.
import { runCli } from "../src/cli/program.ts";
import { processIo } from "../src/cli/terminal.ts";

const { SURETY_SCENARIO: scenario = "market", SURETY_OUT: out } = process.env;
process.exitCode = await runCli(["simulate", scenario, ...(out === undefined ? [] : ["--out", out])], processIo());
