/** Evidence bundles: one honest record that is traced, and one for each fault. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeBundle } from "../chain/bundles.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Deployment } from "../chain/deployment.ts";
import { readFacts } from "../chain/facts.ts";
import type { Finding } from "../chain/judge.ts";
import { modelId } from "../core/model/commitment.ts";
import { bundledModel } from "../core/model/file.ts";
import { type Bundle, bundleSchema, readText, type Record, write } from "../core/records.ts";
import { Mode, receiptHash } from "../core/typedData.ts";
import { isValid, verifyBundle } from "../core/verify.ts";
import { isFor } from "../operator/engine.ts";
import type { Cast } from "./cast.ts";
import { type ModeName, modeNames } from "./modes.ts";
import { modeOf } from "./operators.ts";
import type { Served } from "./period.ts";
import type { Report } from "./report.ts";

interface Archive {
  readonly served: readonly Served[];
  readonly cast: Cast;
  readonly deployment: Deployment;
  readonly folder: string;
}

/** Writes the bundle of an honest operator's last answer by the larger model, and verifies it from the file alone. */
export async function writeTrace({
  contracts,
  ...archive
}: Archive & { readonly contracts: Contracts }): Promise<Report["trace"]> {
  const { served, cast, deployment, folder } = archive;
  const [honest] = cast.operators;
  const largest = cast.models.reduce((a, b) => (b.model.inputWidth > a.model.inputWidth ? b : a));
  const id = modelId(largest.publisher, largest.model);
  const chosen = served.findLast(({ operator, record }) => operator === honest && record.request.order.modelId === id);
  if (chosen === undefined) throw new RangeError("no record to trace");
  const file = join(folder, "trace.json");
  writeFileSync(file, write(bundle(archive, chosen), 2));

  const fromFile = readText(bundleSchema, readFileSync(file, "utf8"));
  const links = verifyBundle(fromFile, await readFacts(fromFile, contracts, deployment));
  return { file, links, isValid: isValid(links) && links.every(({ status }) => status === "holds") };
}

/** Whether one record of a mode holds in every link that the mode has. */
export interface ModeTrace {
  readonly mode: ModeName;
  readonly isValid: boolean;
  readonly detail: string;
}

/** Writes the bundle of the last answer of each mode's first operator, and verifies it from the file and the chain. */
export async function verifyModes({
  contracts,
  ...archive
}: Archive & { readonly contracts: Contracts }): Promise<ModeTrace[]> {
  const { served, cast, deployment, folder } = archive;
  return Promise.all(
    modeNames.map(async (mode) => {
      const first = cast.operators.find((operator) => modeOf(operator) === Mode[mode]);
      const chosen = served.findLast(({ operator }) => operator === first);
      if (chosen === undefined) return { mode, isValid: false, detail: "no answer" };
      const file = join(folder, `mode-${mode}.json`);
      writeFileSync(file, write(bundle(archive, chosen), 2));
      const fromFile = readText(bundleSchema, readFileSync(file, "utf8"));
      const links = verifyBundle(fromFile, await readFacts(fromFile, contracts, deployment));
      // The signed mode says who, not whether right: there is nothing to run again.
      const open = mode === "signed" ? ["execution"] : [];
      const broken = links.filter(({ name, status }) => status !== "holds" && !open.includes(name));
      const detail = broken.map(({ name, detail: why }) => `${name}: ${why}`).join("; ");
      return { mode, isValid: broken.length === 0, detail };
    }),
  );
}

/** Writes a bundle for each record that a finding is about. */
export function writeFaults({ findings, ...archive }: Archive & { readonly findings: readonly Finding[] }): void {
  findings.forEach((finding, number) => {
    finding.records.forEach((record, part) => {
      const served = archive.served.find((answer) => isSame(answer.record, record));
      if (served === undefined) return;
      const suffix = finding.records.length > 1 ? `-${part + 1}` : "";
      writeFileSync(join(archive.folder, `fault-${number + 1}${suffix}.json`), write(bundle(archive, served), 2));
    });
  });
}

function bundle({ cast, deployment }: Archive, { operator, record, inclusion }: Served): Bundle {
  const { order } = record.request;
  const published = cast.models.find(({ publisher, model }) => modelId(publisher, model) === order.modelId);
  const opening = operator.engine.offers.find((offer) => isFor(offer, order))?.opening;
  const attestation = operator.enclave?.attestation(record.receipt.signer);
  const model = published === undefined ? opening : bundledModel(published);
  return makeBundle(deployment, { record, inclusion, model, attestation });
}

function isSame(a: Record, b: Record): boolean {
  return receiptHash(a.receipt) === receiptHash(b.receipt);
}
