/** What takes a checkout of Surety: its contracts' sources, and Hardhat. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CheckoutNeededError, FileError } from "./errors.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/**
 * Sees that this is a checkout that is built, and has Hardhat find its configuration wherever the command runs.
 * @throws CheckoutNeededError in the published package
 * @throws FileError without built contracts
 */
export function needCheckout(): void {
  const config = resolve(ROOT, "hardhat.config.ts");
  if (!existsSync(config)) throw new CheckoutNeededError();
  if (!existsSync(resolve(ROOT, "artifacts/contracts"))) {
    throw new FileError("the contracts are not built: run `npm run build` first");
  }
  process.env["HARDHAT_CONFIG"] ??= config;
}
