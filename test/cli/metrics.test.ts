import { expect } from "chai";
import { type Desk, openDesk } from "../support/cli.ts";
import { pay, slash } from "../support/happenings.ts";
import { actors, addressed, advance, close, contractsOf, useStage } from "../support/stage.ts";

const DAY = 86_400n;

describe("surety for those who look", () => {
  const stage = useStage();
  const olive = actors.olive.address;
  let desk: Desk;
  let chain: readonly string[];
  beforeEach(async () => {
    desk = close(await openDesk(stage));
    chain = ["--network", desk.rpc, "--deployment", desk.deployment];
  });

  /** The JSON that a command prints. */
  async function json(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const { stdout, stderr, code } = await desk.type({}, ...words, ...chain, "--json");
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  }

  it("shows how an operator's credit came to be, and why it is what it is", async () => {
    await pay(stage, { who: "alice", operator: "olive", amount: 1_800_000n });
    await advance(17n * DAY);
    await slash(stage, { operator: "olive", asked: 40_000n });
    await advance(30n * DAY);
    const { stdout } = await desk.type({}, "credit", olive, ...chain, "--points", "3");
    const now = await stage.contracts.credit.creditOf(olive);
    const lines = stdout.split("\n");
    expect(stdout)
      .to.match(/^Credit is S \/ \(S \+ P \+ K \* F\).*P 0\.2 TUSD, K 10,/m)
      .and.include(`credit                   ${now.score} of 1000`);
    expect(stdout).to.match(/^Slashed at .*: 0.04 TUSD asked, 0.04 TUSD of its own bond and 0 TUSD/m);
    expect(stdout).to.include("To have this score by paying itself costs ");
    const table = lines.slice(lines.findIndex((line) => line.startsWith("time")));
    expect(table.filter((line) => line !== "")).to.have.length(4);
    expect(table[1]).to.match(/^\d{4}-\d\d-\d\d +unproven +0 TUSD +0 TUSD$/);
    expect(table[3]).to.match(new RegExp(`^\\d{4}-\\d\\d-\\d\\d +${now.score} `));

    const { curve, slashes } = await json("credit", olive);
    const points = curve as readonly { readonly causes: readonly string[]; readonly score: string }[];
    expect(points.flatMap(({ causes }) => causes)).to.deep.equal(["parameters", "settled", "counted", "slashed"]);
    expect(points.at(-1)?.score).to.equal(String(now.score));
    expect((slashes as readonly unknown[]).length).to.equal(1);
  });

  it("shows no curve where nothing has happened", async () => {
    const { stdout } = await desk.type({}, "credit", olive, ...chain);
    expect(stdout)
      .to.include("It was never slashed.")
      .and.include("0.2 TUSD more must be settled")
      .and.not.match(/^time/m);
    expect((await json("credit", olive))["curve"]).to.deep.equal([]);
  });

  it("shows the network's health", async () => {
    const before = await desk.type({}, "metrics", ...chain);
    expect([before.code, before.stderr]).to.deep.equal([0, ""]);
    expect(before.stdout)
      .to.include("Nobody has paid yet.")
      .and.include("Nothing has happened yet.")
      .and.include("2 operators are registered, 0 have served or were slashed")
      .and.match(/^bonded +2000 TUSD of their own, 0 TUSD delegated$/m);

    await pay(stage, { who: "alice", operator: "olive", amount: 300_000n });
    await advance(7n * DAY);
    await pay(stage, { who: "alice", operator: "olive", amount: 100_000n });
    await pay(stage, { who: "bob", operator: "otto", amount: 100_000n });
    await contractsOf(stage, "otto").bonds.setPayout(actors.bob.address);
    await slash(stage, { operator: "otto", asked: 5_000n, award: 1_000n });
    await advance(7n * DAY);
    const { stdout } = await desk.type({}, "metrics", ...chain);
    expect(stdout)
      .to.match(/^first paid in +clients +\+1 +\+2$/m)
      .and.match(/^\d{4}-\d\d-\d\d +1 +100 % +0 %$/m)
      .and.match(/^\d{4}-\d\d-\d\d +1 +0 %$/m);
    expect(stdout)
      .to.include("2 operators are registered, 2 have served or were slashed; of these 0 are proven, 1 were at fault.")
      .and.include("Slashes asked for 1 % of all fees");
    expect(stdout)
      .to.match(/^week from +clients +new +operators +payments +fees +receipts$/m)
      .and.match(/^\d{4}-\d\d-\d\d +2 +1 +2 +2 +0.2 TUSD +0$/m);
    expect(stdout)
      .to.match(/^fees +0.5 TUSD$/m)
      .and.match(/^ {2}clients' +0.4 TUSD, 80 %$/m)
      .and.match(/^ {2}subsidised +0.1 TUSD, 20 %$/m)
      .and.match(/^awards out of slashes +0.001 TUSD$/m);

    const short = await desk.type({}, "metrics", ...chain, "--weeks", "1");
    expect(short.stdout.split("\n").filter((line) => /^\d{4}-/.test(line))).to.have.length(2);
    const { fees, operators, cohorts } = await json("metrics");
    expect((fees as Record<string, unknown>)["subsidised"]).to.equal("100000");
    expect((cohorts as readonly unknown[]).length).to.equal(2);
    const { each } = operators as { readonly each: readonly { readonly operator: string }[] };
    expect(each.map(({ operator }) => operator)).to.deep.equal([addressed(actors.olive), addressed(actors.otto)]);
  });
});
