import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import { CheatingEngine } from "../../src/demo/rogues.ts";
import { type Desk, openDesk, PASSWORD, type Person } from "../support/cli.ts";
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

  /** Types the command as Wendy; what it prints, a line of JSON for each thing that it did. */
  async function watch(person: Person, ...words: readonly string[]) {
    const ended = await desk.type(
      { env: { SURETY_PASSWORD: PASSWORD }, ...person },
      ...["watch", "--json", "--store", desk.path("watcher.sqlite"), "--keystore", desk.keystore("wendy")],
      ...["--network", desk.rpc, "--deployment", desk.deployment, ...words],
    );
    return { ...ended, lines: linesOf(ended.stdout) };
  }

  it("has what is wrong punished, and its bounty is brought", async () => {
    await cheat();
    const { bonds, token } = contractsOf(stage, "wendy");
    const only = await watch({}, "--dry-run", "--model", MODEL);
    expect(only.lines[0], only.stderr).to.deep.include({ batches: 1, receipts: 1, reexecuted: 1, dryRun: true });
    expect(only.lines[0]?.["faults"]).to.have.length(1);
    expect((await bonds.slashable(actors.olive.address)).own).to.equal(BOND);
    expect(existsSync(desk.path("watcher.sqlite"))).to.be.false;

    const before = await token.balanceOf(actors.wendy.address);
    const { code, lines, stderr } = await watch({}, "--once", "--model", MODEL);
    expect(code, stderr).to.equal(0);
    const whats = lines.map(({ what }) => what);
    expect(whats).to.include.members(["followed", "inspected", "found", "committed", "convicted", "claimed"]);
    const { verdict } = lines.find(({ what }) => what === "convicted") as { verdict?: { bounty: string } };
    expect((await bonds.slashable(actors.olive.address)).own < BOND).to.be.true;
    expect((await token.balanceOf(actors.wendy.address)) - before).to.equal(BigInt(verdict?.bounty ?? 0));
    expect((await watch({}, "--once", "--model", MODEL)).lines.map(({ what }) => what)).to.not.include("convicted");

    const credit = await desk.type(
      {},
      ...["credit", actors.olive.address, "--network", desk.rpc, "--deployment", desk.deployment],
    );
    expect(credit.stdout).to.match(/^Slashed at 20\S+Z/m);
  });

  it("asks nothing at private addresses of a chain that is not this machine's own, unless it is told to", async () => {
    await cheat();
    // The same chain, under an address that is not the machine's name for itself.
    const elsewhere = [
      "--dry-run",
      "--model",
      MODEL,
      "--network",
      desk.rpc.replace(/localhost|127\.0\.0\.1/, "0.0.0.0"),
    ];
    const [guarded] = (await watch({}, ...elsewhere)).lines;
    expect(guarded).to.include({ batches: 1, receipts: 0 });
    expect(String(guarded?.["withheld"])).to.include("does not answer");
    const [told] = (await watch({}, ...elsewhere, "--private-nodes")).lines;
    expect(told).to.deep.include({ batches: 1, receipts: 1, withheld: [] });
  });

  it("goes on until it is stopped, and from where it was the next time", async () => {
    await cheat();
    const controller = new AbortController();
    const heard = (text: string): void => {
      if (linesOf(text).some(({ what }) => what === "convicted")) controller.abort();
    };
    const first = await watch({ signal: controller.signal, heard }, "--interval", "0", "--model", MODEL);
    expect(first.code, first.stderr).to.equal(0);
    const again = await watch({}, "--once", "--model", MODEL);
    expect(again.lines.filter(({ what }) => what === "inspected" || what === "convicted")).to.deep.equal([]);
  });

  it("says each thing in words to people", async () => {
    await cheat();
    const { stdout } = await desk.type(
      { env: { SURETY_PASSWORD: PASSWORD } },
      ...["watch", "--once", "--store", desk.path("watcher.sqlite"), "--model", MODEL],
      ...["--keystore", desk.keystore("wendy"), "--network", desk.rpc, "--deployment", desk.deployment],
    );
    expect(stdout).to.match(/^✓ convicted: 0x\S+: .+; slashed by \S+ \S+, bounty /m);
  });

  it("computes nothing again without models, and looks for no more of the answers than it is told to", async () => {
    await cheat();
    for (const words of [[], ["--model", MODEL, "--share", "0"]]) {
      const { lines } = await watch({}, "--once", ...words, "--store", desk.path(`${words.length}.sqlite`));
      expect(lines.find(({ what }) => what === "inspected")).to.include({ receipts: 1, reexecuted: 0 });
      expect(lines.map(({ what }) => what)).to.not.include("found");
    }
  });
});

function linesOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
