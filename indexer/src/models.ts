/** Models, the code that may run them, and who serves them. */
import { ponder } from "ponder:registry";
import { measurement, model, modelMode, serving } from "ponder:schema";
import { Mode } from "../../src/core/typedData.ts";
import { lower } from "./rows/events.ts";

ponder.on("ModelRegistry:ModelPublished", async ({ event, context }) => {
  const { modelId: id, publisher, commitment, spec, modes, metadataURI } = event.args;
  await context.db.insert(model).values({
    id,
    publisher: lower(publisher),
    commitment,
    spec,
    modes,
    metadataUri: metadataURI,
    publishedAt: event.block.timestamp,
    operators: 0,
    transactionHash: event.transaction.hash,
  });
  for (const mode of Object.values(Mode)) {
    if ((modes & (1 << mode)) !== 0) await context.db.insert(modelMode).values({ modelId: id, mode });
  }
});

ponder.on("ModelRegistry:ServingSet", async ({ event, context }) => {
  const { modelId, serving: isServing } = event.args;
  const id = { operator: lower(event.args.operator), modelId };
  const before = (await context.db.find(serving, id))?.isServing ?? false;
  const now = { isServing, since: event.block.timestamp };
  await context.db
    .insert(serving)
    .values({ ...id, ...now })
    .onConflictDoUpdate(now);
  const more = Number(isServing) - Number(before);
  await context.db.update(model, { id: modelId }).set(({ operators }) => ({ operators: operators + more }));
});

ponder.on("ModelRegistry:MeasurementAllowed", async ({ event, context }) => {
  const { modelId, measurement: allowed, allowedFrom } = event.args;
  await context.db
    .insert(measurement)
    .values({ modelId, measurement: allowed, allowedFrom: BigInt(allowedFrom), allowedUntil: null });
});

ponder.on("ModelRegistry:MeasurementEndSet", async ({ event, context }) => {
  const { modelId, measurement: ended, allowedUntil } = event.args;
  await context.db.update(measurement, { modelId, measurement: ended }).set({ allowedUntil: BigInt(allowedUntil) });
});
