import { Link, useParams } from "wouter";
import type { Hex } from "../../src/core/bytes.ts";
import { CreditHistory } from "../charts/creditHistory.tsx";
import { found } from "../data/graphql.ts";
import { useLoaded } from "../data/loaded.ts";
import { operatorPage, type OperatorFacts, type Protocol } from "../data/operators.ts";
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
        {({ operator: row, protocol, keys, batches, models, faults, points }) => (
          <>
            <Profile row={found(row, address)} protocol={protocol} />
            <CreditHistory points={points} />
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

function Profile({ row, protocol }: { readonly row: OperatorFacts; readonly protocol: Protocol }) {
  return (
    <>
      <Facts
        of={[
          ["Credit", <Standing key="standing" of={row} />],
          ["Registered", row.registeredAt === undefined ? "never" : <When key="when" seconds={row.registeredAt} />],
          ["Node", <Outside key="node" text={row.metadataUri} />],
          ["Own bond", <Money key="own" amount={row.ownAssets} />],
          ["Delegated to it", <Money key="delegated" amount={row.delegatedAssets} />],
          ["It keeps of delegators' fees", `${Number(row.commission) / 100} %`],
          ["Settled in all", <Money key="settled" amount={row.settledTotal} />],
          ["Slashed in all", <Money key="slashed" amount={row.slashedTotal} />],
          ["Debt", <Money key="debt" amount={row.debt} />],
          ["Receipts committed", row.nextSequence.toString()],
          ["Clients", row.clients],
        ]}
      />
      <h2>Why its score is what it is</h2>
      <Reasons row={row} protocol={protocol} />
    </>
  );
}

/** The score's own formula, with this operator's numbers. */
function Reasons({
  row: { scoreSettled, scoreFaulted, score, proven, faults, scoredAt },
  protocol: { prior, severity },
}: {
  readonly row: OperatorFacts;
  readonly protocol: Protocol;
}) {
  return (
    <ul className="reasons">
      <li>
        It has settled <Money amount={scoreSettled} /> that is past its time to be challenged (S)
        {scoredAt === 0n ? null : (
          <>
            , as of <When seconds={scoredAt} />
          </>
        )}
        .
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
        {faults === 0 && scoreFaulted === 0n ? (
          "No slash has asked anything of it (F)."
        ) : (
          <>
            Slashes asked <Money amount={scoreFaulted} /> of it (F) for{" "}
            <Link href="/faults">{faults === 1 ? "one fault" : `${faults} faults`}</Link>, and each unit of that
            outweighs {severity.toString()} settled ones (K): that alone weighs{" "}
            <Money amount={severity * scoreFaulted} />.
          </>
        )}
      </li>
      <li>
        S × 1000 ÷ (S + P + K × F) = <strong>{score.toString()}</strong>.
      </li>
    </ul>
  );
}
