import { Command } from "commander";
import { addAccount } from "./commands/account.ts";
import { addAttest } from "./commands/attest.ts";
import { addCheck } from "./commands/check.ts";
import { addClaim } from "./commands/claim.ts";
import { addAsk } from "./commands/client.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCredit } from "./commands/credit.ts";
import { addDelegator } from "./commands/delegator.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addErc8004 } from "./commands/erc8004.ts";
import { addGovern } from "./commands/govern.ts";
import { addMetrics } from "./commands/metrics.ts";
import { addModel } from "./commands/model.ts";
import { addOperator } from "./commands/operator.ts";
import { addPurse } from "./commands/purse.ts";
import { addSimulate, addSweep } from "./commands/simulate.ts";
import { addTrace } from "./commands/trace.ts";
import { addVerify } from "./commands/verify.ts";
import { addWatch } from "./commands/watch.ts";
import { exitCodes, reportFailure } from "./errors.ts";
import type { Io, Shell } from "./io.ts";

/** The command tree. */
export function makeProgram(io: Shell): Command {
  const program = new Command("surety")
    .description("Bonded, verifiable AI inference: the command line tool.")
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .exitOverride()
    .showHelpAfterError();
  addDeploy(program, io);
  addCheck(program, io);
  addGovern(program, io);
  addAccount(program, io);
  addOperator(program, io);
  addModel(program, io);
  addDelegator(program, io);
  addPurse(program, io);
  addAsk(program, io);
  addTrace(program, io);
  addVerify(program, io);
  addAttest(program, io);
  addCredit(program, io);
  addErc8004(program, io);
  addMetrics(program, io);
  addWatch(program, io);
  addClaim(program, io);
  addSimulate(program, io);
  addSweep(program, io);
  addCompletion(program, io);
  return program;
}

/**
 * Runs a command to its end.
 * @param parameters what is typed after `surety`
 * @returns the exit code: 0, 1 on failure, 2 on usage
 */
export async function runCli(parameters: readonly string[], io: Io): Promise<number> {
  let code: number = exitCodes.ok;
  const fail = (): void => {
    code = exitCodes.failure;
  };
  try {
    await makeProgram({ ...io, fail }).parseAsync(parameters, { from: "user" });
    return code;
  } catch (thrown) {
    return reportFailure(thrown, io.err);
  }
}
