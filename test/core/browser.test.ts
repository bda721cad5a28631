import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { expect } from "chai";
import { build } from "esbuild";
import { write } from "../../src/core/records.ts";
import { makeBundle } from "../vectors/bundles.ts";

const core = resolve(import.meta.dirname, "../../src/core");

/** All of core in one script for browsers, as `core`. */
async function bundleCore(): Promise<string> {
  const files = readdirSync(core, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const contents = files.map((file) => `export * from ${JSON.stringify(join(core, file))};`).join("\n");
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: core },
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    globalName: "core",
    logLevel: "silent",
  });
  const [script] = outputFiles;
  if (script === undefined) throw new Error("esbuild wrote nothing");
  return script.text;
}

/** What a page finds of a bundle's links. @param allowsWasm whether its policy lets it compile WebAssembly */
async function verifyInPage({ allowsWasm }: { allowsWasm: boolean }): Promise<string> {
  // What browsers have beyond the language itself; no process, Buffer, require or network.
  const globals = { TextEncoder, TextDecoder, bundle: write(makeBundle()) };
  const page = createContext(globals, { codeGeneration: { strings: false, wasm: allowsWasm } });
  runInContext(await bundleCore(), page);
  return runInContext(
    "core.verifyBundle(core.readText(core.bundleSchema, bundle)).map(({ name, status }) => name + ' ' + status).join()",
    page,
  ) as string;
}

describe("core in a browser", () => {
  for (const allowsWasm of [true, false]) {
    it(`needs nothing that a browser has not, and verifies a bundle with${allowsWasm ? "" : "out"} WebAssembly`, async () => {
      const links = await verifyInPage({ allowsWasm });

      expect(links).to.match(/^model holds,execution holds,input holds/);
      expect(links).not.to.include("fails");
    });
  }

  it("cannot be built with a part of Node in it", async () => {
    const failure = await build({
      stdin: { contents: 'export * from "node:fs";', resolveDir: core },
      bundle: true,
      write: false,
      platform: "browser",
      logLevel: "silent",
    }).catch((cause: unknown) => String(cause));
    expect(failure).to.be.a("string").that.includes("node:fs");
  });
});
