/** Sweeps that were never run: profit by the closed form with noise from a seed, for tests of how sweeps are drawn. */
import { SeededRandom } from "../../src/core/model/random.ts";
import type { FrontierFigure } from "../../src/sim/plots/frontier.ts";

const WATCH_RATES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];
const BONDS = [100, 200, 500, 1_000, 2_000, 5_000];
/** What a wrong answer saves, in dollars, and which part of the bond it costs where it is proven. */
const [GAIN, SLASH] = [2, 0.1];

/** What a cheat that answers so many questions wrong would see. */
export function frontierOf(cheatRate: number): FrontierFigure {
  const random = new SeededRandom(Math.round(cheatRate * 1_000));
  const wrong = cheatRate * 100;
  const cells = WATCH_RATES.flatMap((watchRate) =>
    BONDS.map((bond) => {
      const width = wrong * (0.2 + random.fraction());
      const advantage = wrong * (GAIN - watchRate * SLASH * bond) + width * (random.fraction() - 0.5);
      return { watchRate, bond, advantage, low: advantage - width, high: advantage + width };
    }),
  );
  const closedForm = WATCH_RATES.map((watchRate) => ({ watchRate, bond: GAIN / (watchRate * SLASH) }));
  const measured = closedForm
    .filter(({ bond }) => bond <= 5_000)
    .map(({ watchRate, bond }) => {
      const seen = bond * (0.9 + 0.2 * random.fraction());
      return { watchRate, bond: seen, band: { low: seen * 0.85, high: seen * 1.15 } };
    });
  return { cheatRate, cells, measured, closedForm };
}
