/** Runs several simulations at once, each in a process of its own. */
import { type ChildProcess, fork } from "node:child_process";
import { SuretyError } from "../core/errors.ts";
import type { SimulationResult } from "./result.ts";
import type { Scenario } from "./scenario.ts";

/** A run that is asked for. */
export interface Job {
  readonly scenario: Scenario;
  readonly seed: number;
}

/** What a process says of its work. */
export type Report =
  | { readonly kind: "day"; readonly day: number; readonly days: number }
  | { readonly kind: "done"; readonly result: SimulationResult }
  | { readonly kind: "failed"; readonly message: string };

/** Whoever starts this may have been given TypeScript in another way, which its processes do not inherit. */
const TYPESCRIPT = ["--import", import.meta.resolve("tsx")];

/** A simulation's process ended, or its work failed. */
export class SimulationError extends SuretyError {
  override readonly name = "SimulationError";
}

/** Runs jobs, and gives their results in the same order. */
export type Runner = (jobs: readonly Job[]) => Promise<readonly SimulationResult[]>;

interface PoolOptions {
  /** How many processes there are at most. */
  readonly processes: number;
  /** Aborted where no more is wanted. */
  readonly signal: AbortSignal;
  /** Told how many days of all jobs are over, of how many. */
  readonly onProgress?: (days: number, of: number) => void;
}

/**
 * Runs jobs, as many at once as there are processes.
 * @returns their results in the jobs' order
 * @throws SimulationError where one fails: the others are ended
 */
export async function runAll(jobs: readonly Job[], { processes, signal, onProgress }: PoolOptions) {
  if (signal.aborted) throw new SimulationError("it was told to stop before it began");
  const results: SimulationResult[] = [];
  const all = jobs.reduce((sum, { scenario }) => sum + scenario.days, 0);
  const days = new Map<number, number>();
  const queue = [...jobs.entries()];
  const children = Array.from({ length: Math.min(processes, jobs.length) }, () =>
    fork(new URL("./worker.ts", import.meta.url), { execArgv: [...TYPESCRIPT], serialization: "advanced" }),
  );
  const end = (): void => children.forEach((child) => child.kill());
  signal.addEventListener("abort", end);
  try {
    await Promise.all(
      children.map(async (child) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const [index, job] = next;
          results[index] = await runIn(child, job, (day) => {
            days.set(index, day);
            onProgress?.(
              [...days.values()].reduce((sum, done) => sum + done, 0),
              all,
            );
          });
        }
      }),
    );
    return results;
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}

/** Has a process do one job. */
async function runIn(child: ChildProcess, job: Job, onDay: (day: number) => void): Promise<SimulationResult> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      child.removeListener("message", onMessage);
      child.removeListener("exit", onExit);
      child.removeListener("error", onError);
      settle();
    };
    const onMessage = (report: Report): void => {
      switch (report.kind) {
        case "day":
          onDay(report.day);
          break;
        case "done":
          done(() => resolve(report.result));
          break;
        case "failed":
          done(() => reject(new SimulationError(report.message)));
          break;
      }
    };
    const onExit = (code: number | null, by: NodeJS.Signals | null): void =>
      done(() => reject(new SimulationError(`a simulation's process ended by ${by ?? `exit code ${code ?? "?"}`}`)));
    const onError = (cause: Error): void =>
      done(() => reject(new SimulationError(`a simulation's process cannot be asked: ${cause.message}`, { cause })));
    child.on("message", onMessage);
    child.on("exit", onExit);
    child.on("error", onError);
    child.send(job);
  });
}
