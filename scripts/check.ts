// Everything that is checked without running a test. Each step runs, whatever the others say; the exit code is 1 when
// one has failed. `npm run check -- prettier tsc` runs those steps alone.
import { execFileSync, fork, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { runToEnd } from "./child.ts";

const root = resolve(import.meta.dirname, "..");
const isCi = process.env["CI"] === "true";

const codeFolders = ["src", "app", "indexer", "deploy", "scripts", "bench", "test"];

type Step = () => Promise<boolean>;

/** A step that runs a package's command under this Node. */
function command(packageName: string, ...args: readonly string[]): Step {
  return async () => {
    const manifestPath = join(root, "node_modules", packageName, "package.json");
    const { bin } = JSON.parse(readFileSync(manifestPath, "utf8")) as { bin: string | Record<string, string> };
    const path = typeof bin === "string" ? bin : (bin[packageName] ?? bin["tsc"]);
    if (path === undefined) throw new Error(`The package ${packageName} has no command`);
    const child = fork(join(dirname(manifestPath), path), args, { cwd: root, execArgv: [] });
    return (await runToEnd(child)) === 0;
  };
}

/** Solidity linter: contracts under the root's rules, tests and proofs under those of test/. */
const solhint: Step = async () => {
  const lint = (folder: string): Step =>
    command(
      "solhint",
      "--config",
      folder === "contracts" ? ".solhint.json" : "test/.solhint.json",
      "--disc",
      "--noPoster",
      "--max-warnings",
      "0",
      `${folder}/**/*.sol`,
    );
  const hasSources = (folder: string): boolean =>
    execFileSync("git", ["ls-files", "-co", "--exclude-standard", `${folder}/**/*.sol`, `${folder}/*.sol`], {
      cwd: root,
    }).length > 0;
  let isOk = true;
  for (const folder of ["contracts", "proofs", "test"]) if (hasSources(folder)) isOk = (await lint(folder)()) && isOk;
  return isOk;
};

/** The committed types are those that the contracts give. Where nobody commits what was checked, it only warns. */
const typechain: Step = async () => {
  const build = fork(join(root, "scripts/setup.mjs"), ["build"], { cwd: root, execArgv: [] });
  if ((await runToEnd(build)) !== 0) return false;
  const git = spawnSync("git", ["status", "--porcelain", "--", "typechain-types"], { cwd: root, encoding: "utf8" });
  if (git.status !== 0) {
    console.error("typechain-types cannot be compared: this is not a git checkout.");
    return !isCi;
  }
  if (git.stdout === "") return true;
  console.error(`${git.stdout}typechain-types differs from what is committed: npm run build, then commit it.`);
  return !isCi;
};

interface LockEntry {
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** package-lock.json names no registry host, and lists every platform's packages, not only this machine's. */
const lockfile: Step = () => {
  const path = join(root, "package-lock.json");
  const { packages } = JSON.parse(readFileSync(path, "utf8")) as { packages: Readonly<Record<string, LockEntry>> };
  const problems: string[] = [];
  for (const [at, entry] of Object.entries(packages)) {
    if (entry.resolved !== undefined)
      problems.push(`${at} has "resolved": keep omit-lockfile-registry-resolved in .npmrc`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const isListed = folders(at).some((folder) => packages[`${folder}node_modules/${name}`] !== undefined);
      if (!isListed) problems.push(`${name}, optional for ${at}, is missing: npm ci would fail or skip it elsewhere`);
    }
  }
  for (const problem of problems) console.error(problem);
  return Promise.resolve(problems.length === 0);
};

/** The folders in which a package at this path looks for its dependencies, as prefixes. */
function folders(at: string): readonly string[] {
  const parts = at.split("/node_modules/");
  return ["", ...parts.map((_, index) => `${parts.slice(0, index + 1).join("/node_modules/")}/`)].filter(
    (it) => it !== "/",
  );
}

/** A step that has a task write nothing, but compare what it would write with what is committed. */
function generated(task: string): Step {
  return async () =>
    (await runToEnd(fork(join(root, "scripts/setup.mjs"), [task, "--check"], { cwd: root, execArgv: [] }))) === 0;
}

const steps: Readonly<Record<string, Step>> = {
  lockfile,
  typechain,
  snapshots: generated("snapshots"),
  reference: generated("reference"),
  circuits: generated("circuits"),
  prettier: command("prettier", "--check", "--log-level", "warn", "."),
  solhint,
  eslint: command("eslint", "--max-warnings", "0", "."),
  imports: command(
    "dependency-cruiser",
    ...codeFolders,
    "--config",
    ".dependency-cruiser.js",
    "--output-type",
    "err-long",
  ),
  tsc: async () => {
    // The explorer is for browsers, and has what they have.
    const isNodeOk = await command("typescript", "--noEmit")();
    return (await command("typescript", "--noEmit", "-p", "app")()) && isNodeOk;
  },
};

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(steps, name));
  if (unknown !== undefined) {
    console.error(
      `UsageError: there is no step "${unknown}".\nUsage: npm run check -- [${Object.keys(steps).join(" | ")}]...`,
    );
    return 2;
  }
  const failed: string[] = [];
  for (const [name, step] of Object.entries(steps)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const since = performance.now();
    const isOk = await step();
    if (!isOk) failed.push(name);
    console.log(`${isOk ? "ok  " : "FAIL"} ${name.padEnd(10)}${((performance.now() - since) / 1000).toFixed(1)} s`);
  }
  if (failed.length > 0) console.error(`Failed: ${failed.join(", ")}.`);
  return failed.length > 0 ? 1 : 0;
}

if (!existsSync(join(root, "package-lock.json"))) throw new Error("package-lock.json is missing: restore it with git");
process.exitCode = await main(process.argv.slice(2));
