import { useParams } from "wouter";
import { receiptsIn } from "../data/chain.ts";
import { found } from "../data/graphql.ts";
import { useLoaded } from "../data/loaded.ts";
import { batchOf } from "../data/operators.ts";
import { lower, short } from "../format.ts";
import { Hash, Operator } from "../parts/hash.tsx";
import { Money } from "../parts/money.tsx";
import { Page } from "../parts/page.tsx";
import { Shown } from "../parts/state.tsx";
import { Table } from "../parts/table.tsx";
import { When } from "../parts/when.tsx";

/** The receipts of a batch, as its operator publishes them. */
export default function BatchPage() {
  const params = useParams<{ operator: string; root: string }>();
  const [operator, root] = [lower(params.operator), lower(params.root)];
  const loaded = useLoaded(`batch ${operator} ${root}`, async () => {
    const batch = found(await batchOf(operator, root), `batch ${root}`);
    return receiptsIn({ ...batch, operator });
  });
  return (
    <Page
      title={`Batch ${short(root)}`}
      intro={
        <>
          Receipts that <Operator address={operator} /> committed under one root, read from its own node. Open one to
          see whether it is what was committed.
        </>
      }
    >
      <Shown of={loaded}>
        {(receipts) => (
          <Table
            caption="Receipts"
            rows={receipts}
            keyOf={({ leaf }) => leaf}
            columns={[
              { name: "Number", isNumber: true, cell: ({ sequence }) => sequence.toString() },
              { name: "Receipt", cell: ({ leaf }) => <Hash value={leaf} to={`/receipt/${operator}/${leaf}`} /> },
              { name: "Asked by", cell: ({ client }) => <Hash value={client} to={`/agents/${client}`} /> },
              { name: "Price", isNumber: true, cell: ({ price }) => <Money amount={price} bare /> },
              { name: "Issued", cell: ({ issuedAt }) => <When seconds={issuedAt} /> },
            ]}
          />
        )}
      </Shown>
    </Page>
  );
}
