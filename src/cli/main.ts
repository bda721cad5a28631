// The command `surety`. Data goes to stdout, words to stderr; exit 0, 1 on failure, 2 on usage.
import { Command } from "commander";
import type { Hex } from "../core/bytes.ts";
import { isValid } from "../core/verify.ts";
import { useNativeCurve } from "../native/curve.ts";
import { type Attestation, attestNitro, attestTdx, describeAttestation, parseBytes, parseTime } from "./attest.ts";
import { endQuietlyOnClosedPipe, exitCodes, reportFailure } from "./errors.ts";
import { describeVerification, verifyFile } from "./verify.ts";

interface AttestFlags {
  readonly time?: string;
  readonly root?: string;
  readonly json: boolean;
}

/** When to believe what; ends with a word on usage where it cannot be read. */
function readTrust(
  options: AttestFlags,
  root: { readonly bytes: number; readonly what: string },
  command: Command,
): { readonly time: bigint; readonly root?: Hex } {
  const time = options.time === undefined ? BigInt(Math.floor(Date.now() / 1000)) : parseTime(options.time);
  if (time === undefined) command.error("error: --time is a time, as 2026-01-03T21:00:00Z");
  if (options.root === undefined) return { time };
  const bytes = parseBytes(options.root, root.bytes);
  if (bytes === undefined) command.error(`error: --root is ${root.what}: ${root.bytes} bytes in hexadecimal`);
  return { time, root: bytes };
}

function printAttestation(attestation: Attestation, options: AttestFlags): void {
  process.stdout.write(`${describeAttestation(attestation, options)}\n`);
  process.exitCode = attestation.valid ? exitCodes.ok : exitCodes.failure;
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
  .action((document: string, options: AttestFlags & { key?: string }, command: Command) => {
    const { key } = options;
    const trust = readTrust(options, { bytes: 32, what: "the SHA-256 hash of a certificate" }, command);
    printAttestation(attestNitro(document, { ...trust, ...(key !== undefined && { key }) }), options);
  });

attest
  .command("tdx")
  .description("verify a quote of Intel TDX up to Intel's root as the contracts do, and print what it says")
  .argument("<quote>", "its file, as a platform hands it out: the bytes as they are, in hexadecimal or in base 64")
  .requiredOption(
    "--collateral <file>",
    "what Intel says of its platforms, in JSON, as the tools that ask Intel write it",
  )
  .option("--time <iso>", "the time at which it must be valid; now where left out")
  .option("--root <key>", "another root's public key than Intel's, x and y, to try things out")
  .option("--json", "print one JSON line", false)
  .addHelpText("after", "\nExample:\n  surety attest tdx quote.bin --collateral collateral.json")
  .action((quote: string, options: AttestFlags & { collateral: string }, command: Command) => {
    const trust = readTrust(options, { bytes: 64, what: "a public key, x and y" }, command);
    printAttestation(attestTdx(quote, { ...trust, collateral: options.collateral }), options);
  });

endQuietlyOnClosedPipe();
useNativeCurve();
try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = reportFailure(thrown);
}
