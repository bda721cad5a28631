/** What the audit of the main job looks at. */
import type { Contracts } from "../chain/contracts.ts";
import type { Inspection } from "../watcher/watcher.ts";
import type { Cast } from "./cast.ts";
import type { ModeReport } from "./modes.ts";
import type { Served } from "./period.ts";
import type { Purchase } from "./purchase.ts";
import type { OperatorReport, Report } from "./report.ts";
import type { Demanded } from "./silence.ts";
import type { ModeTrace } from "./trace.ts";

/** All that happened. */
export interface Happened {
  readonly cast: Cast;
  readonly contracts: Contracts;
  /** All that was answered, and of that what its clients took. */
  readonly answers: readonly Served[];
  readonly served: readonly Served[];
  readonly sale: Purchase;
  readonly faults: Report["faults"];
  readonly operators: readonly OperatorReport[];
  readonly modes: readonly ModeReport[];
  /** What reached each account from slashes. */
  readonly paid: ReadonlyMap<string, bigint>;
  /** What the watcher saw before and after the rogues began. */
  readonly quiet: Inspection;
  readonly inspection: Inspection;
  readonly demanded: Demanded;
  readonly trace: Report["trace"];
  readonly modeTraces: readonly ModeTrace[];
}
