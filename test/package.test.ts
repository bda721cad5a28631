import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { build } from "esbuild";
import { HDNodeWallet, Mnemonic } from "ethers";
import { serialiseDeployment } from "../src/chain/deployment.ts";
import { argmax, decodeLogits, run } from "../src/core/model/run.ts";
import { rpcHandler } from "../src/demo/rpc.ts";
import { blocksIn, docstringExamples, documents, promisedOutput } from "./support/examples.ts";
import { clock, endpointOf, open, openHouse, PRICE, provider, published, useStage } from "./support/stage.ts";

const root = resolve(import.meta.dirname, "..");
const typescript = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

/** The examples of the guide, in order: the first two are programs, the others parts of some. Then those of other documents. */
const GUIDE = "docs/integrating.md";
const shown = [GUIDE, ...documents().filter((file) => file !== GUIDE)].flatMap((file) => blocksIn(file, "ts"));
/** Those of docstrings: each is a program, and says what it prints. */
const explained = docstringExamples();

const fileOf = new Map([
  ...shown.map((example, index) => [example, `example-${index + 1}.ts`] as const),
  ...explained.map((example, index) => [example, `docstring-${index + 1}.ts`] as const),
]);

/** Has a program do something in a folder. Its output is what it prints. */
async function execute(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (cause) {
    const { stdout, stderr } = cause as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}\n${stderr}`, { cause });
  }
}

describe("the published package", function () {
  this.timeout(300_000);
  const stage = useStage();
  let consumer: string;
  let installed: string;

  before(async () => {
    consumer = mkdtempSync(join(tmpdir(), "surety-consumer-"));
    installed = join(consumer, "node_modules", manifest.name);
    await execute(root, process.execPath, "scripts/setup.mjs", "package");
    const pack = ["pack", "--ignore-scripts", "--json", "--loglevel=error", "--pack-destination", consumer];
    const [packed] = JSON.parse(await execute(root, "npm", ...pack)) as { readonly filename: string }[];
    const tarball = join(consumer, packed?.filename ?? "");
    writeFileSync(join(consumer, "package.json"), JSON.stringify({ private: true, type: "module" }));
    const quiet = ["--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0", "--ignore-scripts"];
    try {
      await execute(consumer, "npm", "install", "--prefix", consumer, ...quiet, tarball);
    } catch {
      console.log("      the registry cannot be reached: the tarball is unpacked beside this project's own packages");
      rmSync(join(consumer, "node_modules"), { recursive: true, force: true });
      mkdirSync(installed, { recursive: true });
      await execute(consumer, "tar", "-xzf", tarball, "-C", installed, "--strip-components=1");
      for (const name of Object.keys(manifest.dependencies)) link(name);
    }
    // What the examples use beside the package.
    for (const name of ["openai", "@types/node", "undici-types"]) link(name);
    for (const [{ code }, file] of fileOf) writeFileSync(join(consumer, file), code);
  });

  after(() => {
    rmSync(consumer, { recursive: true, force: true });
  });

  function link(name: string): void {
    const place = join(consumer, "node_modules", name);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, "node_modules", name), place);
  }

  it("has every entry and command that its manifest names, and no test code", () => {
    const entries = Object.values(manifest.exports).flatMap((entry) =>
      typeof entry === "string" ? [entry] : [entry.types, entry.default],
    );
    for (const path of [...entries, ...Object.values(manifest.bin)]) {
      expect(readFileSync(join(installed, path), "utf8"), path).to.not.be.empty;
    }
    const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => /(^|\/)(test|demo|sim)\//.test(file) && !file.startsWith("node_modules"))).to.be
      .empty;
    expect(files).to.include.members(["LICENSE", "README.md", "CHANGELOG.md", "docs/integrating.md"]);
    expect(files.filter((file) => /\.(map|png|test\.\w+)$|\.env|\.key$/.test(file))).to.be.empty;
    expect(manifest.private).to.be.undefined;
    expect(readFileSync(join(installed, manifest.bin["surety"] ?? ""), "utf8")).to.match(/^#!\/usr\/bin\/env node\n/);
  });

  it("names no folder of the machine that packed it", () => {
    const dist = join(installed, "dist");
    const files = readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((file) =>
      /\.(js|ts|json)$/.test(file),
    );
    expect(files).to.have.length.greaterThan(500);
    expect(files.filter((file) => readFileSync(join(dist, file), "utf8").includes(root))).to.be.empty;
  });

  it("imports nothing but what it depends on", () => {
    const declared = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies };
    const dist = join(installed, "dist");
    const undeclared = readdirSync(dist, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".js"))
      .flatMap((file) => [
        ...readFileSync(join(dist, file), "utf8").matchAll(
          /^(?:import|export|\}) ?[^"\n]*from "([^".][^"]*)"|import\("([^".][^"]*)"\)/gm,
        ),
      ])
      .map(([, name, loaded]) => name ?? loaded ?? "")
      .filter((name) => !name.startsWith("node:") && !builtinModules.includes(name))
      .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"))
      .filter((name) => !Object.hasOwn(declared, name));
    expect([...new Set(undeclared)]).to.deep.equal([]);
  });

  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    it(`types the examples of documents and docstrings, by the rules of ${moduleResolution}`, async () => {
      const options = { strict: true, noEmit: true, target: "es2024", module, moduleResolution };
      const libraries = { lib: ["es2024", "dom", "dom.iterable"], types: ["node"], skipLibCheck: true };
      const config = { compilerOptions: { ...options, ...libraries }, files: [...fileOf.values()] };
      writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify(config));
      expect(await execute(consumer, process.execPath, typescript, "-p", ".")).to.equal("");
    });
  }

  it("runs the guide's first examples: asks, verifies, keeps, and has a stranger check it", async () => {
    const house = await openHouse(stage);
    const { url } = await open(rpcHandler(provider));
    const wallet = HDNodeWallet.fromMnemonic(
      Mnemonic.fromPhrase("test test test test test test test test test test test junk"),
      "m/44'/60'/0'/0/4",
    );
    writeFileSync(join(consumer, "payer.key"), wallet.privateKey);
    writeFileSync(join(consumer, "deployment.json"), serialiseDeployment(stage.deployment));
    // The chain's time is the tests' own, and so is where olive says that she is.
    const ahead = Number(clock.now) * 1000 - Date.now();
    writeFileSync(
      join(consumer, "stage.mjs"),
      `const [now, fetch] = [Date.now, globalThis.fetch];
       Date.now = () => now() + ${ahead};
       globalThis.fetch = (url, init) => fetch(String(url).replace("${endpointOf("olive")}", "${house.url}"), init);`,
    );
    for (const name of ["example-1.ts", "example-2.ts"]) {
      const path = join(consumer, name);
      writeFileSync(path, readFileSync(path, "utf8").replace("http://127.0.0.1:8545", url));
    }
    const first = await execute(consumer, process.execPath, "--import", "./stage.mjs", "example-1.ts");
    const { output } = run(published.model, new Uint8Array(64).fill(7));
    expect(first).to.equal(`class ${argmax(decodeLogits(output))}, ${PRICE} units\n`);
    expect(readdirSync(join(consumer, "records"))).to.have.length(1);
    const second = await execute(consumer, process.execPath, "example-2.ts");
    expect(second).to.match(/^true model holds, execution unchecked, input holds/);
    const command = join(installed, manifest.bin["surety"] ?? "");
    expect(await execute(consumer, process.execPath, command, "verify", "bundle.json")).to.match(/Valid: /);
  });

  it("runs the docstrings' examples, and each prints what it says", async () => {
    expect(explained).to.have.length.greaterThan(15);
    for (const example of explained) {
      const promised = promisedOutput(example);
      expect(promised, example.place).to.not.equal("");
      const printed = await execute(consumer, process.execPath, fileOf.get(example) ?? "");
      expect(printed, example.place).to.equal(promised);
    }
  });

  it("goes into a browser's bundle without a part of Node", async () => {
    const contents = `export * from "${manifest.name}"; export * as core from "${manifest.name}/core";`;
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: consumer },
      bundle: true,
      write: false,
      platform: "browser",
      format: "esm",
      logLevel: "silent",
    });
    expect(outputFiles[0]?.text).to.include("AnswerRejectedError");
  });
});
