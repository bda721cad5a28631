/** What must be so at the end of the main job, each asked of the chain. */
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { Mode, receiptHash } from "../core/typedData.ts";
import { checkDelegations, checkFundings, checkMoney, checkPurchase } from "./books.ts";
import type { Happened } from "./happened.ts";
import { BOND } from "./operators.ts";
import { type Check, check } from "./report.ts";

/** Checks everything. @throws ChainError where the chain cannot be read */
export async function audit(happened: Happened): Promise<Check[]> {
  return query(async () => [
    ...checkService(happened),
    ...(await checkModes(happened)),
    ...(await checkFundings(happened)),
    ...(await checkMoney(happened)),
    ...(await checkPurchase(happened)),
    ...(await checkDelegations(happened)),
    ...(await checkJustice(happened)),
    ...(await checkDemands(happened)),
    check("one record holds in every link, from its file alone", happened.trace.isValid, happened.trace.file),
  ]);
}

function checkService({ answers, served, quiet, inspection, faults }: Happened): Check[] {
  const confirmed = served.filter(({ inclusion }) => inclusion !== undefined).length;
  const right = served.filter(({ isRight }) => isRight).length;
  const seen = quiet.reexecuted + inspection.reexecuted;
  // Of the signed mode there is nothing to compute again: it says who, not whether right.
  const judged = answers.filter(({ record }) => record.request.order.mode !== Mode.signed).length;
  const withheld = [...quiet.withheld, ...inspection.withheld];
  const silences = faults.filter(({ court }) => court === "DisclosureCourt").length;
  const isPunished = quiet.withheld.length === 0 && withheld.length === silences;
  return [
    check("every answer is in a committed batch", confirmed === served.length, `${confirmed} of ${served.length}`),
    check("nine answers in ten are right", right >= 0.9 * served.length, `${right} of ${served.length}`),
    check("the watcher computed every answer again", seen === judged, `${seen} of ${judged}`),
    check("nothing was withheld from it that silence was not punished for", isPunished, withheld.join("; ")),
    check("it found nothing while all were honest", quiet.findings.length === 0, `${quiet.findings.length} findings`),
  ];
}

/** Checks that in each mode every answer was verified, and the chain has its fee. */
async function checkModes({ modes, modeTraces, served, contracts }: Happened): Promise<Check[]> {
  const settled = await Promise.all(
    served.map(async ({ record: { request, receipt } }) => {
      const account = await contracts.escrow.account(request.payer, receipt.operator, receipt.client);
      return { mode: request.order.mode, isSettled: account.settled >= receipt.charged };
    }),
  );
  const checks = modes.map(({ mode, served: count, verified }) => {
    const paid = settled.filter((one) => one.mode === Mode[mode] && one.isSettled).length;
    const isAll = count > 0 && verified === count && paid === count;
    return check(
      `every answer of the ${mode} mode is verified and settled`,
      isAll,
      `${verified} verified, ${paid} settled of ${count}`,
    );
  });
  const records = modeTraces.map(({ mode, isValid, detail }) =>
    check(`a record of the ${mode} mode holds in every link that the mode has`, isValid, detail),
  );
  return [...checks, ...records];
}

/** Checks that demands were answered in time and left their operators alone, or were punished. */
async function checkDemands({ demanded, cast, contracts }: Happened): Promise<Check[]> {
  const { disclosureCourt } = contracts;
  const { withheld, answered } = demanded;
  const checks = answered.map(async ({ operator, demand, leaf }) => {
    const [disclosedAt, isPunished] = await Promise.all([
      disclosureCourt.disclosedAt(leaf),
      disclosureCourt.isPunished(demand.id),
    ]);
    const isLeftAlone = disclosedAt !== 0n && !isPunished;
    return check(`${operator.name} answered what was demanded, and is left alone`, isLeftAlone, `at ${disclosedAt}`);
  });
  const punished = await Promise.all(withheld.map(({ id }) => disclosureCourt.isPunished(id)));
  const open = await Promise.all(cast.operators.map(({ address }) => disclosureCourt.openDemandsOf(address)));
  return [
    ...(await Promise.all(checks)),
    check("somebody answered a demand", answered.length > 0, `${answered.length} answered`),
    check("silence was punished", punished.length > 0 && punished.every(Boolean), `${punished.length} demanded`),
    check(
      "no demand is open",
      open.every((count) => count === 0n),
      open.join(", "),
    ),
  ];
}

async function checkJustice({ cast, contracts, faults, operators, answers, paid }: Happened): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { name, address, falsified } of cast.operators) {
    const convictions = faults.filter(({ operator }) => operator === address);
    const slashed = convictions.reduce((sum, verdict) => sum + verdict.slashed, 0n);
    const { own: bond } = await contracts.bonds.slashable(address);
    const expected = falsified();
    checks.push(
      check(
        `${name} is convicted of each fault, once`,
        convictions.length === expected,
        `${convictions.length}, ${expected}`,
      ),
      check(`${name} lost what was slashed and nothing else`, bond === BOND - slashed, `${bond}`),
    );
    const report = operators.find((operator) => operator.address === address);
    const fell = (report?.credit.score ?? 0n) < (report?.creditBefore.score ?? 0n);
    checks.push(
      check(
        `${name}'s credit ${expected > 0 ? "fell" : "did not fall"}`,
        fell === expected > 0,
        `${report?.credit.score}`,
      ),
    );
  }
  const rejected = answers.filter((answer) => answer.rejected !== undefined);
  const punished = await Promise.all(
    rejected.map(({ record }) => contracts.validityCourt.isPunished(receiptHash(record.receipt))),
  );
  const count = punished.filter((isPunished) => isPunished).length;
  const compensated = faults.reduce((sum, verdict) => sum + verdict.compensated, 0n);
  const bounties = faults.reduce((sum, verdict) => sum + verdict.bounty, 0n);
  const payers = new Set<Hex>(answers.map(({ record }) => record.request.payer));
  const reached = [...paid].filter(([payer]) => payers.has(payer as Hex)).reduce((sum, [, amount]) => sum + amount, 0n);
  return [
    ...checks,
    check("what clients rejected is punished", count === rejected.length, `${count} of ${rejected.length}`),
    check(
      "three kinds of court spoke",
      new Set(faults.map(({ court }) => court)).size === 3,
      `${faults.length} verdicts`,
    ),
    check("harmed clients have their compensation", compensated > 0n && reached === compensated, `${reached}`),
    check("the watcher has its bounties", (paid.get(cast.reporter) ?? 0n) === bounties, `${bounties}`),
  ];
}
