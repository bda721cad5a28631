import { Link } from "wouter";
import type { Fault } from "../data/operators.ts";
import { Hash, Operator } from "./hash.tsx";
import { Money } from "./money.tsx";
import { Table } from "./table.tsx";
import { When } from "./when.tsx";

/** What each court punishes, in words. */
const courts: Readonly<Record<Fault["court"], string>> = {
  validity: "An answer that its mode or its order forbids",
  equivocation: "Two receipts where there may be one",
  disclosure: "Silence about what was demanded",
};

/** Faults, and what the slashes took of whom. */
export function FaultTable({ faults, none }: { readonly faults: readonly Fault[]; readonly none: string }) {
  return (
    <Table
      caption="Faults and slashes"
      rows={faults}
      keyOf={({ id }) => id}
      none={none}
      columns={[
        { name: "When", cell: ({ punishedAt }) => <When seconds={punishedAt} /> },
        { name: "Operator", cell: ({ operator }) => <Operator address={operator} /> },
        {
          name: "Fault",
          cell: ({ court, fault, operator }) =>
            court === "validity" ? <Link href={`/receipt/${operator}/${fault}`}>{courts[court]}</Link> : courts[court],
        },
        { name: "Asked", isNumber: true, cell: ({ asked }) => <Money amount={asked} bare /> },
        { name: "Slashed", isNumber: true, cell: ({ slashed }) => <Money amount={slashed} bare /> },
        {
          name: "Of delegators",
          isNumber: true,
          cell: ({ slashRow }) => (slashRow === undefined ? "–" : <Money amount={slashRow.delegated} bare />),
        },
        { name: "Compensated", isNumber: true, cell: ({ compensated }) => <Money amount={compensated} bare /> },
        { name: "Bounty", isNumber: true, cell: ({ bounty }) => <Money amount={bounty} bare /> },
        { name: "Reported by", cell: ({ reporter }) => <Hash value={reporter} /> },
      ]}
    />
  );
}
