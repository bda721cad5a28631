import type { ReactNode } from "react";
import type { HealthReport } from "../../src/core/health/health.ts";
import { Cohorts } from "../charts/cohorts.tsx";
import { Weeks } from "../charts/weeks.tsx";
import { config } from "../data/config.ts";
import { health } from "../data/health.ts";
import { useLoaded } from "../data/loaded.ts";
import { day, share } from "../format.ts";
import { Facts } from "../parts/facts.tsx";
import { Operator } from "../parts/hash.tsx";
import { Money } from "../parts/money.tsx";
import { Page } from "../parts/page.tsx";
import { Shown } from "../parts/state.tsx";
import { Table } from "../parts/table.tsx";
import { When } from "../parts/when.tsx";

const WEEK = 7n * 86_400n;
const BPS = 10_000n;

/** The network's health, as a sceptic wants to see it. */
export default function HealthPage() {
  const loaded = useLoaded("health", async () => Promise.all([health(), config()]));
  return (
    <Page
      title="Health"
      intro="Who comes back, how good operators are, what goes on, how much is at stake, and whose money the fees are."
    >
      <Shown of={loaded}>
        {([report, { token }]) => (
          <>
            <p>
              As of <When seconds={report.until} />.
            </p>
            <h2>Clients that came back</h2>
            <p>
              Of those who paid first in a week, the share that paid again in the weeks after. The last week is still
              running.
            </p>
            {report.cohorts.length === 0 ? <p>Nobody has paid yet.</p> : <Cohorts cohorts={report.cohorts} />}
            <h2>Stake</h2>
            <Stake of={report.stake} />
            <h2>Fees beside subsidies</h2>
            <Fees of={report.fees} />
            <h2>Activity</h2>
            <Weeks weeks={report.weeks} token={token} />
            <Activity weeks={report.weeks} />
            <h2>Operators&apos; quality</h2>
            <Quality of={report.operators} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function percent(bps: bigint | undefined): string {
  return bps === undefined ? "–" : share(bps, BPS);
}

function Stake({ of: { own, delegated, supply, bondedBps } }: { readonly of: HealthReport["stake"] }) {
  return (
    <Facts
      of={[
        ["Share of all tokens that is bonded", percent(bondedBps)],
        ["Operators' own", <Money key="own" amount={own} />],
        ["Delegated", <Money key="delegated" amount={delegated} />],
        ["All tokens", <Money key="supply" amount={supply} />],
      ]}
    />
  );
}

/** Whose money fees are, as far as the chain tells. */
function Fees({
  of: { total, by, gifts, awards, protocol, greatestClient, greatestOperator },
}: {
  readonly of: HealthReport["fees"];
}) {
  const rows: readonly (readonly [name: string, amount: bigint])[] = [
    ["Fees that clients paid", by.client],
    ["Fees without a voucher: who paid, nobody says", by.payTo],
    ["Subsidy: fees of operators to themselves", by.operator + by.payout],
    ["Subsidy: fees of operators' agents", by.agent],
    ["Subsidy: fees of operators' own delegators", by.delegator],
  ];
  return (
    <>
      <p>
        A fee counts as a subsidy where the chain itself ties its payer to the operator that it pays. That is a lower
        bound: whoever pays itself from an address that nothing ties to it looks like a client, and pays the
        protocol&apos;s part for it.
      </p>
      <Table
        caption="Fees beside subsidies"
        rows={rows}
        keyOf={([name]) => name}
        columns={[
          { name: "Source", cell: ([name]) => name },
          { name: "Paid", isNumber: true, cell: ([, amount]) => <Money amount={amount} bare /> },
          { name: "Of all fees", isNumber: true, cell: ([, amount]) => share(amount, total) },
        ]}
      />
      <Facts
        of={[
          ["All fees", <Money key="total" amount={total} />],
          ["The protocol's part", <Money key="protocol" amount={protocol} />],
          ["Gifts to delegators that no fee paid for", <Money key="gifts" amount={gifts} />],
          ["Awards out of slashed bonds", <Money key="awards" amount={awards} />],
          ["The greatest client's part of what clients paid", share(greatestClient, by.client)],
          ["The greatest operator's part of all fees", share(greatestOperator, total)],
        ]}
      />
    </>
  );
}

function Activity({ weeks }: { readonly weeks: HealthReport["weeks"] }) {
  const number = (name: string, cell: (week: HealthReport["weeks"][number]) => ReactNode) => ({
    name,
    cell,
    isNumber: true,
  });
  return (
    <Table
      caption="Activity by week"
      rows={weeks.toReversed().slice(0, 12)}
      keyOf={({ week }) => String(week)}
      none="Nothing has happened yet."
      columns={[
        { name: "Week of", cell: ({ week }) => day(BigInt(week) * WEEK) },
        number("Clients", ({ clients }) => clients),
        number("New", ({ newClients }) => newClients),
        number("Operators", ({ operators }) => operators),
        number("Receipts", ({ receipts }) => receipts.toString()),
        number("Settlements", ({ settlements }) => settlements),
        number("Fees", ({ fees }) => <Money amount={fees} bare />),
      ]}
    />
  );
}

function Quality({
  of: { registered, serving, proven, faulty, meanScore, faultsBps, each },
}: {
  readonly of: HealthReport["operators"];
}) {
  return (
    <>
      <Facts
        of={[
          ["Registered", registered],
          ["That were ever paid or slashed", serving],
          ["Of them proven", proven],
          ["Of them slashed", faulty],
          ["Credit of an average unit paid to proven ones", meanScore === undefined ? "–" : meanScore.toString()],
          ["Slashes asked for, beside all fees", percent(faultsBps)],
        ]}
      />
      <Table
        caption="Operators' quality"
        rows={each}
        keyOf={({ operator }) => operator}
        columns={[
          { name: "Operator", cell: ({ operator }) => <Operator address={operator} /> },
          {
            name: "Credit",
            isNumber: true,
            cell: (row) => (row.proven ? row.score.toString() : "unproven"),
          },
          { name: "Fees", isNumber: true, cell: ({ fees }) => <Money amount={fees} bare /> },
          { name: "Faults", isNumber: true, cell: ({ faults }) => faults },
          { name: "Slashed", isNumber: true, cell: ({ slashed }) => <Money amount={slashed} bare /> },
          { name: "Own bond", isNumber: true, cell: ({ own }) => <Money amount={own} bare /> },
          { name: "Delegated", isNumber: true, cell: ({ delegated }) => <Money amount={delegated} bare /> },
        ]}
      />
    </>
  );
}
