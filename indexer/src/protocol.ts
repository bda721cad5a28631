/** What governance sets. */
import { ponder } from "ponder:registry";
import { creditParameter, policy, suspension, verifier } from "ponder:schema";
import { lower } from "./rows/events.ts";
import { changeProtocol } from "./rows/protocol.ts";

ponder.on("OperatorBonds:UnbondingDelaySet", async ({ event, context }) => {
  await changeProtocol(context, () => ({ unbondingDelay: event.args.delay }));
});

ponder.on("OperatorBonds:LeverageSet", async ({ event, context }) => {
  await changeProtocol(context, () => ({ leverage: event.args.leverage }));
});

ponder.on("OperatorBonds:SuspensionStarted", async ({ event, context }) => {
  await changeProtocol(context, ({ suspendedBefore, suspensionStart, suspensionEnd }) => ({
    suspendedBefore: suspendedBefore + suspensionEnd - suspensionStart,
    suspensionStart: event.args.start,
    suspensionEnd: event.args.end,
  }));
  await context.db.insert(suspension).values({ start: event.args.start, end: event.args.end });
});

ponder.on("FeeEscrow:ProtocolFeeSet", async ({ event, context }) => {
  await changeProtocol(context, () => ({ protocolFeeBps: BigInt(event.args.bps) }));
});

ponder.on("FeeEscrow:CoverageSet", async ({ event, context }) => {
  await changeProtocol(context, () => ({ coverageBps: BigInt(event.args.bps) }));
});

ponder.on("FeeEscrow:TreasurySet", async ({ event, context }) => {
  await changeProtocol(context, () => ({ treasury: lower(event.args.treasury) }));
});

ponder.on("FeeEscrow:ProtocolFeesWithdrawn", async ({ event, context }) => {
  await changeProtocol(context, ({ protocolFees }) => ({ protocolFees: protocolFees - event.args.amount }));
});

ponder.on("CreditHistory:ParametersSet", async ({ event, context }) => {
  const set = { prior: event.args.prior, severity: BigInt(event.args.severity) };
  await changeProtocol(context, () => set);
  await context.db.insert(creditParameter).values({ since: event.block.timestamp, ...set });
});

ponder.on("CourtPolicies:PolicySet", async ({ event, context }) => {
  const { window, slashBps, priceMultiple, compensationMultiple, bountyBps, effectiveFrom } = event.args.policy;
  await context.db.insert(policy).values({
    row: event.args.row,
    effectiveFrom: BigInt(effectiveFrom),
    window: BigInt(window),
    slashBps: BigInt(slashBps),
    priceMultiple: BigInt(priceMultiple),
    compensationMultiple: BigInt(compensationMultiple),
    bountyBps: BigInt(bountyBps),
  });
});

ponder.on("SnarkVerifiers:VerifierAdmitted", async ({ event, context }) => {
  const { codeHash, verifier: address } = event.args;
  await context.db
    .insert(verifier)
    .values({ codeHash, address: lower(address), admittedAt: event.block.timestamp })
    .onConflictDoNothing();
});
