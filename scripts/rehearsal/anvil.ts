/** A node of its own kind, in a process of its own: anvil, as Base Sepolia is. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { JsonRpcProvider, ZeroAddress } from "ethers";
import { NOBODY } from "../../src/chain/check/view.ts";
import { rollupParts } from "./rollup.ts";

export const BASE_SEPOLIA = 84_532n;

export interface Anvil {
  readonly url: string;
  readonly provider: JsonRpcProvider;
  close(): void;
}

/** The program itself: what npm links is a script that starts it, and outlives being killed. */
const program = findProgram();

/** Why there is no anvil here; undefined where there is one. */
export const missingAnvil =
  program === undefined ? "anvil has no program for this machine (@foundry-rs/anvil)" : undefined;

function findProgram(): string | undefined {
  const { arch, platform } = process;
  try {
    const name = `@foundry-rs/anvil-${platform}-${arch === "x64" ? "amd64" : arch}/package.json`;
    const anvil = createRequire(createRequire(import.meta.url).resolve("@foundry-rs/anvil/package.json"));
    const path = join(dirname(anvil.resolve(name)), "bin", platform === "win32" ? "anvil.exe" : "anvil");
    return existsSync(path) ? path : undefined;
  } catch {
    // npm installs what fits the machine alone.
    return undefined;
  }
}

/** Starts a chain with Base Sepolia's id that asks fees as the OP stack does; to be closed. */
export async function startAnvil(): Promise<Anvil> {
  if (program === undefined) throw new Error("anvil expected");
  const child = spawn(program, ["--network", "optimism", "--chain-id", String(BASE_SEPOLIA), "--port", "0"]);
  const url = await listening(child);
  const provider = new JsonRpcProvider(url, undefined, { cacheTimeout: -1, batchMaxCount: 1 });
  const close = (): void => {
    provider.destroy();
    child.kill("SIGKILL");
  };
  // Unlike rollups, it asks the fee for data of calls too, which come from nobody.
  for (const nobody of [ZeroAddress, NOBODY]) {
    await provider.send("anvil_setBalance", [nobody, "0xffffffffffffffffffff"]);
  }
  for (const { address, code, storage } of await rollupParts()) {
    await provider.send("anvil_setCode", [address, code]);
    for (const [slot, value] of storage) await provider.send("anvil_setStorageAt", [address, slot, value]);
  }
  return { url, provider, close };
}

async function listening(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream }): Promise<string> {
  for await (const line of createInterface({ input: child.stdout })) {
    const [, address] = /^Listening on (.*)$/.exec(line) ?? [];
    if (address === undefined) continue;
    child.stdout.resume();
    return `http://${address}`;
  }
  throw new Error("anvil ended before it listened");
}
