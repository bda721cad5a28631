import type { Command } from "commander";
import { isValid } from "../../core/verify.ts";
import type { Shell } from "../io.ts";
import { type ChainOptions, ending, printing } from "../options.ts";
import { describeVerification, verifyFile } from "../verify.ts";

interface VerifyOptions extends Omit<ChainOptions, "network"> {
  readonly network?: string;
}

/** Adds `surety verify`. */
export function addVerify(program: Command, io: Shell): void {
  const verify = program
    .command("verify")
    .description("check a record's bundle, link by link; exit 1 if a link fails")
    .argument("<bundle>", "the bundle's file")
    .option("--network <name or urls>", "a network, to check what lies on the chain too")
    .option("--rpc <urls>", "RPC endpoints, to check what lies on the chain too (with --deployment)")
    .option("--deployment <file>", "the contracts that you trust on that chain (default: the network's)");
  ending(
    printing(verify),
    [
      "surety verify bundle.json --network base-sepolia",
      "surety verify trace.json --rpc http://127.0.0.1:8545 --deployment deployment.json",
    ],
    "a link fails, or it could not be checked",
  ).action(async (bundle: string, options: VerifyOptions, command: Command) => {
    const { network, rpc, deployment } = options;
    if (network === undefined && (rpc === undefined) !== (deployment === undefined)) {
      command.error("error: --rpc and --deployment go together: the one is where, the other is what you trust there");
    }
    const links = await verifyFile(bundle, sourceIn(options));
    io.out(`${describeVerification(links, options)}\n`);
    if (!isValid(links)) io.fail();
  });
}

/** Where the chain is read; undefined where it is not. */
function sourceIn({ network, rpc, ...options }: VerifyOptions): ChainOptions | undefined {
  if (network !== undefined) return { ...options, network, ...(rpc !== undefined && { rpc }) };
  return rpc === undefined ? undefined : { ...options, network: rpc };
}
