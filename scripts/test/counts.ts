/** What a test runner reports to its parent process. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a test runner is told: paths relative to the root, and whether they are every test there is. */
export interface RunnerOptions {
  readonly files: readonly string[];
  readonly isEvery: boolean;
  readonly grep?: string | undefined;
}

export const noCounts: Counts = { passed: 0, failed: 0, skipped: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

export function isCounts(value: unknown): value is Counts {
  const keys = ["passed", "failed", "skipped"] as const;
  return typeof value === "object" && value !== null && keys.every((key) => Number.isInteger(Reflect.get(value, key)));
}

/** Hands the counts to the parent and ends this process, whatever a test has left open. */
export function report(counts: Counts): void {
  if (process.send === undefined) throw new Error("A test runner is started by scripts/test.ts: use npm test");
  process.send(counts, () => process.exit(counts.failed > 0 ? 1 : 0));
}

/** The options that scripts/test.ts has passed. */
export function readOptions(): RunnerOptions {
  return JSON.parse(process.argv[2] ?? "") as RunnerOptions;
}
