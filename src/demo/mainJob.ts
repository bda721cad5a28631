/** The whole life of an AI action: request, receipt, commitment, settlement, challenge, record. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonRpcProvider } from "ethers";
import { connect, type Contracts } from "../chain/contracts.ts";
import { type Deployment, serialiseDeployment } from "../chain/deployment.ts";
import type { Finding } from "../chain/judge.ts";
import { transact } from "../chain/transactions.ts";
import { write } from "../core/records.ts";
import { Mode } from "../core/typedData.ts";
import { audit } from "./audit.ts";
import { countFundings } from "./books.ts";
import { assemble, type Cast, PURCHASE } from "./cast.ts";
import { type FundingWay, giveCoin } from "./clients.ts";
import { ChainClock } from "./clock.ts";
import type { Narrator } from "./narrator.ts";
import { modeReports } from "./modes.ts";
import { COMMISSION, modeOf, type OperatorRole } from "./operators.ts";
import { commitAndSettle, type Scene, serve, type Served } from "./period.ts";
import { collectionOf, type Purchase, purchase } from "./purchase.ts";
import type { Credit, DelegationReport, OperatorReport, Report } from "./report.ts";
import type { Cheat } from "./rogues.ts";
import { secretOf } from "./secrets.ts";
import { demandAndAnswer } from "./silence.ts";
import type { Stage } from "./stage.ts";
import type { IrisLab } from "./iris.ts";
import type { Subject } from "./topics.ts";
import { verifyModes, writeFaults, writeTrace } from "./trace.ts";

/** What the main job needs of its surroundings. */
export interface JobOptions {
  /** A local chain that lets its time be moved, with Surety deployed. */
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  /** The models to serve, each with the digits to ask about. */
  readonly subjects: readonly Subject[];
  /** The private network, and what proves its answers. */
  readonly lab: IrisLab;
  readonly cheat: Cheat | "mixed";
  /** An existing folder for the records. */
  readonly folder: string;
  readonly narrator: Narrator;
  /** Told of every part that must be closed at the end, whatever happens. */
  readonly onOpen: Stage["onOpen"];
}

/** Requests that each client sends to each operator: before the rogues begin, and after. */
const REQUESTS = { optimistic: { light: 3, dark: 6 }, others: { light: 2, dark: 2 } } as const;
const MONTH = 30 * 86_400;
/** A demand's day, and an hour. */
const TIME_TO_ANSWER = 25 * 3_600;

