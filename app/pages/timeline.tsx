import { Link, useParams, useSearchParams } from "wouter";
import type { Hex } from "../../src/core/bytes.ts";
import { type Action, actionsOf, timelineOf, type Whose } from "../../src/core/timeline.ts";
import { TimelineGraph } from "../charts/graph.tsx";
import { agents, batchesFor } from "../data/agents.ts";
import { receiptsIn, recordsOf } from "../data/chain.ts";
import { useLoaded } from "../data/loaded.ts";
import { modeNames, short } from "../format.ts";
import { Hash, Operator } from "../parts/hash.tsx";
import { Money } from "../parts/money.tsx";
import { Page } from "../parts/page.tsx";
import { Shown } from "../parts/state.tsx";
import { Table } from "../parts/table.tsx";
import { When } from "../parts/when.tsx";

/** How many actions are drawn at once. */
const AT_ONCE = 18;

/** Agents, or what one of them did. */
export default function AgentsPage() {
  const { client } = useParams<{ client?: Hex }>();
  return client === undefined ? <Agents /> : <Agent client={client.toLowerCase() as Hex} />;
}

function Agents() {
  const loaded = useLoaded("agents", agents);
  return (
    <Page
      title="Agents"
      intro="An agent is known by the key that signs its requests. Open one to see what it did, step by step."
    >
      <Shown of={loaded}>
        {(all) => (
          <Table
            caption="Keys that asked"
            rows={all}
            keyOf={({ client }) => client}
            none="Nobody has asked anything yet."
            columns={[
              { name: "Agent's key", cell: ({ client }) => <Hash value={client} to={`/agents/${client}`} /> },
              { name: "Operators asked", isNumber: true, cell: ({ operators }) => operators },
              { name: "Paid", isNumber: true, cell: ({ settled }) => <Money amount={settled} bare /> },
              {
                name: "Last paid",
                cell: ({ lastSettledAt }) => (lastSettledAt === 0n ? "never" : <When seconds={lastSettledAt} />),
              },
            ]}
          />
        )}
      </Shown>
    </Page>
  );
}

function Agent({ client }: { readonly client: Hex }) {
  const [search] = useSearchParams();
  const whose: Whose = {
    client,
    operator: (search.get("operator") ?? undefined) as Hex | undefined,
    session: search.get("session") ?? undefined,
    agent: search.get("agent") ?? undefined,
  };
  const from = Math.max(0, Number(search.get("from") ?? 0) || 0);
  const loaded = useLoaded(`agent ${JSON.stringify(whose)}`, async () => actionsFor(whose, client));
  const here = (changes: Readonly<Record<string, string>>): string =>
    `/agents/${client}?${new URLSearchParams({ ...Object.fromEntries(search), ...changes }).toString()}`;
  return (
    <Page title={`Agent ${short(client)}`} intro={<code>{client}</code>}>
      <Shown of={loaded}>
        {(actions) => {
          const shown = actions.slice(from, from + AT_ONCE);
          if (shown.length === 0) return <p>No operator shows a record of this agent.</p>;
          return (
            <>
              <p>
                Actions {from + 1} to {from + shown.length} of {actions.length}
                {whose.operator === undefined ? "" : `, asked of ${short(whose.operator)}`}.{" "}
                {from > 0 ? <Link href={here({ from: String(Math.max(0, from - AT_ONCE)) })}>Earlier</Link> : null}{" "}
                {from + AT_ONCE < actions.length ? (
                  <Link href={here({ from: String(from + AT_ONCE) })}>Later</Link>
                ) : null}
              </p>
              <Operators actions={actions} client={client} />
              <TimelineGraph timeline={timelineOf(shown)} />
              <h2>The same in words</h2>
              <ol className="actions" start={from + 1}>
                {shown.map((action) => (
                  <Told key={action.leaf} action={action} all={actions} />
                ))}
              </ol>
            </>
          );
        }}
      </Shown>
    </Page>
  );
}

/** The operators that an agent asked: each a narrower look. */
function Operators({ actions, client }: { readonly actions: readonly Action[]; readonly client: Hex }) {
  const asked = [...new Set(actions.map(({ operator }) => operator))];
  return (
    <nav aria-label="By operator" className="chips">
      <Link href={`/agents/${client}`}>All</Link>
      {asked.map((operator) => (
        <Link key={operator} href={`/agents/${client}?operator=${operator}`}>
          {short(operator)}
        </Link>
      ))}
    </nav>
  );
}

function Told({ action, all }: { readonly action: Action; readonly all: readonly Action[] }) {
  const { leaf, operator, modelId, mode, price, issuedAt, context } = action;
  const parents = (context?.parents ?? []) as readonly Hex[];
  return (
    <li>
      <When seconds={issuedAt} />: <Hash value={leaf} to={`/receipt/${operator}/${leaf}`} /> by{" "}
      <Operator address={operator} />, {modeNames[mode] ?? "unknown"} mode, model{" "}
      <Hash value={modelId} to={`/models#${modelId}`} />, for <Money amount={price} />
      {context === undefined ? "; its context cannot be read" : null}
      {(context?.sources ?? []).map(({ uri, hash }) => (
        <span key={`${uri} ${hash}`}>
          ; it drew on <q>{uri}</q> (<Hash value={hash as Hex} />)
        </span>
      ))}
      {parents.map((parent) => {
        const known = all.find((one) => one.leaf === parent);
        return (
          <span key={parent}>
            ; it follows from <Hash value={parent} {...(known && { to: `/receipt/${known.operator}/${parent}` })} />
          </span>
        );
      })}
      {context?.session === undefined ? null : (
        <>
          ; session <q>{context.session}</q>
        </>
      )}
      {context?.agent === undefined ? null : (
        <>
          ; agent <q>{context.agent}</q>
        </>
      )}
      .
    </li>
  );
}

/** The actions of a key, from the records that operators show. */
async function actionsFor(whose: Whose, client: Hex): Promise<Action[]> {
  const batches = await batchesFor(client, whose.operator);
  const found = await Promise.all(
    batches.map(async ({ operator, root }) => {
      const own = (await receiptsIn(operator, root)).filter((receipt) => receipt.client === client);
      return recordsOf(
        operator,
        own.map(({ leaf }) => leaf),
      );
    }),
  );
  return actionsOf(found.flat(), whose);
}
