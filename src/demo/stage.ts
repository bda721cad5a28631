/** Where the main job takes place. */
import type { JsonRpcProvider } from "ethers";
import type { Deployment } from "../chain/deployment.ts";
import type { ChainClock } from "./clock.ts";
import type { IrisLab } from "./iris.ts";
import type { Cheat } from "./rogues.ts";
import type { Subject } from "./topics.ts";

/** The stage: a deployment on a local chain. */
export interface Stage {
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  readonly clock: ChainClock;
  readonly subjects: readonly Subject[];
  readonly lab: IrisLab;
  /** Where journals lie. */
  readonly folder: string;
  /** How the cheat cheats. */
  readonly cheat: Cheat | "mixed";
  /** Whether the rogues have begun. */
  readonly isDark: () => boolean;
  /** Told of every part that must be closed at the end. */
  readonly onOpen: (part: { close(): unknown }) => void;
}
