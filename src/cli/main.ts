// The command `surety`. Data goes to stdout, words to stderr; exit 0, 1 on failure, 2 on usage.
import { Command } from "commander";
import { isValid } from "../core/verify.ts";
import { endQuietlyOnClosedPipe, exitCodes, reportFailure } from "./errors.ts";
import { describeVerification, verifyFile } from "./verify.ts";

const program = new Command("surety")
  .description("Bonded, verifiable AI inference: the command line tool.")
  .exitOverride()
  .showHelpAfterError();

program
  .command("verify")
  .description("check a record's bundle, link by link; exit 1 if a link fails")
  .argument("<bundle>", "the bundle's file")
  .option("--rpc <url>", "an RPC endpoint, to check what lies on the chain too (with --deployment)")
  .option("--deployment <file>", "the contracts that you trust on that chain (with --rpc)")
  .option("--json", "print one JSON line", false)
  .addHelpText(
    "after",
    "\nExample:\n  surety verify trace.json --rpc http://127.0.0.1:8545 --deployment deployment.json",
  )
  .action(async (bundle: string, options: { rpc?: string; deployment?: string; json: boolean }, command: Command) => {
    const { rpc, deployment, json } = options;
    if ((rpc === undefined) !== (deployment === undefined)) {
      command.error("error: --rpc and --deployment go together: the one is where, the other is what you trust there");
    }
    const source = rpc === undefined || deployment === undefined ? undefined : { rpc, deployment };
    const links = await verifyFile(bundle, source);
    process.stdout.write(`${describeVerification(links, { json })}\n`);
    process.exitCode = isValid(links) ? exitCodes.ok : exitCodes.failure;
  });

endQuietlyOnClosedPipe();
try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
