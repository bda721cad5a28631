import type { Command } from "commander";
import { isValid } from "../../core/verify.ts";
import type { Shell } from "../io.ts";
import { ending, printing } from "../options.ts";
import { describeVerification, verifyFile } from "../verify.ts";

interface VerifyOptions {
  readonly rpc?: string;
  readonly deployment?: string;
  readonly json?: boolean;
}

/** Adds `surety verify`. */
export function addVerify(program: Command, io: Shell): void {
  const verify = program
    .command("verify")
    .description("check a record's bundle, link by link; exit 1 if a link fails")
    .argument("<bundle>", "the bundle's file")
    .option("--rpc <url>", "an RPC endpoint, to check what lies on the chain too (with --deployment)")
    .option("--deployment <file>", "the contracts that you trust on that chain (with --rpc)");
  ending(
    printing(verify),
    ["surety verify trace.json --rpc http://127.0.0.1:8545 --deployment deployment.json"],
    "a link fails, or it could not be checked",
  ).action(async (bundle: string, { rpc, deployment, ...options }: VerifyOptions, command: Command) => {
    if ((rpc === undefined) !== (deployment === undefined)) {
      command.error("error: --rpc and --deployment go together: the one is where, the other is what you trust there");
    }
    const source = rpc === undefined || deployment === undefined ? undefined : { rpc, deployment };
    const links = await verifyFile(bundle, source);
    io.out(`${describeVerification(links, options)}\n`);
    if (!isValid(links)) io.fail();
  });
}