/** Runs the main job. @throws whatever breaks it; what merely turns out wrong is in the report's checks */
export async function runMainJob(options: JobOptions): Promise<Omit<Report, "seconds">> {
  const { provider, deployment, narrator, folder } = options;
  const clock = new ChainClock(provider);
  const state = { isDark: false };
  await clock.advance(1);

  narrator.chapter("Operators bond, delegators join them, clients fund");
  const cast = await assemble({ ...options, clock, isDark: () => state.isDark });
  narrator.say(
    `${cast.operators.map(({ name }) => name).join(", ")}: $1000 bonded each, keys registered, models served`,
  );
  narrator.say(
    `${cast.delegators.length} delegators put money behind three of them, for its part of the fees less ${COMMISSION / 100n} %`,
  );
  narrator.say(`${cast.clients.length} clients with money in escrow for each of them: ${describeFundings(cast)}`);

  // Blocks that follow each other fast run ahead of the clock: nobody may sign before its key is valid.
  await clock.advance(1);
  const contracts = connect(deployment, provider);
  const scene = { cast, clock, contracts, narrator, deployment };

  narrator.chapter("A first period: everybody is honest");
  const light = await serveLight(scene);
  const sale = await sell(cast, options, clock);
  narrator.say("somebody who knows nothing of Surety pays Aspen by x402: it signs, and somebody else sends it");
  const lightBooks = await commitAndSettle(scene, light);
  const quiet = await cast.watcher.inspect(deployment.block);
  narrator.say(`the watcher computed ${quiet.reexecuted} answers again and found ${quiet.findings.length} wrong`);
  await clock.advance(MONTH);
  const before = await standings(scene.cast, contracts);
  narrator.say("a month passes: what was settled is past its time to be challenged, and becomes credit");

  narrator.chapter("A second period: some operators no longer are");
  state.isDark = true;
  const darkFrom = (await provider.getBlockNumber()) + 1;
  const dark = await serve(scene, { requests: often("dark"), offset: often("light"), isInTurn: false });
  narrator.say(`${dark.length} answers served over HTTP, each verified by its client as it came`);
  for (const { operator, client, rejected } of dark) {
    if (rejected !== undefined) narrator.say(`${client.name} rejects one of ${operator.name} at once: ${rejected}`);
  }
  const darkBooks = await commitAndSettle(scene, dark);

  narrator.chapter("The watcher goes to court");
  const inspection = await cast.watcher.inspect(darkFrom);
  narrator.say(`it computed ${inspection.reexecuted} answers again and found ${inspection.findings.length} faults`);
  const fromBlock = deployment.block;
  const demanded = await demandAndAnswer(cast, { inspection, answers: dark, fromBlock });
  narrator.say(`it demands on the chain what was withheld from it: ${demanded.withheld.length} receipt`);
  for (const { operator, gas } of demanded.answered) {
    narrator.say(`a client demands a receipt of ${operator.name}'s, which answers at once: ${gas} gas`);
  }
  const proven = await prosecuteAll(cast, inspection.findings, narrator);
  await clock.advance(TIME_TO_ANSWER);
  narrator.say("a day passes, in which an answer was due");
  const { findings: silences } = await cast.watcher.followUp(darkFrom);
  const faults = [...proven, ...(await prosecuteAll(cast, silences, narrator))];
  const paid = await claimAwards(cast);
  await clock.advance(MONTH);
  narrator.say("another month passes: good work counts for its operators, faults against theirs");
  const after = await standings(cast, contracts);

  const answers = [...light, ...dark];
  const served = answers.filter(({ rejected }) => rejected === undefined);
  const books = [lightBooks, darkBooks];
  const trace = await writeTrace({ served: dark, cast, contracts, deployment, folder });
  const modeTraces = await verifyModes({ served, cast, contracts, deployment, folder });
  writeFaults({ findings: inspection.findings, served: dark, cast, deployment, folder });
  writeFileSync(join(folder, "deployment.json"), serialiseDeployment(deployment));
  writeFileSync(join(folder, "records.ndjson"), answers.map(({ record }) => `${write(record)}\n`).join(""));

  const delegations = await delegationReports(cast, contracts);
  const operators = operatorReports(cast, { served: answers, faults, before, after });
  const modes = modeReports(cast, { answers, books });
  const works = books.flatMap((period) => period.works);
  const happened = {
    cast,
    modes,
    contracts,
    answers,
    served,
    sale,
    faults,
    operators,
    paid,
    quiet,
    inspection,
    demanded,
    trace,
    modeTraces,
  };
  const checks = await audit(happened);
  return {
    served: served.length,
    verified: served.filter(({ inclusion }) => inclusion !== undefined).length,
    right: served.filter(({ isRight }) => isRight).length,
    batches: works.length,
    gasCommit: works.reduce((sum, { gasCommit }) => sum + gasCommit, 0n),
    gasSettle: works.reduce((sum, { gasSettle }) => sum + gasSettle, 0n),
    fundings: await countFundings(contracts),
    purchase: { ...sale, ...(await collectionOf(contracts, sale.operator)) },
    settled: books.reduce((sum, { settled }) => sum + settled, 0n),
    protocolFees: await contracts.escrow.protocolFees(),
    delegatorsFees: books.reduce((sum, { rewarded }) => sum + rewarded, 0n),
    faults,
    operators,
    modes,
    demanded,
    isProvenLive: options.lab.prover.canProve,
    delegations,
    trace,
    checks,
    folder,
  };
}

/** How often each client asks an operator in a period. */
function often(period: "light" | "dark"): (operator: OperatorRole) => number {
  return (operator) => REQUESTS[modeOf(operator) === Mode.optimistic ? "optimistic" : "others"][period];
}

/** Everybody asks at once; at last, of each mode's first operator, one by one: so it is seen what an answer takes. */
async function serveLight(scene: Scene): Promise<Served[]> {
  const requests = often("light");
  const { operators } = scene.cast;
  const isFirst = (operator: OperatorRole): boolean =>
    operators.find((other) => modeOf(other) === modeOf(operator)) === operator;
  const inTurn = (operator: OperatorRole): number => (isFirst(operator) ? 1 : 0);
  const before = (operator: OperatorRole): number => requests(operator) - inTurn(operator);
  const crowd = await serve(scene, { requests: before, offset: () => 0, isInTurn: false });
  const turns = await serve(scene, { requests: inTurn, offset: before, isInTurn: true });
  const served = [...crowd, ...turns];
  scene.narrator.say(`${served.length} answers served over HTTP, each verified by its client as it came`);
  return served;
}

