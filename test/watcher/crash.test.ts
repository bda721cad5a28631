import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { serialiseDeployment } from "../../src/chain/deployment.ts";
import type { Fetch } from "../../src/chain/http.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { write } from "../../src/core/records.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { forge, Library, type Lie } from "../support/forge.ts";
import {
  actors,
  advance,
  chain,
  close,
  open as serve,
  PRICE,
  provider,
  sent,
  snapshot,
  useStage,
} from "../support/stage.ts";
import { type Call, linesOf, lineThrough, openWatch, type Watching } from "../support/watching.ts";

const HOUR = 3_600n;
const DAY = 24n * HOUR;

/** Where a watcher is stopped: at its nth call to the chain, before that is carried out or after. */
interface Cut {
  readonly at: number;
  readonly when: "before" | "after";
}

/** What becomes of a fault, step by step: a round, and the time until the next. */
interface Course {
  readonly lies: readonly Lie[];
  readonly fetch: (library: Library, leaves: readonly string[]) => Fetch;
  /** Seconds that pass after each round. */
  readonly rounds: readonly bigint[];
  readonly court: string;
}

const honest: Course["fetch"] = (library) => library.fetch;

const courses = {
  "a wrong answer": {
    lies: [{}, { trace: () => ({ hidden: [] }) }],
    fetch: honest,
    rounds: [1n, 1n],
    court: "ValidityCourt",
  },
  "two receipts for one number": {
    lies: [{}, { receipt: { sequence: 0n, charged: 2n * PRICE } }],
    fetch: honest,
    rounds: [1n, 1n],
    court: "EquivocationCourt",
  },
  silence: {
    lies: [{}, {}],
    fetch:
      (library, [, leaf = "none"]) =>
      async (...call) =>
        sent(call).url.includes(leaf) ? new Response(write({}), { status: 404 }) : library.fetch(...call),
    rounds: [HOUR, DAY + HOUR, 1n],
    court: "DisclosureCourt",
  },
} as const satisfies Readonly<Record<string, Course>>;

