import { Link, useSearchParams } from "wouter";
import { CreditCurve } from "../charts/creditCurve.tsx";
import { config } from "../data/config.ts";
import { useLoaded } from "../data/loaded.ts";
import { operators, type OperatorFacts } from "../data/operators.ts";
import { Money } from "../parts/money.tsx";
import { Operator } from "../parts/hash.tsx";
import { Page } from "../parts/page.tsx";
import { Standing } from "../parts/standing.tsx";
import { Shown } from "../parts/state.tsx";
import { type Column, Table } from "../parts/table.tsx";

/** What operators can be ordered by. */
const measures = {
  credit: { name: "Credit", of: ({ trust }: OperatorFacts) => trust },
  settled: { name: "Settled", of: ({ settledTotal }: OperatorFacts) => settledTotal },
  faults: { name: "Faults", of: ({ faults }: OperatorFacts) => BigInt(faults) },
  slashed: { name: "Slashed", of: ({ slashedTotal }: OperatorFacts) => slashedTotal },
  bond: { name: "Own bond", of: ({ own }: OperatorFacts) => own.assets },
  delegated: { name: "Delegated", of: ({ delegated }: OperatorFacts) => delegated.assets },
  receipts: { name: "Receipts", of: ({ receipts }: OperatorFacts) => receipts },
  clients: { name: "Clients", of: ({ clients }: OperatorFacts) => BigInt(clients) },
} as const;
type Measure = keyof typeof measures;

/** Operators by credit: the first page. */
export function OperatorsPage() {
  const loaded = useLoaded("operators", async () => Promise.all([operators(), config()]));
  const [search] = useSearchParams();
  const by = measureIn(search.get("sort"));
  const isUp = search.get("order") === "ascending";
  return (
    <Page
      title="Operators"
      intro="Who answers for AI with its own money: in the order in which a client's software trusts them, with the facts that it goes by."
    >
      <Shown of={loaded}>
        {([{ operators: all, prior, severity }, { token }]) => (
          <>
            <p>
              <Link href="/?sort=credit&order=ascending">Show the worst first</Link>
            </p>
            <Table
              caption="Operators"
              columns={columns(by, isUp)}
              rows={ordered(all, by, isUp)}
              keyOf={({ address }) => address}
              none="Nobody has registered yet."
            />
            <CreditCurve places={all} prior={prior} severity={severity} token={token} />
          </>
        )}
      </Shown>
    </Page>
  );
}

function measureIn(text: string | null): Measure {
  return text !== null && Object.hasOwn(measures, text) ? (text as Measure) : "credit";
}

function ordered(all: readonly OperatorFacts[], by: Measure, isUp: boolean): OperatorFacts[] {
  const { of } = measures[by];
  return all.toSorted((a, b) => {
    // Of two alike the one comes later of which slashes asked more: nobody's trust falls below a thousandth.
    const difference = of(a) - of(b) || b.faulted - a.faulted;
    if (difference === 0n) return a.address < b.address ? -1 : 1;
    return difference < 0n === isUp ? -1 : 1;
  });
}

function columns(by: Measure, isUp: boolean): Column<OperatorFacts>[] {
  const sortable = (measure: Measure, cell: Column<OperatorFacts>["cell"]): Column<OperatorFacts> => {
    const isBy = measure === by;
    const next = isBy && !isUp ? "ascending" : "descending";
    const { name } = measures[measure];
    return {
      name,
      cell,
      isNumber: true,
      order: isBy ? (isUp ? "ascending" : "descending") : undefined,
      heading: <Link href={`/?sort=${measure}&order=${next}`}>{name}</Link>,
    };
  };
  return [
    { name: "Operator", cell: ({ address }) => <Operator address={address} /> },
    sortable("credit", (row) => <Standing of={row} />),
    sortable("settled", ({ settledTotal }) => <Money amount={settledTotal} bare />),
    sortable("faults", ({ faults }) => faults),
    sortable("slashed", ({ slashedTotal }) => <Money amount={slashedTotal} bare />),
    sortable("bond", ({ own }) => <Money amount={own.assets} bare />),
    sortable("delegated", ({ delegated }) => <Money amount={delegated.assets} bare />),
    sortable("receipts", ({ receipts }) => receipts.toString()),
    sortable("clients", ({ clients }) => clients),
  ];
}
