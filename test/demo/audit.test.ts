import { expect } from "chai";
import { Wallet } from "ethers";
import { demandReceipt } from "../../src/chain/demands.ts";
import { answerDemand } from "../../src/chain/disclosures.ts";
import { relayFunding } from "../../src/chain/funding.ts";
import { secretKey } from "../../src/chain/requestKeys.ts";
import type { Hex } from "../../src/core/bytes.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { Client } from "../../src/client/client.ts";
import { audit } from "../../src/demo/audit.ts";
import type { Happened } from "../../src/demo/happened.ts";
import type { Cast } from "../../src/demo/cast.ts";
import type { ClientRole, FundingWay } from "../../src/demo/clients.ts";
import { type Purchase, purchase } from "../../src/demo/purchase.ts";
import type { Served } from "../../src/demo/period.ts";
import { isSuccess, type Report } from "../../src/demo/report.ts";
import type { Record } from "../../src/core/records.ts";
import type { Inspection } from "../../src/watcher/watcher.ts";
import { forge, Library, redeem } from "../support/forge.ts";
import {
  actors,
  addressed,
  advance,
  catchUp,
  chain,
  clock,
  contractsOf,
  makeClient,
  makeWatcher,
  PRICE,
  published,
  secretNamed,
  secrets,
  tariff,
  useStage,
} from "../support/stage.ts";

/** What is paid without a voucher. */
const SALE = 12_352n;

