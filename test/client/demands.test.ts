import { expect } from "chai";
import { localParameters } from "../../deploy/parameters.ts";
import type { Demand } from "../../src/chain/demands.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { toHex } from "../../src/core/bytes.ts";
import { addressOf, recover } from "../../src/core/signatures.ts";
import { requestDigest } from "../../src/core/typedData.ts";
import { domainsOf } from "../../src/chain/deployment.ts";
import { forge, Library, redeem } from "../support/forge.ts";
import {
  actors,
  addressed,
  advance,
  inputNumbered,
  makeClient,
  openHouse,
  PRICE,
  question,
  rejection,
  secrets,
  sent,
  useStage,
} from "../support/stage.ts";

const DAY = 86_400n;
/** The row of the policies that silence is judged by. */
const DISCLOSURE = 5;

describe("a client that is charged for what it never saw", () => {
  const stage = useStage();
  const olive = addressed(actors.olive);

  function only(demands: readonly Demand[]): Demand {
    const [demand, ...others] = demands;
    if (demand === undefined || others.length > 0) throw new Error(`one demand expected, not ${demands.length}`);
    return demand;
  }

  it("threat 40: demands the receipt behind the first unit of each gap, and has silence punished", async () => {
    // Alice has two receipts, of her third and fifth answer; olive settles for six.
    const records = [2n, 4n, 5n].map((before, index) =>
      forge(stage, { receipt: { sequence: BigInt(index), charged: (before + 1n) * PRICE } }),
    );
    const [third, fifth, last] = records;
    if (third === undefined || fifth === undefined || last === undefined) throw new Error("three records expected");
    await new Library().commit(stage, records);
    await redeem(stage, last);
    const client = makeClient(stage, "alice", { records: [third, fifth] });
    const demands = await client.demandUnits(olive);
    expect(demands.map(({ subject }) => subject.kind === "unit" && subject.unit)).to.deep.equal([
      1n,
      3n * PRICE + 1n,
      5n * PRICE + 1n,
    ]);
    expect(await client.demandUnits(olive)).to.be.empty;

    const [first, second] = demands;
    if (first === undefined || second === undefined) throw new Error("two demands expected");
    expect((await rejection(client.convictSilence(second))).message).to.include("AnswerStillPossible");
    await advance(DAY + 3_600n);
    const { bonds } = stage.contracts;
    const before = await bonds.slashable(olive);
    const verdict = await client.convictSilence(second);
    const policy = localParameters.policies[DISCLOSURE];
    // Silence about a unit stands for all that was settled from it on.
    expect(verdict?.compensated).to.equal(3n * PRICE * (policy?.compensationMultiple ?? 0n));
    expect(before.own - (await bonds.slashable(olive)).own).to.equal(verdict?.slashed);
    expect(await bonds.awardsOf(actors.alice.address)).to.be.at.least(verdict?.compensated ?? 0n);
    expect(await client.answerTo(first)).to.be.undefined;
    // A client that has lost all its receipts asks for the first unit alone; and nobody for what was judged.
    expect(await makeClient(stage, "alice", { records: [third] }).demandUnits(olive)).to.be.empty;
  });

  it("learns what it was charged for, and gets its answer after all", async () => {
    const house = await openHouse(stage);
    const lost: Fetch = async (...call) => {
      const response = await globalThis.fetch(...call);
      if (sent(call).url.endsWith("/v1/inference")) throw new TypeError("fetch failed");
      return response;
    };
    const client = makeClient(stage, "alice", { fetch: lost });
    expect((await rejection(client.ask(house.url, house.node.offer(), question(7)))).message).to.include("Unreachable");
    await advance(1);
    await house.node.settle();

    const demand = only(await client.demandUnits(olive));
    expect(await client.answerTo(demand)).to.be.undefined;
    await house.node.answerDemands(0);
    const exhibit = await client.answerTo(demand);
    if (exhibit === undefined) throw new Error("an answer expected");
    const { request, receipt, clientSignature } = exhibit.record;
    expect(receipt).to.include({ charged: PRICE, client: client.key });
    expect(recover(requestDigest(request, domainsOf(stage.deployment).escrow), clientSignature)).to.equal(
      addressOf(secrets.alice),
    );
    expect((await rejection(client.convictSilence(demand))).message).to.include("DemandNotOpen");

    const payload = await client.demandPayload(exhibit);
    if (payload === undefined) throw new Error("a demand expected");
    await house.node.answerDemands(0);
    const answer = await client.answerTo(payload);
    expect(answer?.record.input).to.equal(toHex(inputNumbered(7)));
    expect(answer?.record.output).to.equal(
      (await house.journal.byUnit({ payer: addressed(actors.alice), client: client.key }, 1n))?.output,
    );
  });

  it("has silence about a payload punished", async () => {
    const record = forge(stage, {});
    const root = await new Library().commit(stage, [record]);
    await redeem(stage, record);
    const client = makeClient(stage, "alice", { records: [record] });
    const demand = await client.demandPayload({ record, committed: { root, proof: [] } });
    if (demand === undefined) throw new Error("a demand expected");
    await advance(DAY + 1n);
    const verdict = await client.convictSilence(demand);
    expect(verdict?.compensated).to.equal(PRICE * (localParameters.policies[DISCLOSURE]?.compensationMultiple ?? 0n));
  });

  it("demands nothing where it has a receipt for every unit", async () => {
    const house = await openHouse(stage);
    const client = makeClient(stage, "alice");
    for (let index = 0; index < 3; index++) await client.ask(house.url, house.node.offer(), question(index));
    await advance(1);
    await house.node.settle();
    expect(await client.demandUnits(olive)).to.be.empty;
  });
});
