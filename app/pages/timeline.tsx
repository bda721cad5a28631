import { Link, useLocation, useParams, useSearchParams } from "wouter";
import type { Hex } from "../../src/core/bytes.ts";
import { type Action, actionsOf, timelineOf, type Whose } from "../../src/core/timeline.ts";
import { TimelineGraph } from "../charts/graph.tsx";
import { agents, namedAgents, type ReceiptRow, receiptsOf } from "../data/agents.ts";
import { recordsOf } from "../data/chain.ts";
import { useLoaded } from "../data/loaded.ts";
import { lower, modeNames, short } from "../format.ts";
import { Hash, Operator } from "../parts/hash.tsx";
import { Money } from "../parts/money.tsx";
import { Page } from "../parts/page.tsx";
import { Shown } from "../parts/state.tsx";
import { Table } from "../parts/table.tsx";
import { When } from "../parts/when.tsx";

/** How many actions are drawn at once. */
const AT_ONCE = 18;

/** Agents, or what one of them did: known by its key, or by what contexts call it. */
export default function AgentsPage() {
  const { client } = useParams<{ client?: string }>();
  const [search] = useSearchParams();
  const given = (name: string): string | undefined => search.get(name) ?? undefined;
  const operator = given("operator");
  const whose: Whose = {
    client: client === undefined ? undefined : lower(client),
    operator: operator === undefined ? undefined : lower(operator),
    session: given("session"),
    agent: given("agent"),
  };
  const name = whose.client ?? whose.agent ?? whose.session;
  return name === undefined ? <Agents /> : <Agent whose={whose} name={name} />;
}

function Agents() {
  const loaded = useLoaded("agents", async () => Promise.all([agents(), namedAgents()]));
  return (
    <Page
      title="Agents"
      intro="An agent is known by the key that signs its requests, and by the name that its contexts give. Open one to see what it did, step by step."
    >
      <Shown of={loaded}>
        {([keys, named]) => (
          <>
            <Table
              caption="Keys that asked"
              rows={keys}
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
            {named.length === 0 ? null : (
              <>
                <h2>By name</h2>
                <Table
                  caption="Agents that contexts name"
                  rows={named}
                  keyOf={({ agent }) => agent}
                  columns={[
                    {
                      name: "Agent",
                      cell: ({ agent }) => (
                        <Link href={`/agents?${new URLSearchParams({ agent }).toString()}`}>{agent}</Link>
                      ),
                    },
                    { name: "Actions", isNumber: true, cell: ({ actions }) => actions },
                    { name: "Operators asked", isNumber: true, cell: ({ operators }) => operators },
                    { name: "Spent", isNumber: true, cell: ({ spent }) => <Money amount={spent} bare /> },
                    { name: "Last seen", cell: ({ last }) => <When seconds={last} /> },
                  ]}
                />
              </>
            )}
          </>
        )}
      </Shown>
    </Page>
  );
}

function Agent({ whose, name }: { readonly whose: Whose; readonly name: string }) {
  const [search] = useSearchParams();
  const from = Math.max(0, Number(search.get("from") ?? 0) || 0);
  const loaded = useLoaded(`agent ${JSON.stringify(whose)} ${from}`, async () => {
    const receipts = await receiptsOf(whose);
    const shown = receipts.slice(from, from + AT_ONCE);
    return { receipts, shown, actions: actionsOf(await recordsOf(shown.map(({ leaf }) => leaf))) };
  });
  const [path] = useLocation();
  const here = (changes: Readonly<Record<string, string>>): string =>
    `${path}?${new URLSearchParams({ ...Object.fromEntries(search), ...changes }).toString()}`;
  return (
    <Page title={`Agent ${short(name)}`} intro={<code>{name}</code>}>
      <Shown of={loaded}>
        {({ receipts, shown, actions }) => (
          <>
            <p>
              {shown.length === 0
                ? "No receipts are known."
                : `Receipts ${from + 1} to ${from + shown.length} of ${receipts.length}. `}
              {from > 0 ? <Link href={here({ from: String(Math.max(0, from - AT_ONCE)) })}>Earlier</Link> : null}{" "}
              {from + AT_ONCE < receipts.length ? (
                <Link href={here({ from: String(from + AT_ONCE) })}>Later</Link>
              ) : null}
            </p>
            <Operators receipts={receipts} here={here} />
            {actions.length < shown.length ? (
              <p>{shown.length - actions.length} of them are shown by no operator: they are private, or withheld.</p>
            ) : null}
            {actions.length === 0 ? null : (
              <>
                <TimelineGraph timeline={timelineOf(actions)} />
                <h2>The same in words</h2>
                <ol className="actions" start={from + 1}>
                  {actions.map((action) => (
                    <Told key={action.leaf} action={action} all={receipts} />
                  ))}
                </ol>
              </>
            )}
          </>
        )}
      </Shown>
    </Page>
  );
}

/** The operators that an agent asked: each a narrower look. */
function Operators({
  receipts,
  here,
}: {
  readonly receipts: readonly ReceiptRow[];
  readonly here: (changes: Readonly<Record<string, string>>) => string;
}) {
  const asked = [...new Set(receipts.map(({ operator }) => operator))];
  if (asked.length < 2) return null;
  return (
    <nav aria-label="By operator" className="chips">
      {asked.map((operator) => (
        <Link key={operator} href={here({ operator, from: "0" })}>
          {short(operator)}
        </Link>
      ))}
    </nav>
  );
}

function Told({ action, all }: { readonly action: Action; readonly all: readonly ReceiptRow[] }) {
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
