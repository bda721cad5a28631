/** What the indexer serves: GraphQL, SQL over HTTP, and what pages need that both are a poor fit for. */
import { Hono } from "hono";
import { client, graphql } from "ponder";
import { db } from "ponder:api";
import schema from "ponder:schema";
import { domainsOf } from "../../../src/chain/deployment.ts";
import { Collector } from "../../receipts/collector.ts";
import { guardedFetch } from "../../../src/native/fetch.ts";
import { openFolder, openSchema } from "../../receipts/sql.ts";
import { ReceiptStore } from "../../receipts/store.ts";
import { foldersIn, readSettings } from "../../settings.ts";
import { refuse } from "./answers.ts";
import { commitmentsIn } from "./chain.ts";
import { healthRoute } from "./health.ts";
import { operators } from "./operators.ts";
import { receiptRoutes } from "./receipts.ts";

const { deployment, databaseUrl, folder, receiptsSchema, allowsPrivate, pollMs, ...settings } = readSettings(
  process.env,
);

const report = (error: unknown): void => {
  process.stderr.write(`receipts: ${error instanceof Error ? String(error.stack) : String(error)}\n`);
};

const sql =
  databaseUrl === undefined
    ? await openFolder(foldersIn(folder).receipts)
    : await openSchema(databaseUrl, receiptsSchema, report);
const store = await ReceiptStore.open(sql);

const collector = new Collector({
  store,
  commitments: commitmentsIn(settings.schema),
  domains: domainsOf(deployment),
  fetch: guardedFetch(allowsPrivate),
  clock: Date.now,
  restMs: pollMs,
  onError: report,
});
// It ends with the process: whatever it keeps, it keeps whole.
void collector.run(new AbortController().signal);

// Its end of the pipe closes with whoever started it, however that ends.
if (settings.isTethered) process.stdin.resume().once("end", () => process.kill(process.pid, "SIGTERM"));

const app = new Hono();
app.use("/graphql", graphql({ db, schema }));
app.use("/sql/*", client({ db, schema }));
app.route("/", operators);
app.route("/", healthRoute(deployment.contracts.token));
app.route("/", receiptRoutes(sql, deployment));
app.onError((error) => {
  const refusal = refuse(error);
  if (refusal !== undefined) return refusal;
  throw error;
});

export default app;
