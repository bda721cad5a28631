import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { expect } from "chai";
import { build } from "esbuild";
import { toHex } from "../../src/core/bytes.ts";
import { write } from "../../src/core/records.ts";
import { launchChromium, needsChromium } from "../support/chromium.ts";
import { makeNitro, NITRO_TIME } from "../support/nitro.ts";
import { spki } from "../support/rsa.ts";
import { makeBundle } from "../vectors/bundles.ts";

const core = resolve(import.meta.dirname, "../../src/core");

/** What a page is given, as text. */
function given() {
  const { bytes, root } = makeNitro({ fields: { public_key: spki } });
  return { bundle: write(makeBundle()), nitro: toHex(bytes), root };
}

/** What a page works out with core: the links of a bundle. */
const LINKS =
  "core.verifyBundle(core.readText(core.bundleSchema, bundle)).map(({ name, status }) => name + ' ' + status).join()";
/** The key that an enclave's document binds, and why the document is not believed a week later. */
const NITRO = `[${NITRO_TIME}n, ${NITRO_TIME}n + 604800n].map((time) => {
  try { return core.verifyNitroKey(core.fromHex(nitro), { root, time }).document.publicKey; }
  catch (error) { return error.reason; }
}).join()`;

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

/** A page's answer. @param allowsWasm whether its policy lets it compile WebAssembly */
async function askPage(question: string, { allowsWasm }: { allowsWasm: boolean }): Promise<string> {
  // What browsers have beyond the language itself; no process, Buffer, require or network.
  const globals = { TextEncoder, TextDecoder, ...given() };
  const page = createContext(globals, { codeGeneration: { strings: false, wasm: allowsWasm } });
  runInContext(await bundleCore(), page);
  return runInContext(question, page) as string;
}

describe("core in a browser", () => {
  for (const allowsWasm of [true, false]) {
    it(`needs nothing that a browser has not, and verifies a bundle with${allowsWasm ? "" : "out"} WebAssembly`, async () => {
      const links = await askPage(LINKS, { allowsWasm });

      expect(links).to.match(/^model holds,execution holds,input holds/);
      expect(links).not.to.include("fails");
    });
  }

  it("builds the same tree with WebAssembly and without", async () => {
    const question = `core.MerkleTree.of([...Array(41).keys()].map((index) => core.keccak(Uint8Array.of(index)))).root`;
    const root = await askPage(question, { allowsWasm: true });
    expect(root).to.match(/^0x[0-9a-f]{64}$/);
    expect(await askPage(question, { allowsWasm: false })).to.equal(root);
  });

  it("verifies an enclave's document", async () => {
    expect(await askPage(NITRO, { allowsWasm: true })).to.equal(`${toHex(spki)},CertificateExpired`);
  });

  it("does both in Chromium", async function () {
    needsChromium(this);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.addScriptTag({ content: await bundleCore() });
      await page.addScriptTag({ content: `var { bundle, nitro, root } = ${JSON.stringify(given())};` });
      const links = await page.evaluate<string>(LINKS);
      expect(links).to.match(/^model holds,execution holds,input holds/);
      expect(links).not.to.include("fails");
      expect(await page.evaluate<string>(NITRO)).to.equal(`${toHex(spki)},CertificateExpired`);
    } finally {
      await browser.close();
    }
  });

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
