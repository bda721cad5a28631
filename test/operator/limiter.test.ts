import { expect } from "chai";
import { Limiter } from "../../src/operator/limiter.ts";
import { Refusal } from "../../src/operator/refusals.ts";

const limits = { rate: 2, burst: 3, concurrent: 2, total: 3 };

describe("a limiter", () => {
  function opened(changes: Partial<typeof limits> = {}) {
    const time = { now: 1_000 };
    return { time, limiter: new Limiter({ ...limits, ...changes }, () => time.now) };
  }

  /** What keeps a client out. */
  function refusal(limiter: Limiter, client: string): Refusal {
    try {
      limiter.enter(client);
    } catch (thrown) {
      if (thrown instanceof Refusal) return thrown;
      throw thrown;
    }
    throw new Error(`${client} was let in`);
  }

  it("lets a burst in, then so many a second, each client by itself", () => {
    const { limiter, time } = opened();
    for (let count = 0; count < 3; count++) limiter.enter("a")();
    const { name, status, retryAfter } = refusal(limiter, "a");
    expect([name, status, retryAfter]).to.deep.equal(["TooManyRequests", 429, 1]);
    limiter.enter("b")();
    time.now += 499;
    refusal(limiter, "a");
    time.now += 1;
    limiter.enter("a")();
    refusal(limiter, "a");
  });

  it("lets no more than a burst in after however long a pause", () => {
    const { limiter, time } = opened();
    limiter.enter("a")();
    time.now += 3_600_000;
    for (let count = 0; count < 3; count++) limiter.enter("a")();
    refusal(limiter, "a");
  });

  it("says how long to wait where that is longer", () => {
    const { limiter } = opened({ rate: 0.1, burst: 1 });
    limiter.enter("a")();
    expect(refusal(limiter, "a").retryAfter).to.equal(10);
  });

  it("lets a client have so many answered at a time", () => {
    const { limiter } = opened();
    const leave = limiter.enter("a");
    limiter.enter("a");
    expect(refusal(limiter, "a").name).to.equal("TooManyRequests");
    leave();
    limiter.enter("a");
  });

  it("lets all clients together have so many answered at a time", () => {
    const { limiter } = opened();
    limiter.enter("a");
    limiter.enter("a");
    const leave = limiter.enter("b");
    const { name, status, retryAfter } = refusal(limiter, "c");
    expect([name, status]).to.deep.equal(["Overloaded", 503]);
    expect(retryAfter).to.be.greaterThan(0);
    expect(limiter.inside).to.equal(3);
    leave();
    limiter.enter("c");
  });

  it("takes nothing from whoever it keeps out", () => {
    const { limiter, time } = opened({ burst: 1 });
    limiter.enter("a")();
    for (let count = 0; count < 100; count++) refusal(limiter, "a");
    time.now += 500;
    limiter.enter("a")();
  });

  it("forgets strangers, and not whoever has something under way", () => {
    const { limiter } = opened({ burst: 1, total: 100 });
    limiter.enter("a");
    limiter.enter("b")();
    for (let count = 0; count < 12_000; count++) limiter.enter(`stranger ${count}`)();
    expect(refusal(limiter, "a").name).to.equal("TooManyRequests");
    // Of 12,000 that were as busy as each other those were forgotten that came first.
    limiter.enter("b")();
  });
});
