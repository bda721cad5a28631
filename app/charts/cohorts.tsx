/** Clients by the week in which they paid first, and how many of each came back: a table that is a chart. */
import type { Cohort } from "../../src/core/health/cohorts.ts";
import { day } from "../format.ts";

const WEEK = 7n * 86_400n;
/** How many weeks are shown: what a screen has room for. */
const SHOWN = 12;

export function Cohorts({ cohorts }: { readonly cohorts: readonly Cohort[] }) {
  const shown = cohorts.slice(-SHOWN);
  const ages = Math.min(SHOWN, Math.max(...shown.map(({ retained }) => retained.length)));
  return (
    <div className="scroll" role="region" aria-label="Clients retained by weekly cohort" tabIndex={0}>
      <table className="heat">
        <caption className="unseen">
          Clients retained by weekly cohort: the share of those who paid first in a week that paid again, week by week
        </caption>
        <thead>
          <tr>
            <th scope="col">First paid in the week of</th>
            <th scope="col">Clients</th>
            {Array.from({ length: ages }, (_, age) => (
              <th key={age} scope="col">
                {age === 0 ? "That week" : `+${age}`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ week, clients, retained }) => (
            <tr key={week}>
              <th scope="row">{day(BigInt(week) * WEEK)}</th>
              <td>{clients}</td>
              {Array.from({ length: ages }, (_, age) => (
                <Cell key={age} of={retained[age]} all={clients} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A share, darker the more came back; empty where that week is still to come. */
function Cell({ of, all }: { readonly of: number | undefined; readonly all: number }) {
  if (of === undefined || all === 0) return <td />;
  const part = of / all;
  return (
    <td data-heat={Math.ceil(part * 4)} title={`${of} of ${all}`}>
      {Math.round(part * 100)} %
    </td>
  );
}