describe("a watcher that is stopped anywhere", () => {
  const stage = useStage();
  let folder = "";
  let number = 0;
  before(() => (folder = mkdtempSync(join(tmpdir(), "surety-watch-"))));
  after(() => rmSync(folder, { recursive: true }));

  const nextFile = (): string => join(folder, `${number++}.sqlite`);

  /** Commits the records of a course. */
  async function prepare({ lies, fetch }: Course): Promise<Fetch> {
    const library = new Library();
    const records = lies.map((lie, index) => {
      const receipt = { sequence: BigInt(index), charged: BigInt(index + 1) * PRICE, ...lie.receipt };
      return forge(stage, { ...lie, receipt });
    });
    await library.commit(stage, records);
    return fetch(
      library,
      records.map(({ receipt }) => receiptHash(receipt)),
    );
  }

  async function open(file: string, fetch: Fetch, pass = forwarding): Promise<Watching> {
    const reporter = lineThrough(stage, "wendy", pass);
    return openWatch(stage, { store: file, fetch, reporter, terms: { patience: HOUR, parallel: 1 } });
  }

  async function live({ service }: Watching, { rounds }: Course): Promise<void> {
    for (const seconds of rounds) {
      await service.round();
      await advance(seconds);
    }
  }

  /** Every place at which a stop makes a difference: around what is sent, and where the store has changed since the last call. */
  async function placesOf(course: Course, fetch: Fetch): Promise<Cut[]> {
    const file = nextFile();
    const cuts: Cut[] = [];
    let [calls, version] = [0, -1];
    let spy: DatabaseSync | undefined;
    const watching = await open(file, fetch, async ({ method }, forward) => {
      spy ??= close(new DatabaseSync(file, { readOnly: true }));
      const at = calls++;
      const now = Number(spy.prepare("PRAGMA data_version").get()?.["data_version"]);
      if (now !== version) cuts.push({ at, when: "before" });
      version = now;
      if (method === "eth_sendTransaction") cuts.push({ at, when: "after" });
      return forward();
    });
    await live(watching, course);
    watching.service.close();
    return cuts;
  }

  /** Runs a watcher until its line is cut: from then on nothing that it waits for ever comes. */
  async function runUntil(cut: Cut, file: string, { course, fetch }: { course: Course; fetch: Fetch }): Promise<void> {
    const stopped = Promise.withResolvers<true>();
    const never = new Promise<never>(() => undefined);
    let calls = 0;
    let isCut = false;
    const watching = await open(file, fetch, async (_, forward) => {
      if (isCut) return never;
      const isHere = calls++ === cut.at;
      if (!isHere) return forward();
      isCut = true;
      if (cut.when === "after") await forward();
      stopped.resolve(true);
      return never;
    });
    await Promise.race([stopped.promise, live(watching, course)]);
  }

  /** Expects that the fault was convicted once, by this watcher, and that it has every deposit back. */
  async function expectWhole({ court }: Course): Promise<void> {
    const { bonds, validityCourt, equivocationCourt, disclosureCourt } = stage.contracts;
    const courts = {
      ValidityCourt: validityCourt,
      EquivocationCourt: equivocationCourt,
      DisclosureCourt: disclosureCourt,
    };
    for (const [name, contract] of Object.entries(courts)) {
      const convicted = await contract.queryFilter(contract.filters.Convicted());
      expect(convicted.map(({ args }) => args.reporter)).to.deep.equal(name === court ? [actors.wendy.address] : []);
      expect(await chain.getBalance(await contract.getAddress()), `${name} keeps a deposit`).to.equal(0n);
    }
    const demands = await disclosureCourt.queryFilter(disclosureCourt.filters.ReceiptDemanded());
    expect(demands).to.have.length(court === "DisclosureCourt" ? 1 : 0);
    expect(await bonds.awardsOf(actors.wendy.address)).to.equal(0n);
  }

  for (const [what, course] of Object.entries(courses)) {
    it(`convicts ${what} once, and loses no deposit`, async function () {
      const fetch = await prepare(course);
      const back = await snapshot();
      const cuts = await placesOf(course, fetch);
      await expectWhole(course);
      expect(cuts.length).to.be.greaterThan(8);
      for (const cut of cuts) {
        await back();
        const file = nextFile();
        await runUntil(cut, file, { course, fetch });
        const again = await open(file, fetch);
        await live(again, course);
        try {
          await expectWhole(course);
          expect(linesOf(again.lines, "lapsed")).to.be.empty;
        } catch (cause) {
          throw new Error(`stopped ${cut.when} call ${cut.at}`, { cause });
        }
        again.service.close();
      }
    });
  }

  for (const what of ["a wrong answer", "silence"] as const) {
    it(`convicts ${what} once, though its process is killed at every transaction`, async () => {
      const course = courses[what];
      const fetch = await prepare(course);
      const library = await serve(async ({ url }) => fetch(url));
      const deployment = join(folder, `deployment-${number}.json`);
      writeFileSync(deployment, serialiseDeployment(stage.deployment));
      const file = nextFile();
      let kills = 0;
      let kill = (): void => undefined;
      const request = async (call: Call): Promise<unknown> => {
        if (call.method !== "eth_sendTransaction") return provider.request(call);
        // The first transaction never comes to the chain; of the others nobody lives to hear.
        if (kills > 0) await provider.request(call);
        kill();
        throw new Error("killed");
      };
      const rpc = await serve(rpcHandler({ request }));
      for (let ending: string | null = "SIGKILL"; ending === "SIGKILL";) {
        const child = startWatch([rpc.url, deployment, file, library.url]);
        kill = () => child.kill("SIGKILL");
        await once(child, "exit");
        ending = child.signalCode;
        if (ending === null) expect(child.exitCode).to.equal(0);
        else kills++;
        const { disclosureCourt } = stage.contracts;
        if ((await disclosureCourt.openDemandsOf(actors.olive.address)) > 0n) await advance(DAY + 1n);
      }
      expect(kills).to.be.greaterThan(3);
      await expectWhole(course);
    });
  }
});

/** Starts test/support/watch.ts in a process of its own. */
function startWatch(parameters: readonly string[]): ChildProcess {
  const script = resolve(import.meta.dirname, "../support/watch.ts");
  const child = spawn(process.execPath, ["--import", "tsx", script, ...parameters], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  close({ close: () => child.kill("SIGKILL") });
  return child;
}

async function forwarding(_: Call, forward: () => Promise<unknown>): Promise<unknown> {
  return forward();
}
