// The README's way onto a testnet, from a checkout to a network that serves and is paid: typed as it is printed there,
// into a copy of this checkout, against a chain as Base Sepolia is. `npm run rehearsal -- --help`.
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { Command } from "commander";
import { JsonRpcProvider } from "ethers";
import { parseDeployment } from "../src/chain/deployment.ts";
import { chainIdAt } from "../src/chain/failover.ts";
import { exitCodes } from "../src/cli/errors.ts";
import { write } from "../src/core/records.ts";
import { Parts, runAndClose } from "./parts.ts";
import { BASE_SEPOLIA, missingAnvil, startAnvil } from "./rehearsal/anvil.ts";
import { copyCheckout } from "./rehearsal/checkout.ts";
import { checksOf, readFacts } from "./rehearsal/facts.ts";
import { play } from "./rehearsal/script.ts";
import { RehearsalError } from "./rehearsal/shell.ts";

const root = resolve(import.meta.dirname, "..");
const started = performance.now();
const parts = new Parts();

interface Options {
  readonly json: boolean;
  readonly rpc?: string;
}

async function main({ json, rpc }: Options): Promise<boolean> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const url = rpc ?? (await openChain());
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, batchMaxCount: 1 });
  parts.opened({ close: () => provider.destroy() });
  await requireChain(url);
  const checkout = copyCheckout(root);
  parts.opened(checkout);
  const { folder } = checkout;
  const { PATH = "" } = process.env;
  const env = { PATH, HOME: folder, NETWORK: url, SURETY_PASSWORD: "known to everybody" };
  const giveCoin = async (address: string): Promise<void> =>
    provider.send("anvil_setBalance", [address, "0xde0b6b3a7640000"]) as Promise<void>;
  const nextBlock = async (): Promise<unknown> => provider.send("evm_mine", []);
  const readme = readFileSync(join(folder, "README.md"), "utf8");
  const means = { shell: { folder, env }, port: await freePort(), giveCoin, nextBlock, say };
  const played = await play({ readme, ...means }, parts);

  const deployment = parseDeployment(readFileSync(join(folder, `deployments/${BASE_SEPOLIA}.json`), "utf8"));
  const facts = await readFacts(deployment, provider, played.people);
  const checks = checksOf(facts);
  const isRight = Object.values(checks).every((holds) => holds);
  const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
  const summary = { isRight, ...played, ...facts, checks, contracts: deployment.contracts, seconds };
  process.stdout.write(json ? `${write(summary)}\n` : toText(checks, `${played.commands} commands in ${seconds} s`));
  return isRight;
}

function toText(checks: ReturnType<typeof checksOf>, end: string): string {
  const lines = Object.entries(checks).map(([name, holds]) => `${holds ? "✓" : "✗"} ${name}`);
  return `\n✓ every command of the README did what it is there for: ${end}\n${lines.join("\n")}\n`;
}

/** @throws RehearsalError where what answers, if anything does, is no Base Sepolia */
async function requireChain(url: string): Promise<void> {
  const chainId = await chainIdAt(url);
  if (chainId === BASE_SEPOLIA) return;
  throw new RehearsalError(
    `${url} is chain ${chainId}: start anvil with --network optimism --chain-id ${BASE_SEPOLIA}`,
  );
}

/** @throws RehearsalError where anvil does not run on this machine */
async function openChain(): Promise<string> {
  if (missingAnvil !== undefined) throw new RehearsalError(`${missingAnvil}: name a chain of anvil's with --rpc`);
  const anvil = await startAnvil();
  parts.opened(anvil);
  return anvil.url;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new RehearsalError("this machine gives no port");
  return address.port;
}

function readOptions(): Options {
  return new Command("npm run rehearsal --")
    .description("Types the README's way onto a testnet against a chain of its own, and checks what came of it.")
    .option("--json", "print one JSON line at the end instead of the summary", false)
    .option("--rpc <url>", "an anvil that runs already, with Base Sepolia's chain id")
    .addHelpText("after", "\nExample:\n  npm run rehearsal -- --json")
    .exitOverride()
    .showHelpAfterError()
    .parse()
    .opts<Options>();
}

await runAndClose(parts, async () => ((await main(readOptions())) ? exitCodes.ok : exitCodes.failure));
