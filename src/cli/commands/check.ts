import type { Command } from "commander";
import type { Provider } from "ethers";
import { type Checked, checkDeployment, type Row } from "../../chain/check.ts";
import { connect } from "../../chain/contracts.ts";
import type { Deployment } from "../../chain/deployment.ts";
import { ChainError } from "../../chain/errors.ts";
import { query } from "../../chain/transactions.ts";
import type { Hex } from "../../core/bytes.ts";
import { readDeployment, withProvider } from "../connection.ts";
import { formatTable, formatTime, print } from "../format.ts";
import { progress, type Shell } from "../io.ts";
import { type ChainOptions, ending, reading } from "../options.ts";
import { parametersHere } from "../parameters.ts";
import { parseAddress, parseCount } from "../parse.ts";

interface Options extends ChainOptions {
  readonly governance?: Hex;
  readonly guardian?: Hex;
  readonly treasury?: Hex;
  readonly parameters?: string;
  readonly block?: number;
}

const marks = { right: "✓", wrong: "✗", notable: "!" } as const;

/** Adds `surety check`. */
export function addCheck(program: Command, io: Shell): void {
  const check = reading(
    program
      .command("check")
      .description("compare a deployment on the chain with what it should be: code, wiring, roles, parameters, bounds"),
  )
    .option("--governance <address>", "who should govern (default: as the deployment file says)", parseAddress)
    .option(
      "--guardian <address>",
      "who should be able to suspend (default: as the deployment file says)",
      parseAddress,
    )
    .option("--treasury <address>", "where fees should go (default: as the deployment file says)", parseAddress)
    .option("--parameters <file>", "what it should have been asked to be (default: deploy/parameters/<network>.json)")
    .option("--block <number>", "read everything at this block (default: the latest)", parseCount);
  ending(
    check,
    [
      "surety check --network base-sepolia",
      "surety check --network base-sepolia --guardian 0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    ],
    "something is wrong: its line begins with ✗ and says what to do",
  ).action(async (options: Options) => {
    const { parameters: file, ...given } = options;
    const checked = await withProvider(options, async (provider, network) => {
      const { chainId } = await query(() => provider.getNetwork());
      const deployment = readDeployment(options, chainId);
      const decimals = await decimalsOf(deployment, provider);
      const parameters =
        decimals === undefined ? undefined : await parametersHere({ network, chainId, file, decimals });
      progress(io, "Reading the chain; this takes minutes where it is years old ...");
      return checkDeployment({ ...given, deployment, provider, parameters });
    });
    print(io, options, checked, formatChecked(checked));
    if (!checked.isRight) io.fail();
  });
}

/** A check in lines: what was read, a line for each thing, and how many are wrong. */
export function formatChecked(checked: Checked): string[] {
  const { chainId, block, hash, time, rows } = checked;
  return [
    `Chain ${chainId} at block ${block} (${hash}), ${formatTime(time)}`,
    ...formatFound(rows),
    formatOutcome(checked),
  ];
}

/** Lines of a check, each with its remedy below it. */
export function formatFound(rows: readonly Row[]): string[] {
  const table = formatTable(
    rows.map(({ part, name, says }) => [part, name, says]),
    3,
  );
  return rows.flatMap(({ standing, remedy }, index) => [
    `${marks[standing]} ${table[index] ?? ""}`,
    ...(remedy === undefined ? [] : [`    do: ${remedy}`]),
  ]);
}

/** How a check ended. */
export function formatOutcome({ isRight, rows }: Checked): string {
  const count = (standing: Row["standing"]): number => rows.filter((row) => row.standing === standing).length;
  const end = isRight ? "✓ nothing is wrong" : `✗ ${count("wrong")} wrong`;
  return `${end}: ${count("right")} as they should be, ${count("notable")} worth a look`;
}

/** Undefined where the token says none: what is wrong with it is for the check to say. @throws ChainError */
async function decimalsOf(deployment: Deployment, provider: Provider): Promise<number | undefined> {
  try {
    return Number(await query(() => connect(deployment, provider).token.decimals()));
  } catch (cause) {
    if (cause instanceof ChainError && cause.reason !== "Unreachable") return undefined;
    throw cause;
  }
}
