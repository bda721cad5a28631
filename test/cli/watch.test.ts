import { resolve } from "node:path";
import { expect } from "chai";
import { CheatingEngine } from "../../src/demo/rogues.ts";
import { type Desk, openDesk, PASSWORD } from "../support/cli.ts";
import {
  actors,
  advance,
  BOND,
  close,
  contractsOf,
  makeClient,
  openHouse,
  published,
  question,
  useStage,
} from "../support/stage.ts";

const MODEL = resolve(import.meta.dirname, "../../models/digits-8x8.json");

describe("surety watch", () => {
  const stage = useStage();
  let desk: Desk;
  beforeEach(async () => (desk = close(await openDesk(stage))));

  /** An operator answers wrongly, and commits to it. */
  async function cheat(): Promise<void> {
    const engine = new CheatingEngine([published], { ways: ["last"], oneIn: 1, isActive: () => true });
    const house = await openHouse(stage, { engine });
    const client = makeClient(stage, "alice");
    await client.ask(house.url, house.node.offer(), question());
    await advance(1);
    await house.node.commit();
    await house.node.settle();
  }

  it("has what is wrong punished, and its bounty is claimed", async () => {
    await cheat();
    const { bonds, token } = contractsOf(stage, "wendy");
    const only = await desk.as("wendy", "watch", "--once", "--model", MODEL, "--dry-run");
    expect(only.json["faults"], only.stderr).to.have.length(1);
    expect((await bonds.slashable(actors.olive.address)).own).to.equal(BOND);

    const { json, stderr } = await desk.as("wendy", "watch", "--once", "--model", MODEL);
    const [fault] = json["faults"] as readonly { readonly verdict: { readonly bounty: string } }[];
    expect(json, stderr).to.deep.include({ batches: 1, receipts: 1, checked: 1, dryRun: false });
    expect((await bonds.slashable(actors.olive.address)).own < BOND).to.be.true;
    const bounty = await bonds.awardsOf(actors.wendy.address);
    expect(fault?.verdict.bounty).to.equal(String(bounty));
    const before = await token.balanceOf(actors.wendy.address);
    const claimed = await desk.as("wendy", "claim");
    expect(claimed.json["awards"], claimed.stderr).to.equal(String(bounty));
    expect((await token.balanceOf(actors.wendy.address)) - before).to.equal(bounty);
    const credit = await desk.type(
      {},
      ...["credit", actors.olive.address, "--network", desk.rpc, "--deployment", desk.deployment],
    );
    expect(credit.stdout).to.match(/^Slashed at 20\S+Z/m);
  });

  it("goes on from where it was, until it is stopped", async () => {
    await cheat();
    const controller = new AbortController();
    const rounds: { readonly fromBlock: number; readonly toBlock: number }[] = [];
    const heard = (text: string): void => {
      rounds.push(JSON.parse(text) as (typeof rounds)[number]);
      if (rounds.length === 2) controller.abort();
    };
    const person = { env: { SURETY_PASSWORD: PASSWORD }, signal: controller.signal, heard };
    const { code } = await desk.type(
      person,
      ...["watch", "--interval", "0", "--model", MODEL, "--json", "--keystore", desk.keystore("wendy")],
      ...["--network", desk.rpc, "--deployment", desk.deployment],
    );
    expect(code).to.equal(130);
    expect(rounds).to.have.length(2);
    expect(rounds[1]?.fromBlock).to.equal((rounds[0]?.toBlock ?? 0) + 1);
  });

  it("says what was withheld where nothing can be computed again", async () => {
    await cheat();
    const { json } = await desk.as("wendy", "watch", "--once");
    expect(json).to.deep.include({ batches: 1, checked: 0, faults: [] });
  });
});
