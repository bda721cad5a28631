/** A checkout as a stranger has it: what is in git, and nothing that somebody made with it; removed at the end. */
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

/** What is installed and built: shared, since to make it again would give the same. */
const SHARED = ["node_modules", "artifacts", "cache"];

/** What people make with a checkout, each its own. */
const OWN = new Set([
  ...[".git", "coverage", "dist", "records", "keystore", "deployments", "node.json", "input.bin", "bundle.json"],
  "deploy/deployments",
]);

/** Copies a checkout into a temporary folder. */
export function copyCheckout(root: string): { readonly folder: string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), "surety-rehearsal-"));
  for (const name of readdirSync(root)) {
    if (SHARED.includes(name) || OWN.has(name)) continue;
    cpSync(join(root, name), join(folder, name), { recursive: true, filter: (path) => !OWN.has(relative(root, path)) });
  }
  for (const name of SHARED) {
    if (existsSync(join(root, name))) symlinkSync(join(root, name), join(folder, name), "junction");
  }
  return { folder, close: () => rmSync(folder, { recursive: true, force: true }) };
}
