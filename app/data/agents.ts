/** Keys that ask, which is what agents are known by, and what each of them did. */
import type { Hex } from "../../src/core/bytes.ts";
import { ask, items } from "./graphql.ts";
import { amount, hex, object, type Read } from "./shape.ts";

const accountShape = object({ payer: hex, operator: hex, signer: hex, settled: amount, settledAt: amount });

/** Money of a payer that an operator earns by vouchers of one key. */
export type AccountRow = Read<typeof accountShape>;

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

const batchShape = object({ operator: hex, root: hex, firstSequence: amount });

/** The batches of those whom a key has asked: where its receipts are. */
export async function batchesFor(client: Hex, operator: Hex | undefined) {
  const { accounts } = await ask(
    `query ($client: String!) { accounts(where: { signer: $client }, limit: 1000) { items { ${fields} } } }`,
    {
      variables: { client },
      shape: object({ accounts: items(accountShape) }),
    },
  );
  const asked = accounts.map((account) => account.operator).filter((one) => operator === undefined || one === operator);
  const { batchs } = await ask(
    `query ($asked: [String!]) { batchs(where: { operator_in: $asked }, orderBy: "committedAt", orderDirection: "desc", limit: 200) { items { operator root firstSequence } } }`,
    { variables: { asked }, shape: object({ batchs: items(batchShape) }) },
  );
  return batchs;
}
