import { existsSync } from "node:fs";
import type { Command } from "commander";
import { z } from "zod";
import { providerOf } from "../../chain/facts.ts";
import type { Trace } from "../../chain/trace.ts";
import { FolderStore } from "../../client/folderStore.ts";
import { parseEntry } from "../../client/store.ts";
import { Surety } from "../../client/surety.ts";
import {
  type Bundle,
  bundleSchema,
  readText as readJson,
  type Record,
  recordSchema,
  write,
} from "../../core/records.ts";
import { receiptHash } from "../../core/typedData.ts";
import { withReader } from "../connection.ts";
import { UsageError } from "../errors.ts";
import { readText, writeNew } from "../files.ts";
import { formatLinks, print } from "../format.ts";
import type { Shell } from "../io.ts";
import { publishedIn } from "../models.ts";
import { type ChainOptions, ending, reading, records, type RecordsOptions } from "../options.ts";
import { parseBytes } from "../parse.ts";

interface TraceOptions extends ChainOptions, RecordsOptions {
  readonly bundle?: string;
  readonly weights?: readonly string[];
}

/** Adds `surety trace`. */
export function addTrace(program: Command, io: Shell): void {
  const trace = program
    .command("trace")
    .description(
      "tell a record's story in plain words: which model, what context, which proof, paid how, challenged or not",
    )
    .argument("<receipt or file>", "a receipt's hash, or a file that holds its record or bundle")
    .option("--weights <file...>", "model files, to compute an optimistic answer again")
    .option("--bundle <file>", "write all that a stranger needs to check it, for `surety verify`");
  ending(
    reading(records(trace)),
    [
      `surety trace 0x${"12ab".repeat(16)} --network local --bundle bundle.json`,
      "surety trace records/client/0x34cd.json",
    ],
    "a link fails, or it could not be found",
  ).action(async (what: string, options: TraceOptions) =>
    withReader(options, async (reader) => {
      const { deployment, contracts } = reader;
      const surety = await Surety.connect({
        runner: providerOf(contracts),
        deployment,
        models: await publishedIn(reader, options.weights ?? []),
        fetch: io.fetch,
        clock: io.clock,
      });
      const found = await findRecord(what, surety, options);
      const bundle = "format" in found ? found : await surety.bundle(found);
      const told = await surety.trace(bundle);
      if (options.bundle !== undefined) writeNew(options.bundle, `${write(bundle, 2)}\n`);
      print(io, options, told, describeTrace(told));
      if (!told.isValid) io.fail();
    }),
  );
}

/**
 * A record by its receipt's hash, kept here or shown by its operator; or from a file. A bundle is taken as it is, unless
 * it names no batch: that may have been committed since.
 */
async function findRecord(what: string, surety: Surety, options: RecordsOptions): Promise<Bundle | Record> {
  const leaf = parseBytes(what, 32);
  if (leaf === undefined) {
    const found = readRecord(readText(what));
    return "format" in found && found.inclusion === undefined ? found.record : found;
  }
  const entries = existsSync(options.records) ? await new FolderStore(options.records).entries() : [];
  const kept = entries.flatMap((entry) => (entry.status === "asked" ? [] : [entry.record]));
  return kept.find(({ receipt }) => receiptHash(receipt) === leaf) ?? surety.find(leaf);
}

/** Reads a bundle, a record, or what a client keeps of one. @throws RecordError, UsageError where it is none of them */
function readRecord(text: string): Bundle | Record {
  const value = readJson(z.looseObject({}), text);
  if ("format" in value) return readJson(bundleSchema, text);
  if (!("status" in value)) return readJson(recordSchema, text);
  const entry = parseEntry(text);
  if (entry.status === "asked") throw new UsageError("that order was never answered: there is no record to trace");
  return entry.record;
}

/** A record's page. */
function describeTrace({ receipt, verdict, chapters }: Trace): string[] {
  return [
    `Receipt ${receipt}`,
    verdict,
    ...chapters.flatMap(({ title, sentences, links }) => [
      "",
      title,
      ...sentences.map((sentence) => `  ${sentence}`),
      ...formatLinks(links).map((line) => `  ${line}`),
    ]),
  ];
}
