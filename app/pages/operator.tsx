import { use } from "react";
import { useParams } from "wouter";
import { creditStory } from "../../src/core/creditStory.ts";
import { durationText } from "../../src/core/durations.ts";
import { CreditHistory } from "../charts/creditHistory.tsx";
import { config } from "../data/config.ts";
import { found } from "../data/graphql.ts";
import { useLoaded } from "../data/loaded.ts";
import { operatorPage, type OperatorFacts, type Standings } from "../data/operators.ts";
import { Facts } from "../parts/facts.tsx";
import { FaultTable } from "../parts/faultTable.tsx";
import { Hash } from "../parts/hash.tsx";
import { Money } from "../parts/money.tsx";
import { Outside } from "../parts/outside.tsx";
import { Page } from "../parts/page.tsx";
import { Standing } from "../parts/standing.tsx";
import { Shown } from "../parts/state.tsx";
import { Table } from "../parts/table.tsx";
import { When } from "../parts/when.tsx";
import { lower, money, short } from "../format.ts";

/** One operator: its facts, why its score is what it is, and what it did. */
export default function OperatorPage() {
  const { operator } = useParams<{ operator: string }>();
  const address = lower(operator);
  const loaded = useLoaded(`operator ${address}`, async () => operatorPage(address));
  return (
    <Page title={`Operator ${short(address)}`} intro={<code>{address}</code>}>
      <Shown of={loaded}>
        {({ standing, standings, registeredAt, commission, keys, batches, models, faults, points }) => (
          <>
            <Profile row={found(standing, address)} registeredAt={registeredAt} commission={commission} />
            <h2>Why its score is what it is</h2>
            <Reasons row={found(standing, address)} standings={standings} />
            <CreditHistory points={points} faults={faults} />
            <h2>Faults and slashes</h2>
            <FaultTable faults={faults} none="No court has found a fault of this operator." />
            <h2>Batches</h2>
            <Table
              caption="Batches, the latest first"
              rows={batches}
              keyOf={({ root }) => root}
              columns={[
                { name: "Batch", cell: ({ root }) => <Hash value={root} to={`/operator/${address}/batch/${root}`} /> },
                {
                  name: "Receipts",
                  cell: ({ firstSequence, count }) => `${firstSequence} to ${firstSequence + count - 1n}`,
                },
                { name: "Committed", cell: ({ committedAt }) => <When seconds={committedAt} /> },
              ]}
            />
            <h2>Keys</h2>
            <Table
              caption="Keys that sign its receipts"
              rows={keys}
              keyOf={(key) => key.address}
              columns={[
                { name: "Key", cell: (key) => <Hash value={key.address} /> },
                { name: "From", cell: ({ validFrom }) => <When seconds={validFrom} /> },
                {
                  name: "Until",
                  cell: ({ validUntil }) =>
                    validUntil === undefined ? "no end is set" : <When seconds={validUntil} />,
                },
                {
                  name: "Attested as",
                  cell: ({ measurement }) => (measurement === undefined ? "–" : <Hash value={measurement} />),
                },
              ]}
            />
            <h2>Models that it serves</h2>
            {models.length === 0 ? <p>None.</p> : null}
            <ul>
              {models.map((model) => (
                <li key={model}>
                  <Hash value={model} to={`/models#${model}`} />
                </li>
              ))}
            </ul>
          </>
        )}
      </Shown>
    </Page>
  );
}

function Profile({
  row,
  registeredAt,
  commission,
}: {
  readonly row: OperatorFacts;
  readonly registeredAt: bigint | undefined;
  readonly commission: bigint;
}) {
  return (
    <Facts
      of={[
        ["Credit", <Standing key="standing" of={row} />],
        ["Registered", registeredAt === undefined ? "never" : <When key="when" seconds={registeredAt} />],
        ["Node", <Outside key="node" text={row.metadataUri} />],
        ["Own bond", <Money key="own" amount={row.own.assets} />],
        ["Delegated to it", <Money key="delegated" amount={row.delegated.assets} />],
        ["It keeps of delegators' fees", `${Number(commission) / 100} %`],
        ["Settled in all", <Money key="settled" amount={row.settledTotal} />],
        ["Slashed in all", <Money key="slashed" amount={row.slashedTotal} />],
        ["Debt", <Money key="debt" amount={row.debt} />],
        ["Receipts committed", row.receipts.toString()],
        ["Clients", row.clients],
      ]}
    />
  );
}

/** The score's own formula with this operator's numbers, in the words of `surety credit`. */
function Reasons({ row, standings }: { readonly row: OperatorFacts; readonly standings: Standings }) {
  const { token } = use(config());
  const { at, prior, severity } = standings;
  const amount = (value: bigint): string => money(value, token);
  const story = creditStory({ ...row, prior, severity }, standings, { amount, duration: durationText });
  return (
    <>
      <p>
        As of <When seconds={at} />:
      </p>
      <ul className="reasons">
        {story.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}
