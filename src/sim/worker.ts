// A process of `pool.ts`: does one simulation after the other, and ends when nobody is there any more.
import { useNativeCurve } from "../native/curve.ts";
import type { Job, Report } from "./pool.ts";
import { simulate } from "./run.ts";

const say = (report: Report): void => void process.send?.(report);

useNativeCurve();
process.on("disconnect", () => process.exit());
// Ctrl-C reaches every process of a terminal's; who started this one decides.
process.on("SIGINT", () => undefined);
process.on("message", ({ scenario, seed }: Job) => {
  simulate(scenario, seed, (day, days) => say({ kind: "day", day, days })).then(
    (result) => say({ kind: "done", result }),
    (cause: unknown) =>
      say({ kind: "failed", message: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }),
  );
});
