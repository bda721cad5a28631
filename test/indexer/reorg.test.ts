import { expect } from "chai";
import { z } from "zod";
import type { Indexer } from "../../indexer/start.ts";
import { rpcHandler } from "../../src/demo/rpc.ts";
import { addressOf } from "../../src/core/signatures.ts";
import type { Handler } from "../../src/operator/server.ts";
import { forge, Library, redeem } from "../support/forge.ts";
import { describeIndexes, openIndexer, type Place, readTables } from "../support/indexing.ts";
import { mine } from "../support/mining.ts";
import {
  actors,
  addressed,
  contractsOf,
  PRICE,
  provider,
  secrets,
  snapshot,
  type Stage,
  useStage,
} from "../support/stage.ts";

const olive = addressed(actors.olive);

/** What happens on one side of a fork: as many blocks as it takes, of what only this side has, and of what both have. */
async function live(stage: Stage, side: "left" | "right"): Promise<void> {
  const { escrow } = contractsOf(stage, "bob");
  const { token, bonds } = contractsOf(stage, "will");
  const amount = side === "left" ? 30_000_000n : 50_000_001n;
  await token.faucet(amount);
  await token.approve(stage.deployment.contracts.bonds, amount);
  await bonds.delegate(olive, amount, 1n);
  await escrow.fund(side === "left" ? 7n : 11n, olive, addressOf(secrets.bob));
  const record = forge(stage, { receipt: { charged: PRICE } });
  await new Library().commit(stage, [record]);
  await redeem(stage, record);
  if (side === "left") return;
  // The other side has nothing of this, and is shorter.
  await bonds.requestUnbond(olive, 1_000n);
  await contractsOf(stage, "olive").bonds.setCommission(3_000n);
  await redeem(stage, forge(stage, { receipt: { charged: 3n * PRICE } }));
  await mine(3);
}

const callSchema = z.object({ method: z.string() });

/**
 * The chain, whose answers stop with `hold`; and, after `armed`, at the `nth` call of `method`: it resolves when that one
 * came in.
 */
function stopping(
  method: string,
  nth: number,
): { handler: Handler; hold(): void; armed(): Promise<void>; release(): void } {
  const pass = rpcHandler(provider);
  const waiting: (() => void)[] = [];
  let [left, isArmed, isStopped] = [nth, false, false];
  let onStop = (): void => undefined;
  const handler: Handler = async (request) => {
    const body = z.union([callSchema, z.array(callSchema)]).parse(await request.clone().json());
    const methods = [body].flat().map((call) => call.method);
    if (isArmed && methods.includes(method) && --left === 0) {
      isStopped = true;
      onStop();
    }
    if (isStopped) await new Promise<void>((go) => waiting.push(go));
    return pass(request);
  };
  return {
    handler,
    hold() {
      isStopped = true;
    },
    async armed() {
      isArmed = true;
      return new Promise((stopped) => (onStop = stopped));
    },
    release() {
      isStopped = false;
      for (const go of waiting.splice(0)) go();
    },
  };
}

/** What an indexer's tables hold once it has seen all, and ended. */
async function finish(indexer: Indexer, place: Place): Promise<Readonly<Record<string, readonly string[]>>> {
  await indexer.caughtUp();
  await indexer.stop();
  return readTables(place);
}

describeIndexes("an indexer on a chain that forks", (backend) => {
  const stage = useStage();

  it("ends, killed in the middle of it, with the tables of one that ran through, and of one that came later", async function () {
    // Four indexers start here.
    this.timeout(400_000);
    const [killed, whole, late] = [await backend.makePlace(), await backend.makePlace(), await backend.makePlace()];
    // Parents are asked for by their hash when a block is not the last one's child.
    const line = stopping("eth_getBlockByHash", 2);
    const victim = await openIndexer(stage, killed, line.handler);
    const runner = await openIndexer(stage, whole);
    await victim.caughtUp();
    await runner.caughtUp();
    const back = await snapshot();
    await live(stage, "left");
    await Promise.all([victim.caughtUp(), runner.caughtUp()]);

    // It must not come to know of the other side block by block: then no parent is asked for.
    line.hold();
    await back();
    await live(stage, "right");
    const stopped = line.armed();
    line.release();
    await stopped;
    await victim.kill();
    line.release();

    const through = await finish(runner, whole);
    expect(through["delegation"]?.[0]).to.include("50000001").and.not.include("30000000");
    expect(through["settlement"]).to.have.length(2);
    expect(await finish(await openIndexer(stage, killed), killed)).to.deep.equal(through);
    expect(await finish(await openIndexer(stage, late), late)).to.deep.equal(through);
  });
});