describe("the audit of the main job", () => {
  const stage = useStage();

  const nothing: Inspection = { batches: 0, receipts: 0, reexecuted: 0, findings: [], withheld: [], demandable: [] };

  /** One wrong answer, served, settled, convicted, compensated: and told as it was. */
  async function happen({ price = PRICE } = {}): Promise<Happened> {
    const [olive, otto] = [addressed(actors.olive), addressed(actors.otto)];
    const delegators = [
      await delegator("will", { operator: olive, amount: 300_000_001n }, { operator: otto, amount: 7n }),
      await delegator("publisher", { operator: olive, amount: 100_000_000n }),
    ];
    const library = new Library();
    const record = forge(stage, {
      trace: () => ({ hidden: [] }),
      ask: { order: { base: tariff.base + price - PRICE, maxPrice: price } },
      receipt: { price, charged: price },
    });
    const root = await library.commit(stage, [record]);
    await redeem(stage, record);
    const sale = await sell();
    await stage.contracts.escrow.rewardDelegators(olive);
    await catchUp();
    const demanded = { withheld: [], answered: [await demandAndAnswer(record, root)] };
    const watcher = makeWatcher(stage, "wendy", library.fetch);
    const inspection = await watcher.inspect(0);
    const [finding] = inspection.findings;
    if (finding === undefined) throw new Error("a finding expected");
    const verdict = await watcher.prosecute(finding);
    if (verdict === undefined) throw new Error("a verdict expected");
    for (const who of ["alice", "wendy"] as const) await contractsOf(stage, who).bonds.claimAwards();

    const credit = { score: 0n, proven: true };
    const report = { served: 0, right: 0, bondBefore: 0n, bondAfter: 0n, isHonest: true, creditBefore: credit, credit };
    const cast = {
      operators: [
        { name: "Olive", address: olive, falsified: () => 1 },
        { name: "Otto", address: otto, falsified: () => 0 },
      ],
      delegators,
      clients: (["alice", "bob"] as const).map((who) => ({
        name: who,
        payer: addressed(actors[who]),
        client: makeClient(stage, who),
        contracts: contractsOf(stage, who),
        funding: "approval",
        friend: actors[who],
      })),
      buyer: { buyer: actors.deployer, facilitator: actors.will },
      reporter: addressed(actors.wendy),
      reporterContracts: contractsOf(stage, "wendy"),
      watcher,
      models: [published],
    } as unknown as Cast;
    const [operator, client] = [cast.operators[0], cast.clients[0]];
    if (operator === undefined || client === undefined) throw new Error("a cast expected");
    const inclusion = { root: record.receipt.requestHash, proof: [] };
    const answer = { operator, client, record, isRight: true, inclusion };
    return {
      cast,
      contracts: stage.contracts,
      sale,
      answers: [answer],
      served: [answer],
      faults: [{ ...verdict, description: finding.description }],
      operators: [
        { ...report, name: "Olive", address: olive, creditBefore: { score: 9n, proven: true } },
        { ...report, name: "Otto", address: otto },
      ],
      modes: [{ mode: "optimistic", served: 1, verified: 1, gasPerInference: 1, addedMs: 1 }],
      paid: new Map([
        [addressed(actors.alice), verdict.compensated],
        [addressed(actors.wendy), verdict.bounty],
      ]),
      quiet: nothing,
      inspection,
      demanded: { ...demanded, answered: demanded.answered.map((one) => ({ ...one, operator })) },
      trace: { file: "trace.json", links: [], isValid: true },
      modeTraces: [{ mode: "optimistic", isValid: true, detail: "" }],
    };
  }

  /** Alice demands a receipt that Olive has committed alone, and Olive answers. */
  async function demandAndAnswer(record: Record, root: Hex) {
    const { operator, sequence } = record.receipt;
    const demand = await demandReceipt(contractsOf(stage, "alice"), { operator, root, sequence });
    if (demand === undefined) throw new Error("a demand expected");
    const exhibit = { record, committed: { root, proof: [] } };
    const { gasUsed } = await answerDemand(contractsOf(stage, "olive"), demand, exhibit);
    return { demand, leaf: receiptHash(record.receipt), gas: gasUsed };
  }

  /** The deployer buys something of Olive without a voucher, and the escrow collects it. */
  async function sell(): Promise<Purchase> {
    await stage.contracts.token.faucet(SALE);
    await contractsOf(stage, "olive").escrow.openPayTo();
    const sale = await purchase({
      deployment: stage.deployment,
      buyer: actors.deployer,
      facilitator: actors.will,
      operator: addressed(actors.olive),
      amount: SALE,
      nonce: secretNamed("sale"),
      validBefore: clock.now + 600n,
    });
    await contractsOf(stage, "will").escrow.collect(actors.olive.address);
    return sale;
  }

  async function delegator(
    who: "will" | "publisher",
    ...delegations: Cast["delegators"][number]["delegations"]
  ): Promise<Cast["delegators"][number]> {
    const contracts = contractsOf(stage, who);
    for (const { operator, amount } of delegations) {
      await contracts.token.faucet(amount);
      await contracts.token.approve(stage.deployment.contracts.bonds, amount);
      await contracts.bonds.delegate(operator, amount, amount);
    }
    return { name: who, address: addressed(actors[who]), contracts, delegations };
  }

  /** A record that charges a unit more than its account has settled. */
  function unsettled(record: Record): Record {
    return { ...record, receipt: { ...record.receipt, charged: record.receipt.charged + 1n } };
  }

  /** The same verdict, of the court that judges silence. */
  function silent(fault: Happened["faults"][number]): Happened["faults"][number] {
    return { ...fault, court: "DisclosureCourt" };
  }

  /** An answer that was never judged, and that its client rejected. */
  function rejected({ record, ...rest }: Served): Served {
    return { ...rest, record: unsettled(record), rejected: "execution" };
  }

  async function failing(happened: Happened): Promise<string[]> {
    return (await audit(happened)).filter(({ isOk }) => !isOk).map(({ name }) => name);
  }

  /** In this small story there is one court, and nobody is silent; there are three in the main job's. */
  const always = ["three kinds of court spoke", "silence was punished"];

  it("believes what was", async () => {
    expect(await failing(await happen())).to.deep.equal(always);
  });

  const lies: readonly (readonly [string, (told: Happened) => Happened, string])[] = [
    [
      "a receipt in no batch",
      (told) => ({ ...told, served: told.served.map(({ inclusion: _, ...rest }) => rest) }),
      "every answer is in a committed batch",
    ],
    [
      "a mode in which an answer was not verified",
      (told) => ({ ...told, modes: told.modes.map((mode) => ({ ...mode, verified: 0 })) }),
      "every answer of the optimistic mode is verified and settled",
    ],
    [
      "a mode in which nothing was served",
      (told) => ({ ...told, modes: told.modes.map((mode) => ({ ...mode, mode: "snark", served: 0, verified: 0 })) }),
      "every answer of the snark mode is verified and settled",
    ],
    [
      "an answer whose fee the chain does not have",
      (told) => ({ ...told, served: told.served.map((answer) => ({ ...answer, record: unsettled(answer.record) })) }),
      "every answer of the optimistic mode is verified and settled",
    ],
    [
      "wrong answers",
      (told) => ({ ...told, served: told.served.map((answer) => ({ ...answer, isRight: false })) }),
      "nine answers in ten are right",
    ],
    [
      "an answer that nobody computed again",
      (told) => ({ ...told, inspection: { ...told.inspection, reexecuted: 0 } }),
      "the watcher computed every answer again",
    ],
    [
      "something withheld",
      (told) => ({ ...told, quiet: { ...nothing, withheld: ["x"] } }),
      "nothing was withheld from it that silence was not punished for",
    ],
    [
      "something withheld that nobody was punished for",
      (told) => ({ ...told, inspection: { ...told.inspection, withheld: ["x"] } }),
      "nothing was withheld from it that silence was not punished for",
    ],
    [
      "something withheld while all were honest, whoever was punished for it",
      (told) => ({ ...told, quiet: { ...nothing, withheld: ["x"] }, faults: told.faults.map(silent) }),
      "nothing was withheld from it that silence was not punished for",
    ],
    [
      "an early finding",
      (told) => ({ ...told, quiet: { ...nothing, findings: told.inspection.findings } }),
      "it found nothing while all were honest",
    ],
    [
      "a verdict that was not",
      (told) => ({ ...told, faults: [...told.faults, ...told.faults] }),
      "Olive is convicted of each fault, once",
    ],
    [
      "an honest operator convicted",
      (told) => ({ ...told, faults: told.faults.map((fault) => ({ ...fault, operator: addressed(actors.otto) })) }),
      "Otto is convicted of each fault, once",
    ],
    [
      "credit that stayed",
      (told) => ({ ...told, operators: told.operators.map((one) => ({ ...one, creditBefore: one.credit })) }),
      "Olive's credit fell",
    ],
    [
      "an answer that its client rejected, and no court convicted",
      (told) => ({ ...told, answers: [...told.answers, ...told.answers.map(rejected)] }),
      "what clients rejected is punished",
    ],
    [
      "compensation that went elsewhere",
      (told) => ({ ...told, paid: new Map([...told.paid].slice(1)) }),
      "harmed clients have their compensation",
    ],
    [
      "a bounty that was not paid",
      (told) => ({ ...told, paid: new Map([...told.paid].slice(0, 1)) }),
      "the watcher has its bounties",
    ],
    [
      "an answer to a demand that was not given",
      (told) => ({
        ...told,
        demanded: {
          ...told.demanded,
          answered: told.demanded.answered.map((one) => ({ ...one, leaf: secretNamed("nothing") })),
        },
      }),
      "Olive answered what was demanded, and is left alone",
    ],
    [
      "that a demand was answered where none was made",
      (told) => ({ ...told, demanded: { ...told.demanded, answered: [] } }),
      "somebody answered a demand",
    ],
    [
      "a mode in which a record does not hold",
      (told) => ({ ...told, modeTraces: told.modeTraces.map((one) => ({ ...one, isValid: false })) }),
      "a record of the optimistic mode holds in every link that the mode has",
    ],
    [
      "a record that does not hold",
      (told) => ({ ...told, trace: { ...told.trace, isValid: false } }),
      "one record holds in every link, from its file alone",
    ],
  ];
  for (const [what, lie, name] of lies) {
    it(`does not believe ${what}`, async () => {
      expect(await failing(lie(await happen()))).to.include(name);
    });
  }

  it("believes that silence was punished where a court has, and not before", async () => {
    const told = await happen();
    const operator = addressed(actors.olive);
    const root = await new Library().commit(stage, [forge(stage, { receipt: { sequence: 1n, charged: 2n * PRICE } })]);
    const demand = await demandReceipt(contractsOf(stage, "bob"), { operator, root, sequence: 1n });
    if (demand === undefined) throw new Error("a demand expected");
    const asked = { ...told, demanded: { ...told.demanded, withheld: [demand] } };
    expect(await failing(asked)).to.include.members(["silence was punished", "no demand is open"]);
    await advance(25 * 3_600);
    await contractsOf(stage, "bob").disclosureCourt.convictReceipt(operator, root, 1n);
    expect(await failing(asked))
      .to.not.include("silence was punished")
      .and.not.include("no demand is open");
    const answered = told.demanded.answered.map((one) => ({ ...one, demand }));
    expect(await failing({ ...asked, demanded: { ...asked.demanded, answered } })).to.include(
      "Olive answered what was demanded, and is left alone",
    );
  });

  it("does not believe books that the chain does not have", async () => {
    const told = await happen();
    const { token } = contractsOf(stage, "will");
    await token.faucet(2n);
    await token.transfer(stage.deployment.contracts.escrow, 1n);
    await token.transfer(stage.deployment.contracts.bonds, 1n);
    expect(await failing(told)).to.include.members([
      "the escrow holds what it owes",
      "the bonds hold what they owe and what is burnt",
    ]);
    expect(await failing({ ...told, answers: [] })).to.include("every fee is settled, and nothing else");
  });

  it("does not believe that all was collected where more was paid, or less", async () => {
    const told = await happen();
    expect(await failing({ ...told, sale: { ...told.sale, amount: 2n * SALE } })).to.include.members([
      "what was paid without a voucher is collected",
      "it is split as vouchers are",
    ]);
    const { token } = contractsOf(stage, "bob");
    await token.transfer(told.sale.payTo, 1n);
    expect(await failing(told)).to.deep.equal(["what was paid without a voucher is collected", ...always]);
  });

  it("does not believe that it was another operator who was paid", async () => {
    const told = await happen();
    const sale = { ...told.sale, operator: addressed(actors.otto) };
    expect(await failing({ ...told, sale })).to.include.members([
      "a settlement's parts sum to it",
      "what was paid without a voucher is collected",
    ]);
  });

  it("does not believe that it has seen all money where somebody unknown has some", async () => {
    const told = await happen();
    await contractsOf(stage, "bob").token.transfer(secretNamed("nobody").slice(0, 42), 1n);
    expect(await failing(told)).to.deep.equal(["nothing went to anybody else", ...always]);
  });

  it("does not believe a client who says that it funded otherwise", async () => {
    const told = await happen();
    const fundedBy = async (funding: FundingWay): Promise<string[]> => {
      const clients = told.cast.clients.map((client) => ({ ...client, funding }));
      return failing({ ...told, cast: { ...told.cast, clients } });
    };
    expect(await fundedBy("permit")).to.include("alice funded its accounts by permit");
    expect(await fundedBy("authorization")).to.include("alice funded its accounts by authorization, without coin");
    const stranger = { ...told.cast.clients[0], name: "will", payer: addressed(actors.will) } as ClientRole;
    const clients = [...told.cast.clients, stranger];
    expect(await failing({ ...told, cast: { ...told.cast, clients } })).to.include(
      "will funded its accounts by approval",
    );
  });

  it("does not believe that a payer without coin funded where it sent something itself, or has some", async () => {
    const told = await happen();
    let salts = 0;
    const payer = new Wallet(secretNamed("a payer without coin"), chain);
    const { token } = contractsOf(stage, "bob");
    await token.transfer(payer.address, 2n);
    const client = new Client({
      payer,
      key: secretKey(secrets.stranger),
      deployment: stage.deployment,
      clock: () => clock.now,
      salt: () => secretNamed(`salt ${salts++}`),
      fetch: globalThis.fetch,
    });
    const bring = async (): Promise<unknown> =>
      relayFunding(contractsOf(stage, "bob"), await client.purse.authorizeFunding(addressed(actors.olive), 1n));
    await bring();
    const role = {
      ...told.cast.clients[1],
      name: "carol",
      payer: addressed(payer),
      client,
      funding: "authorization",
    } as ClientRole;
    const cast = { ...told.cast, clients: [...told.cast.clients, role] };
    expect(await failing({ ...told, cast })).to.deep.equal(always);

    await actors.bob.sendTransaction({ to: payer.address, value: 1n });
    await bring();
    expect(await failing({ ...told, cast })).to.deep.equal([
      "carol funded its accounts by authorization, without coin",
      ...always,
    ]);
  });

  it("does not believe delegators who say that they gave more than they did", async () => {
    const told = await happen();
    const delegators = told.cast.delegators.map((one) => ({
      ...one,
      delegations: one.delegations.map(({ operator, amount }) => ({ operator, amount: amount + 1n })),
    }));
    expect(await failing({ ...told, cast: { ...told.cast, delegators } })).to.include.members([
      "what will put behind Olive rose by its part of the fees",
      "what will put behind Otto rose by its part of the fees",
    ]);
  });

  it("does not believe that money rose by fees alone where somebody gave to it", async () => {
    const told = await happen();
    const { token, bonds } = contractsOf(stage, "bob");
    await token.approve(stage.deployment.contracts.bonds, 100n);
    await bonds.reward(actors.olive.address, 100n);
    expect(await failing(told)).to.deep.equal([
      "a settlement's parts sum to it",
      "what will put behind Olive rose by its part of the fees",
      "what publisher put behind Olive rose by its part of the fees",
      ...always,
    ]);
  });

  it("does not believe that delegators have what nobody brought them", async () => {
    const told = await happen();
    await redeem(stage, forge(stage, { receipt: { charged: 2n * PRICE } }));
    expect(await failing(told)).to.include.members([
      "delegators were brought their part",
      "what will put behind Olive rose by its part of the fees",
    ]);
  });

  it("sees when a slash was more than the own bond", async () => {
    const found = await failing(await happen({ price: 1_100_000n }));
    expect(found).to.include.members([
      "own bonds bore all slashes, delegators nothing",
      "what will put behind Olive rose by its part of the fees",
    ]);
    expect(found).to.not.include("the bonds hold what they owe and what is burnt");
  });

  it("makes a report a failure", async () => {
    const told = await happen();
    const checks = await audit(told);
    const report = { checks } as unknown as Report;
    expect(isSuccess(report)).to.be.false;
    expect(isSuccess({ ...report, checks: checks.filter(({ isOk }) => isOk) })).to.be.true;
  });
});
