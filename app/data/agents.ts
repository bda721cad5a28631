/** Keys that ask, which is what agents are known by, and what each of them did. */
import type { Hex } from "../../src/core/bytes.ts";
import type { Whose } from "../../src/core/timeline.ts";
import { ask, fetchIndex, items } from "./graphql.ts";
import { amount, count, hex, list, object, type Read, text } from "./shape.ts";

const accountShape = object({ payer: hex, operator: hex, signer: hex, settled: amount, settledAt: amount });

/** A key that asked, and what it spent in all of its accounts. */
export interface Agent {
  readonly client: Hex;
  readonly operators: number;
  readonly settled: bigint;
  readonly lastSettledAt: bigint;
}

const fields = "payer operator signer settled settledAt";

/** Who asked, the greatest spender first. */
export async function agents(): Promise<readonly Agent[]> {
  const { accounts } = await ask(
    `{ accounts(orderBy: "settled", orderDirection: "desc", limit: 1000) { items { ${fields} } } }`,
    {
      shape: object({ accounts: items(accountShape) }),
    },
  );
  // What is paid without a voucher is in an account of no key.
  const keyed = accounts.filter(({ signer }) => !/^0x0+$/.test(signer));
  return [...Map.groupBy(keyed, ({ signer }) => signer)]
    .map(([client, own]) => ({
      client,
      operators: own.length,
      settled: own.reduce((sum, { settled }) => sum + settled, 0n),
      lastSettledAt: own.reduce((last, { settledAt }) => (settledAt > last ? settledAt : last), 0n),
    }))
    .sort((a, b) => (a.settled === b.settled ? 0 : a.settled < b.settled ? 1 : -1));
}

const namedShape = object({ agent: text, actions: count, operators: count, spent: amount, last: amount });

/** The agents that contexts name, those first that acted last. */
export async function namedAgents(): Promise<readonly Read<typeof namedShape>[]> {
  return (await fetchIndex("/v1/agents?limit=200", object({ agents: list(namedShape) }))).agents;
}

const receiptShape = object({ leaf: hex, operator: hex, issuedAt: amount, recordState: text });

/** A receipt as the index lists it. */
export type ReceiptRow = Read<typeof receiptShape>;

/** The newest receipts that are theirs, the oldest of them first. */
export async function receiptsOf(whose: Whose): Promise<readonly ReceiptRow[]> {
  const given = Object.entries(whose).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const query = new URLSearchParams([...given, ["limit", "200"]]);
  const { receipts } = await fetchIndex(`/v1/receipts?${query.toString()}`, object({ receipts: list(receiptShape) }));
  return receipts.toReversed();
}
