/**
 * Two ways to do the same work, raced in turn in one process. What is compared is the time that the processor spent in
 * this thread, so that whatever else runs on the machine counts for neither.
 */

/** One way: what it gives for the work's item of this index. */
export type Way = (index: number) => string | Promise<string>;

/** How many rounds count, and how many milliseconds each way works in a round at least. */
export interface Effort {
  readonly rounds: number;
  readonly least: number;
}

export interface Race {
  /** What is done, and what with beside Surety. */
  readonly work: string;
  readonly ours: Way;
  readonly other: Way;
  /** How many times as fast ours must be. */
  readonly goal: number;
}

/** The result of a race, per second of the processor; or of a weighing, in MB. */
export interface Row {
  readonly work: string;
  readonly ours: number;
  readonly other: number;
  /** How many times as good as the other ours is. */
  readonly ratio: number;
  readonly goal: number;
}

/** The two ways do not do the same work. */
export class DisagreementError extends Error {
  override readonly name = "DisagreementError";
}

/**
 * Runs a race: the median of its rounds. Where there are several, one that does not count comes first, to warm up.
 * @throws DisagreementError where the two ways give something else for the first item
 */
export async function race({ work, ours, other, goal }: Race, { rounds, least }: Effort): Promise<Row> {
  const warmUps = rounds > 1 ? 1 : 0;
  const measured: { readonly ours: number; readonly other: number }[] = [];
  for (let round = -warmUps; round < rounds; round++) {
    const [mine, theirs] = [await time(ours, least), await time(other, least)];
    if (mine.result !== theirs.result) throw new DisagreementError(`${work}: the two ways give different results`);
    if (round >= 0) measured.push({ ours: mine.rate, other: theirs.rate });
  }
  return {
    work,
    ours: rounded(median(measured.map((round) => round.ours))),
    other: rounded(median(measured.map((round) => round.other))),
    ratio: rounded(median(measured.map((round) => round.ours / round.other))),
    goal,
  };
}

/** What misses its goal, a line each. */
export function findMissed(rows: readonly Row[]): string[] {
  return rows
    .filter(({ ratio, goal }) => ratio < goal)
    .map(({ work, ratio, goal }) => `GoalMissed: ${work}: ${ratio} times as good, the goal is ${goal} times.`);
}

/** A figure with the digits that say something. */
export function rounded(figure: number): number {
  return Number(figure.toPrecision(3));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

async function time(way: Way, least: number): Promise<{ readonly rate: number; readonly result: string }> {
  const since = process.threadCpuUsage();
  const result = await way(0);
  // The clock is asked ever more seldom, since it takes as long as a hash; and it moves by some milliseconds only.
  for (let done = 1, batch = 1; ; batch *= 2) {
    const { user, system } = process.threadCpuUsage(since);
    const spent = (user + system) / 1_000;
    if (spent > 0 && spent >= least) return { rate: (done * 1_000) / spent, result };
    for (const end = done + batch; done < end; done++) {
      const given = way(done);
      // To wait for what is there already takes as long as a hash, too.
      if (typeof given !== "string") await given;
    }
  }
}
