// The command `surety`. Data goes to stdout, words to stderr; exit 0, 1 on failure, 2 on usage.
import { Command } from "commander";
import { isValid } from "../core/verify.ts";
import { attestNitro, describeAttestation, parseFingerprint, parseTime } from "./attest.ts";
import { endQuietlyOnClosedPipe, exitCodes, reportFailure } from "./errors.ts";
import { describeVerification, verifyFile } from "./verify.ts";

interface NitroFlags {
  readonly time?: string;
  readonly key?: string;
  readonly root?: string;
  readonly json: boolean;
}

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

const attest = program
  .command("attest")
  .description("check what an enclave's hardware says of it; exit 1 if that is not to be believed");

attest
  .command("nitro")
  .description("verify an attestation document of an AWS Nitro enclave up to AWS's root, and print what it says")
  .argument("<document>", "its file: the bytes as they are, in hexadecimal or in base 64")
  .option("--time <iso>", "the time at which it must be valid; now where left out")
  .option("--key <file>", "an RSA key (SubjectPublicKeyInfo, PEM or DER) that it must bind, by itself or by its hash")
  .option("--root <sha256>", "the fingerprint of another root than AWS's, to try things out")
  .option("--json", "print one JSON line", false)
  .addHelpText("after", "\nExample:\n  surety attest nitro document.bin --time 2026-01-03T21:00:00Z --key enclave.pem")
  .action((document: string, options: NitroFlags, command: Command) => {
    const time = options.time === undefined ? BigInt(Math.floor(Date.now() / 1000)) : parseTime(options.time);
    const root = options.root === undefined ? undefined : parseFingerprint(options.root);
    if (time === undefined) command.error("error: --time is a time, as 2026-01-03T21:00:00Z");
    if (options.root !== undefined && root === undefined) {
      command.error("error: --root is the SHA-256 hash of a certificate, 64 hexadecimal digits");
    }
    const attestation = attestNitro(document, {
      time,
      ...(root !== undefined && { root }),
      ...(options.key !== undefined && { key: options.key }),
    });
    process.stdout.write(`${describeAttestation(attestation, options)}\n`);
    process.exitCode = attestation.valid ? exitCodes.ok : exitCodes.failure;
  });

endQuietlyOnClosedPipe();
try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
