/** What courts were asked, and what they found. */
import { type Context, ponder } from "ponder:registry";
import { demand, fault } from "ponder:schema";
import type { Hex } from "../../src/core/bytes.ts";
import { type Happening, idOf, lower } from "./rows/events.ts";
import { changeOperator } from "./rows/operators.ts";
import { addToDay, addToWeek } from "./rows/sums.ts";

type Court = (typeof fault.$inferSelect)["court"];

ponder.on("ValidityCourt:Convicted", async ({ event, context }) => {
  await convict(context, event, "validity");
});

ponder.on("EquivocationCourt:Convicted", async ({ event, context }) => {
  await convict(context, event, "equivocation");
});

ponder.on("DisclosureCourt:Convicted", async ({ event, context }) => {
  await convict(context, event, "disclosure");
  // Silence about a unit is punished as the first one of its account: where it is another, that one has it.
  const id = event.args.fault;
  if ((await context.db.find(demand, { id })) !== null) await context.db.update(demand, { id }).set({ isSilent: true });
});

ponder.on("DisclosureCourt:ReceiptDemanded", async ({ event, context }) => {
  const { root, sequence } = event.args;
  await open(context, event, { kind: "receipt", root, sequence });
});

ponder.on("DisclosureCourt:PayloadDemanded", async ({ event, context }) => {
  await open(context, event, { kind: "payload", leaf: event.args.leaf });
});

ponder.on("DisclosureCourt:UnitDemanded", async ({ event, context }) => {
  const { payer, client, unit } = event.args;
  await open(context, event, { kind: "unit", payer: lower(payer), client: lower(client), unit });
});

ponder.on("DisclosureCourt:Answered", async ({ event, context }) => {
  const { demand: id, leaf } = event.args;
  await context.db.update(demand, { id }).set({ answeredAt: event.block.timestamp, answer: leaf });
});

interface Conviction extends Happening {
  readonly args: {
    readonly fault: Hex;
    readonly operator: Hex;
    readonly reporter: Hex;
    readonly asked: bigint;
    readonly slashed: bigint;
    readonly compensated: bigint;
    readonly bounty: bigint;
  };
}

async function convict(context: Context, event: Conviction, court: Court): Promise<void> {
  const { fault: contested, asked, slashed, compensated, bounty } = event.args;
  const [operator, reporter] = [lower(event.args.operator), lower(event.args.reporter)];
  const time = event.block.timestamp;
  await context.db.insert(fault).values({
    id: idOf(event),
    fault: contested,
    court,
    operator,
    reporter,
    asked,
    slashed,
    compensated,
    bounty,
    // A court slashes, and says so in the next event.
    slash: idOf(event, 1),
    punishedAt: time,
    block: event.block.number,
    transactionHash: event.transaction.hash,
  });
  await changeOperator(context.db, operator, ({ faults }) => ({ faults: faults + 1 }));
  await addToDay(context, time, ({ faults }) => ({ faults: faults + 1 }));
  await addToWeek(context.db, { operator, time }, ({ faults }) => ({ faults: faults + 1 }));
}

interface Demanded extends Happening {
  readonly args: { readonly demand: Hex; readonly operator: Hex; readonly demander: Hex; readonly deadline: number };
}

type Subject = Pick<typeof demand.$inferInsert, "kind" | "root" | "sequence" | "leaf" | "payer" | "client" | "unit">;

async function open(context: Context, event: Demanded, subject: Subject): Promise<void> {
  const { demand: id, operator, demander, deadline } = event.args;
  await context.db.insert(demand).values({
    id,
    operator: lower(operator),
    demander: lower(demander),
    openedAt: event.block.timestamp,
    deadline: BigInt(deadline),
    isSilent: false,
    transactionHash: event.transaction.hash,
    ...subject,
  });
}
