/** Keys that sign receipts. */
import { ponder } from "ponder:registry";
import { key, rsaKey } from "ponder:schema";
import { lower } from "./rows/events.ts";

ponder.on("KeyRegistry:KeyRegistered", async ({ event, context }) => {
  await context.db.insert(key).values({
    address: lower(event.args.key),
    operator: lower(event.args.operator),
    validFrom: BigInt(event.args.validFrom),
    validUntil: null,
    measurement: null,
  });
});

ponder.on("KeyRegistry:KeyEndSet", async ({ event, context }) => {
  await context.db.update(key, { address: lower(event.args.key) }).set({ validUntil: BigInt(event.args.validUntil) });
});

ponder.on("KeyRegistry:KeyAttested", async ({ event, context }) => {
  await context.db.update(key, { address: lower(event.args.key) }).set({ measurement: event.args.measurement });
});

ponder.on("KeyRegistry:RsaKeyRegistered", async ({ event, context }) => {
  const { modulusHash, modulus, validFrom } = event.args;
  const operator = lower(event.args.operator);
  await context.db
    .insert(rsaKey)
    .values({ operator, modulusHash, modulus, validFrom: BigInt(validFrom), validUntil: null });
});

ponder.on("KeyRegistry:RsaKeyEndSet", async ({ event, context }) => {
  const { modulusHash, validUntil } = event.args;
  const operator = lower(event.args.operator);
  await context.db.update(rsaKey, { operator, modulusHash }).set({ validUntil: BigInt(validUntil) });
});
