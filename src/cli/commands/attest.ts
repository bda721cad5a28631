import type { Command } from "commander";
import type { Hex } from "../../core/bytes.ts";
import { type Attestation, attestNitro, attestTdx, describeAttestation } from "../attest.ts";
import type { Shell } from "../io.ts";
import { ending, printing } from "../options.ts";
import { parseBytes, parseTime } from "../parse.ts";

interface AttestOptions {
  readonly time?: string;
  readonly root?: string;
  readonly json?: boolean;
}

const NOT_BELIEVED = "the evidence is not to be believed, or could not be read";

/** Adds `surety attest`. */
export function addAttest(program: Command, io: Shell): void {
  const attest = program
    .command("attest")
    .description("check what an enclave's hardware says of it; exit 1 if that is not to be believed");
  const show = (attestation: Attestation, options: AttestOptions): void => {
    io.out(`${describeAttestation(attestation, options)}\n`);
    if (!attestation.valid) io.fail();
  };

  const nitro = attest
    .command("nitro")
    .description("verify an attestation document of an AWS Nitro enclave up to AWS's root, and print what it says")
    .argument("<document>", "its file: the bytes as they are, in hexadecimal or in base 64")
    .option("--time <iso>", "the time at which it must be valid; now where left out")
    .option("--key <file>", "an RSA key (SubjectPublicKeyInfo, PEM or DER) that it must bind, by itself or by its hash")
    .option("--root <sha256>", "the fingerprint of another root than AWS's, to try things out");
  ending(
    printing(nitro),
    ["surety attest nitro document.bin --time 2026-01-03T21:00:00Z --key enclave.pem"],
    NOT_BELIEVED,
  ).action((document: string, options: AttestOptions & { readonly key?: string }, command: Command) => {
    const { key } = options;
    const trust = readTrust(options, { bytes: 32, what: "the SHA-256 hash of a certificate", io }, command);
    show(attestNitro(document, { ...trust, ...(key !== undefined && { key }) }), options);
  });

  const tdx = attest
    .command("tdx")
    .description("verify a quote of Intel TDX up to Intel's root as the contracts do, and print what it says")
    .argument("<quote>", "its file, as a platform hands it out: the bytes as they are, in hexadecimal or in base 64")
    .requiredOption(
      "--collateral <file>",
      "what Intel says of its platforms, in JSON, as the tools that ask Intel write it",
    )
    .option("--time <iso>", "the time at which it must be valid; now where left out")
    .option("--root <key>", "another root's public key than Intel's, x and y, to try things out");
  ending(printing(tdx), ["surety attest tdx quote.bin --collateral collateral.json"], NOT_BELIEVED).action(
    (quote: string, options: AttestOptions & { readonly collateral: string }, command: Command) => {
      const trust = readTrust(options, { bytes: 64, what: "a public key, x and y", io }, command);
      show(attestTdx(quote, { ...trust, collateral: options.collateral }), options);
    },
  );
}

/** When to believe what; ends with a word on usage where it cannot be read. */
function readTrust(
  options: AttestOptions,
  root: { readonly bytes: number; readonly what: string; readonly io: Shell },
  command: Command,
): { readonly time: bigint; readonly root?: Hex } {
  const time = options.time === undefined ? root.io.clock() : parseTime(options.time);
  if (time === undefined) command.error("error: --time is a time, as 2026-01-03T21:00:00Z");
  if (options.root === undefined) return { time };
  const bytes = parseBytes(options.root, root.bytes);
  if (bytes === undefined) command.error(`error: --root is ${root.what}: ${root.bytes} bytes in hexadecimal`);
  return { time, root: bytes };
}