/** How clients funded their accounts, in words. */
function describeFundings({ clients }: Cast): string {
  const many = (way: FundingWay): number => clients.filter(({ funding }) => funding === way).length;
  return `${many("approval")} approved it, ${many("permit")} signed a permit, ${many("authorization")} hold no coin, signed, and others sent it`;
}

/** Has the buyer pay the first operator, an honest one. */
async function sell(
  { operators, buyer: role }: Cast,
  { deployment }: JobOptions,
  clock: ChainClock,
): Promise<Purchase> {
  const [operator] = operators;
  if (operator === undefined) throw new RangeError("there is nobody to pay");
  return purchase({
    ...role,
    deployment,
    operator: operator.address,
    amount: PURCHASE,
    nonce: secretOf("purchase"),
    validBefore: clock.now() + 600n,
  });
}

/** What the chain says of an operator. */
interface Standing {
  readonly bond: bigint;
  readonly credit: Credit;
}

async function standings(cast: Cast, { bonds, credit }: Contracts): Promise<Standing[]> {
  return Promise.all(
    cast.operators.map(async ({ address }) => {
      const { score, proven } = await credit.creditOf(address);
      const { own } = await bonds.slashable(address);
      return { bond: own, credit: { score, proven } };
    }),
  );
}

async function prosecuteAll(cast: Cast, findings: readonly Finding[], narrator: Narrator): Promise<Report["faults"]> {
  const faults: Report["faults"][number][] = [];
  for (const finding of findings) {
    const verdict = await cast.watcher.prosecute(finding);
    if (verdict === undefined) continue;
    faults.push({ ...verdict, description: finding.description });
    const name = cast.operators.find(({ address }) => address === finding.operator)?.name ?? finding.operator;
    narrator.say(`${name}: ${finding.description}. Convicted in one call, ${verdict.gas} gas`);
  }
  return faults;
}

/** Everybody takes what slashes awarded; returns what reached each account. */
async function claimAwards({ clients, reporter, reporterContracts }: Cast): Promise<Map<string, bigint>> {
  for (const client of clients) await giveCoin(client);
  const paid = new Map<string, bigint>();
  for (const { payer, contracts } of [...clients, { payer: reporter, contracts: reporterContracts }]) {
    if ((await contracts.bonds.awardsOf(payer)) === 0n) continue;
    const before = await contracts.token.balanceOf(payer);
    await transact(() => contracts.bonds.claimAwards());
    paid.set(payer, (await contracts.token.balanceOf(payer)) - before);
  }
  return paid;
}

async function delegationReports(cast: Cast, { bonds }: Contracts): Promise<DelegationReport[]> {
  const all = cast.delegators.flatMap(({ name, address, delegations }) =>
    delegations.map(({ operator, amount }) => ({ name, delegator: address, operator, delegated: amount })),
  );
  return Promise.all(
    all.map(async (delegation) => {
      const { assets } = await bonds.positionOf(delegation.operator, delegation.delegator);
      return { ...delegation, worth: assets };
    }),
  );
}

function operatorReports(
  { operators }: Cast,
  {
    served,
    faults,
    before,
    after,
  }: Pick<Report, "faults"> & {
    readonly served: readonly Served[];
    readonly before: readonly Standing[];
    readonly after: readonly Standing[];
  },
): OperatorReport[] {
  const nothing: Standing = { bond: 0n, credit: { score: 0n, proven: false } };
  return operators.map(({ name, address }, index) => {
    const answers = served.filter(({ operator }) => operator.address === address);
    const [was, is] = [before[index] ?? nothing, after[index] ?? nothing];
    return {
      name,
      address,
      served: answers.length,
      right: answers.filter(({ isRight }) => isRight).length,
      bondBefore: was.bond,
      bondAfter: is.bond,
      creditBefore: was.credit,
      credit: is.credit,
      isHonest: !faults.some(({ operator }) => operator === address),
    };
  });
}
