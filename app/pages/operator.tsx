import { Link, useParams } from "wouter";
import type { Hex } from "../../src/core/bytes.ts";
import { CreditHistory } from "../charts/creditHistory.tsx";
import { found } from "../data/graphql.ts";
import { useLoaded } from "../data/loaded.ts";
import { operatorPage, type OperatorFacts, type Weights } from "../data/operators.ts";
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
import { short } from "../format.ts";

/** One operator: its facts, why its score is what it is, and what it did. */
export default function OperatorPage() {
  const { operator } = useParams<{ operator: Hex }>();
  const address = operator.toLowerCase() as Hex;
  const loaded = useLoaded(`operator ${address}`, async () => operatorPage(address));
  return (
    <Page title={`Operator ${short(address)}`} intro={<code>{address}</code>}>
      <Shown of={loaded}>
        {({ standing, standings, registeredAt, commission, keys, batches, models, faults, points }) => (
          <>
            <Profile row={found(standing, address)} registeredAt={registeredAt} commission={commission} />
            <h2>Why its score is what it is</h2>
            <Reasons row={found(standing, address)} weights={standings} at={standings.at} />
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

/** The score's own formula, with this operator's numbers. */
function Reasons({
  row: { settled, faulted, score, proven, faults },
  weights: { prior, severity },
  at,
}: {
  readonly row: OperatorFacts;
  readonly weights: Weights;
  readonly at: bigint;
}) {
  return (
    <ul className="reasons">
      <li>
        It has settled <Money amount={settled} /> that is past its time to be challenged (S), as of{" "}
        <When seconds={at} />; what is long ago counts less.
      </li>
      <li>
        {proven ? (
          <>
            That is at least the prior of <Money amount={prior} /> (P), so its score counts.
          </>
        ) : (
          <>
            That is less than the prior of <Money amount={prior} /> (P): it is unproven, whatever its score.
          </>
        )}
      </li>
      <li>
        {faults === 0 ? (
          "No slash has asked anything of it (F)."
        ) : (
          <>
            Slashes asked <Money amount={faulted} /> of it (F) for{" "}
            <Link href="/faults">{faults === 1 ? "one fault" : `${faults} faults`}</Link>, and each unit of that
            outweighs {severity.toString()} settled ones (K): that alone weighs <Money amount={severity * faulted} />.
          </>
        )}
      </li>
      <li>
        S × 1000 ÷ (S + P + K × F) = <strong>{score.toString()}</strong>.
      </li>
    </ul>
  );
}
