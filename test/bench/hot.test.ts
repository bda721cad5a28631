import { expect } from "chai";
import { z } from "zod";
import { DisagreementError, findMissed, median, race } from "../../bench/race.ts";
import { runScript } from "../support/children.ts";

const rowsSchema = z.array(
  z.strictObject({
    work: z.string().min(1),
    ours: z.number().positive(),
    other: z.number().positive(),
    ratio: z.number().positive(),
    goal: z.number().positive(),
  }),
);

/** Works for some time and says so. */
function busy(turns: number): string {
  let sum = 0;
  for (let turn = 0; turn < turns; turn++) sum = (sum + turn * turn) % 1_000_003;
  return sum < 0 ? "" : "done";
}

describe("race", () => {
  const work = { work: "turn", goal: 3 };
  const effort = { rounds: 3, least: 5 };

  it("says how many times as fast one way is", async () => {
    const row = await race({ ...work, ours: () => busy(10_000), other: () => busy(400_000) }, effort);
    expect(row).to.include(work);
    expect(row.ours).to.be.above(row.other);
    expect(row.ratio).to.be.above(3);
  });

  it("gives each way all items in order, and compares what it gives for the first", async () => {
    const seen: number[] = [];
    const ours = (index: number): string => {
      seen.push(index);
      return `${index}: ${busy(100_000)}`;
    };
    await race({ ...work, ours, other: async (index) => `${index}: ${busy(100_000)}` }, { rounds: 1, least: 20 });
    expect(seen).to.deep.equal(seen.map((_, place) => place));
    const failure: unknown = await race({ ...work, ours: () => "a", other: () => "b" }, effort).catch(
      (cause: unknown) => cause,
    );
    expect(failure)
      .to.be.instanceOf(DisagreementError)
      .with.property("message", "turn: the two ways give different results");
  });

  it("has a median", () => {
    expect(median([3])).to.equal(3);
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([1, 9, 2, 4])).to.equal(3);
  });

  it("misses a goal below it, and meets it exactly", () => {
    const row = { work: "turn", ours: 2, other: 1, ratio: 2 };
    expect(findMissed([{ ...row, goal: 2 }])).to.deep.equal([]);
    expect(findMissed([{ ...row, goal: 2.01 }])).to.deep.equal([
      "GoalMissed: turn: 2 times as good, the goal is 2.01 times.",
    ]);
  });
});

describe("bench:hot", () => {
  it("prints a row for each work in JSON, and exits 0 where all goals are met", async () => {
    const { code, stdout, stderr } = await runScript("bench/hot.ts", "--json", "--quick", "--goal", "0.001");
    const rows = rowsSchema.parse(JSON.parse(stdout));
    expect(rows.map(({ work }) => work.split(/[ ,:]/)[0])).to.deep.equal([
      ...["Merkle", "Merkle", "sign", "recover", "hash", "re-execute", "judge", "inspect"],
    ]);
    expect(rows.every(({ goal }) => goal === 0.001)).to.be.true;
    expect(stderr).not.to.include("GoalMissed");
    expect(code).to.equal(0);
  });

  it("exits 1 where a goal is missed, says which, and prints the table all the same", async () => {
    const { code, stdout, stderr } = await runScript("bench/hot.ts", "--quick", "--goal", "1e9");
    expect(stdout).to.match(/^work .*\nMerkle tree of 2,000 leaves with proofs/);
    expect(stderr).to.include("GoalMissed: sign a receipt, beside ethers: ");
    expect(stderr.match(/GoalMissed/g)).to.have.length(8);
    expect(code).to.equal(1);
  });

  it("exits 2 on a goal that is none", async () => {
    const { code, stderr } = await runScript("bench/hot.ts", "--goal", "0");
    expect(code).to.equal(2);
    expect(stderr).to.match(/^UsageError: --goal is a number above 0, not 0\nUsage: npm run bench:hot/);
  });
});
