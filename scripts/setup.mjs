// `node scripts/setup.mjs <task> [args...]`: installs and builds what is missing, then runs the task under the
// project's own Node. Plain JavaScript without dependencies, since it runs before there are any; words go to stderr,
// stdout belongs to the task.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { createRequire } from "node:module";
import { constants, tmpdir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(root, ...parts);
const LOCK_FILE = at("package-lock.json");
const INSTALL_STAMP = at("node_modules", ".surety-setup");
const BUILD_STAMP = at("cache", ".surety-build");
const OWN_NODE = at("node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
const LOCK_EXPIRES_MS = 15 * 60_000;

/** Tasks: `script` runs under tsx, with `env` besides; `bin` is a package's own command, `run` is done here. */
const tasks = {
  start: { about: "the whole life of an AI action on a local chain", script: "scripts/start.ts", needsBuild: true },
  test: { about: "every test; [file, folder or pattern...] [--grep <text>]", script: "scripts/test.ts" },
  "test:deep": {
    about: "the same with far more fuzzing; takes minutes",
    script: "scripts/test.ts",
    env: { SURETY_TEST_PROFILE: "deep" },
  },
  check: { about: "formatting, linters, types, generated files", script: "scripts/check.ts" },
  format: {
    about: "write the formatting; [file...]",
    bin: ["prettier", "--write", "--log-level", "warn"],
    rest: ["."],
  },
  build: { about: "compile the contracts, write typechain-types", run: () => build({ quiet: false }) },
  package: { about: "write dist/, what npm pack packs", script: "scripts/package.ts" },
  explorer: {
    about: "what operators did, in a browser; --port, --rpc",
    script: "scripts/explorer.ts",
    needsBuild: true,
  },
  screenshots: { about: "write docs/images from the explorer", script: "scripts/screenshots.ts", needsBuild: true },
  rehearsal: {
    about: "the README's way onto a testnet, on a chain of its own; --json",
    script: "scripts/rehearsal.ts",
    needsBuild: true,
  },
  surety: { about: "the command line tool", script: "src/cli/main.ts", keepCwd: true },
  indexer: { about: "index a deployment, and serve what pages need; --help", script: "scripts/indexer.ts" },
  prove: { about: "prove the contracts' arithmetic with z3; [text...]", script: "scripts/prove.ts" },
  models: { about: "train the models anew from their seeds", script: "scripts/train-models.ts" },
  circuits: { about: "compile the circuits, write their verifiers; --check", script: "scripts/circuits.ts" },
  snapshots: {
    about: "write snapshots/: sizes, storage and interfaces of the contracts; --check",
    script: "scripts/snapshots.ts",
    needsBuild: true,
  },
  reference: {
    about: "write docs/reference: contracts and package; --check",
    script: "scripts/reference.ts",
    needsBuild: true,
  },
  coverage: { about: "which of the contracts the Solidity tests reach", script: "scripts/coverage.ts" },
  "bench:hot": {
    about: "how fast trees, signatures and re-execution are, beside what else there is",
    script: "bench/hot.ts",
    // OpenZeppelin's tree of a million leaves takes 2 GB.
    env: { NODE_OPTIONS: "--max-old-space-size=6144" },
  },
  "bench:gas": { about: "what operations cost, beside budgets and peers", script: "bench/gas.ts", needsBuild: true },
  "bench:index": {
    about: "how fast the chain and receipts are indexed, and how long pages wait",
    script: "bench/index.ts",
    needsBuild: true,
  },
  "bench:node": {
    about: "what a request costs a node, beside the same server alone",
    script: "bench/node.ts",
    needsBuild: true,
  },
  "bench:sim": {
    about: "how long markets of growing size take to simulate",
    script: "bench/sim.ts",
    needsBuild: true,
  },
};

class SetupError extends Error {
  constructor({ name, message, remedy, code = 1 }) {
    super(message);
    Object.assign(this, { name, remedy, code });
  }
}

const say = (line) => process.stderr.write(`${line}\n`);
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const readText = (path) => (fs.existsSync(path) ? fs.readFileSync(path, "utf8") : undefined);
const isRecentNode = ([major, minor]) => major > 22 || (major === 22 && minor >= 13);
const runsRecentNode = isRecentNode(process.versions.node.split(".").map(Number));

// ---- processes

const children = new Set();
const onTerminal = [0, 1, 2].some((fd) => isatty(fd));
let interruptedBy;

function interrupt(signal, { isAttachedToo }) {
  interruptedBy ??= signal;
  for (const entry of children) {
    if (!entry.isOwnGroup && isAttachedToo) signalChild(entry, signal);
    if (!entry.isOwnGroup) continue;
    // npm would first undo its work for many seconds; the next run starts anew anyway.
    signalChild(entry, signal);
    setTimeout(() => children.has(entry) && signalChild(entry, "SIGKILL"), 1000).unref();
  }
}

function signalChild({ child, isOwnGroup }, signal) {
  try {
    process.kill(isOwnGroup && process.platform !== "win32" ? -child.pid : child.pid, signal);
  } catch {
    // It has just ended by itself.
  }
}

function forwardSignals() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    // A terminal sends Ctrl-C to the whole foreground group, so an attached child has it already.
    process.on(signal, () => interrupt(signal, { isAttachedToo: signal !== "SIGINT" || !onTerminal }));
  }
  // When npm is killed outright, nobody else tells the task to stop.
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    interrupt("SIGINT", { isAttachedToo: true });
  }, 100);
  watch.unref();
}

/** Runs a program to its end. `capture`: in a process group of its own, collecting its output instead of showing it. */
function run(command, args, { capture = false, cwd = root, env = process.env, shell = false } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = capture ? ["ignore", "pipe", "pipe"] : "inherit";
    const child = spawn(command, args, { cwd, env, stdio, shell, detached: capture && process.platform !== "win32" });
    const entry = { child, isOwnGroup: capture };
    let output = "";
    children.add(entry);
    // Whoever waits for the lock waits for this child too, should this process be killed before it.
    if (capture && child.pid !== undefined) fs.appendFileSync(lockPath, ` ${child.pid}`);
    child.stdout?.on("data", (chunk) => (output += chunk));
    child.stderr?.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      children.delete(entry);
      resolve({ code: code ?? 128 + constants.signals[signal], output });
    });
  });
}

function stopIfInterrupted() {
  if (interruptedBy === undefined) return;
  throw new SetupError({
    name: "Interrupted",
    message: `stopped by ${interruptedBy}`,
    remedy: "Run the same command again: it goes on where this one stopped.",
    code: 128 + constants.signals[interruptedBy],
  });
}

const checkoutId = createHash("sha256").update(root).digest("hex").slice(0, 16);
const lockPath = join(tmpdir(), `surety-setup-${checkoutId}.lock`);

/** Holds a lock file while `work` runs, so that two set-ups of one checkout do not work at once. */
async function exclusively(work) {
  const isMine = () => readText(lockPath)?.split(" ")[0] === `${process.pid}`;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 100));
  for (let told = false; ;) {
    stopIfInterrupted();
    try {
      fs.writeFileSync(lockPath, `${process.pid}`, { flag: "wx" });
      await pause();
      if (isMine()) break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      const holders = readText(lockPath);
      if (holders === undefined) continue;
      if (isStale(holders)) {
        fs.rmSync(lockPath, { force: true });
        continue;
      }
      if (!told) say(`Waiting for another set-up of this checkout (process ${holders.split(" ")[0]}).`);
      told = true;
      await pause();
    }
  }
  try {
    return await work();
  } finally {
    if (isMine()) fs.rmSync(lockPath, { force: true });
  }
}

function isStale(holders) {
  try {
    if (Date.now() - fs.statSync(lockPath).mtimeMs > LOCK_EXPIRES_MS) return true;
  } catch {
    return false;
  }
  return !holders.split(" ").some((pid) => isAlive(Number(pid)));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

// ---- installation

const installStamp = () =>
  createHash("sha256").update(`${process.platform} ${process.arch}\n`).update(fs.readFileSync(LOCK_FILE)).digest("hex");

/**
 * Whether an optional entry of the lock file is the build of something for this platform. npm leaves out the other
 * platforms', what only those depend on, and what cannot be built.
 */
function isBuiltForHere({ os, cpu, libc }) {
  if (os === undefined && cpu === undefined) return false;
  const allows = (list = [], value) =>
    list.some((item) => item.startsWith("!")) ? !list.includes(`!${value}`) : list.length === 0 || list.includes(value);
  if (!allows(os, process.platform) || !allows(cpu, process.arch)) return false;
  if (libc === undefined || process.platform !== "linux") return true;
  process.report.excludeNetwork = true;
  const { header } = process.report.getReport();
  return libc.includes(header.glibcVersionRuntime === undefined ? "musl" : "glibc");
}

/** What keeps the installation from being complete, or undefined. Reads the lock that npm leaves when it is done. */
function findMissing() {
  if (!fs.existsSync(at("node_modules"))) return "node_modules is missing";
  const installedText = readText(at("node_modules", ".package-lock.json"));
  if (installedText === undefined) return "an earlier installation did not finish";
  const wanted = JSON.parse(fs.readFileSync(LOCK_FILE, "utf8")).packages;
  const installed = JSON.parse(installedText).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    if (entry.optional === true && installed[path] === undefined && !isBuiltForHere(entry)) continue;
    const name = path.replace(/^.*node_modules\//, "");
    if (installed[path] === undefined || !fs.existsSync(at(path, "package.json"))) return `${name} is missing`;
    if (installed[path].version !== entry.version) return `${name} is not at ${entry.version}`;
  }
  return hasNode() ? undefined : "the project's own Node is missing";
}

const hasNode = () => fs.existsSync(OWN_NODE) || runsRecentNode;

function hasSimulator() {
  const scope = at("node_modules", "@nomicfoundation");
  const prefix = `edr-${process.platform}-${process.arch}`;
  return fs.existsSync(scope) && fs.readdirSync(scope).some((name) => name.startsWith(prefix));
}

async function install() {
  const isFresh = () => readText(INSTALL_STAMP) === installStamp() && hasNode() && hasSimulator();
  if (isFresh()) return;
  const existing = findMissing();
  if (existing === undefined) return writeStamp(INSTALL_STAMP, installStamp());
  await exclusively(async () => {
    const missing = findMissing();
    if (missing === undefined) return writeStamp(INSTALL_STAMP, installStamp());
    await installPackages(missing);
  });
}

async function installPackages(missing) {
  const { packages } = JSON.parse(fs.readFileSync(LOCK_FILE, "utf8"));
  const node = packages["node_modules/node"].version;
  const since = Date.now();
  const under = runsRecentNode ? "" : ` under Node ${node}, since this is ${process.version}`;
  say(`Installing the packages of package-lock.json${under} (${missing}); only this needs the network ...`);
  const { code, output } = await npmCi(node);
  stopIfInterrupted();
  if (code !== 0) {
    say(output.trimEnd());
    throw new SetupError({ name: "InstallFailed", ...explainNpm(output, code) });
  }
  const stillMissing = findMissing();
  if (stillMissing !== undefined) {
    throw new SetupError({
      name: "InstallIncomplete",
      message: `npm reported success, but ${stillMissing}`,
      remedy: "Use Node 24 and check that npm's settings omit, ignore-scripts and os/cpu are not changed.",
    });
  }
  writeStamp(INSTALL_STAMP, installStamp());
  say(`Installed in ${seconds(since)}.`);
}

/** npm skips packages that want a newer Node than the one it runs under, so an old Node fetches a new one first. */
function npmCi(node) {
  const own = process.env.npm_execpath;
  const npmCli = own?.endsWith("npm-cli.js") ? [process.execPath, own] : ["npm"];
  const flags = ["--include=dev", "--include=optional", "--no-audit", "--no-fund", "--no-progress", "--prefer-offline"];
  const quick = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"];
  const plain = ["--loglevel=notice", "--json=false", "--update-notifier=false"];
  const inner = npmCli.length === 2 ? ["node", own] : ["npm"];
  const ci = ["ci", ...flags, ...quick, ...plain];
  const outer = ["exec", "--yes", ...quick, ...plain, `--package=node@${node}`, "--", ...inner];
  const [command, ...args] = [...npmCli, ...(runsRecentNode ? [] : outer), ...ci];
  return run(command, args, { capture: true, shell: command === "npm" && process.platform === "win32" });
}

function explainNpm(output, code) {
  const again = "then run the same command again";
  const causes = [
    [
      /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|ENOTCACHED/,
      "the npm registry cannot be reached",
      `Check the connection (and npm's proxy and registry settings), ${again}; later runs need no network.`,
    ],
    [/ENOSPC/, "the disk is full", `Make 1 GB of room, ${again}.`],
    [/EACCES|EPERM|EROFS/, "this folder or npm's cache cannot be written to", `Make both writable for you, ${again}.`],
    [/EINTEGRITY/, "a package is not the one that package-lock.json names", `Run npm cache clean --force, ${again}.`],
    [/\bE40[134]\b|ETARGET/, "the npm registry refuses or lacks a package", `Check npm's registry setting, ${again}.`],
  ];
  const [, cause, remedy] = causes.find(([pattern]) => pattern.test(output)) ?? [];
  return {
    message: `npm ci failed with code ${code}${cause ? `: ${cause}` : ""}`,
    remedy: remedy ?? `Read npm's words above, mend their cause, ${again}.`,
  };
}

function writeStamp(path, text) {
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.writeFileSync(path, text);
}

// ---- build

/** The bytes of everything that decides what a build writes, and of what it wrote. */
function buildStamp() {
  const hash = createHash("sha256")
    .update(fs.readFileSync(LOCK_FILE))
    .update(fs.readFileSync(at("hardhat.config.ts")));
  const files = [
    ...listFiles("contracts", ".sol"),
    ...listFiles("test", ".sol"),
    ...listFiles("typechain-types", ".ts"),
  ];
  for (const file of files) hash.update(`${file}\n`).update(fs.readFileSync(at(file)));
  // Hardhat rewrites its cache when somebody builds without this script.
  const cache = at("cache", "compile-cache.json");
  if (fs.existsSync(cache)) hash.update(`${fs.statSync(cache).mtimeMs}`);
  return hash.digest("hex");
}

async function build({ quiet }) {
  const isFresh = () => readText(BUILD_STAMP) === buildStamp() && fs.existsSync(at("artifacts"));
  if (isFresh()) return 0;
  return exclusively(async () => {
    if (isFresh()) return 0;
    const since = Date.now();
    say("Building the contracts ...");
    // Through a pipe, since Hardhat asks and tells more on a terminal.
    const script = [...tsx(), at("scripts", "build.ts")];
    const { code, output } = await run(nodePath(), script, { capture: true, env: taskEnv() });
    stopIfInterrupted();
    if (code !== 0 || !quiet) say(output.trim());
    if (code !== 0) {
      const remedy = "Mend the errors above.";
      throw new SetupError({ name: "BuildFailed", message: "the contracts do not compile", remedy });
    }
    removeOldTypes(since);
    writeStamp(BUILD_STAMP, buildStamp());
    say(`Built in ${seconds(since)}.`);
    return 0;
  });
}

/** A build writes every type file anew, so an older one belongs to a contract that is gone. */
function removeOldTypes(since) {
  for (const path of listFiles("typechain-types", ".ts")) {
    if (fs.statSync(at(path)).mtimeMs >= since - 1000) continue;
    fs.rmSync(at(path));
    for (let folder = dirname(at(path)); fs.readdirSync(folder).length === 0; folder = dirname(folder))
      fs.rmdirSync(folder);
  }
}

/** The files in a folder of the checkout with this ending, sorted, as paths relative to the root. */
function listFiles(folder, ending) {
  if (!fs.existsSync(at(folder))) return [];
  const files = fs.readdirSync(at(folder), { recursive: true }).filter((file) => file.endsWith(ending));
  return files.sort().map((file) => `${folder}/${file}`);
}

// ---- tasks

const nodePath = () => (fs.existsSync(OWN_NODE) ? OWN_NODE : process.execPath);

/** Arguments with which Node runs TypeScript. */
const tsx = () => ["--import", pathToFileURL(createRequire(at("package.json")).resolve("tsx")).href];

const taskEnv = () => ({
  ...process.env,
  PATH: [at("node_modules", ".bin"), process.env.PATH].join(delimiter),
  HARDHAT_DISABLE_TELEMETRY: "true",
});

async function runTask(task, args) {
  if (task.run) return task.run();
  if (task.needsBuild) await build({ quiet: true });
  const options = { cwd: task.keepCwd ? process.cwd() : root, env: { ...taskEnv(), ...task.env } };
  if (task.bin) {
    const [name, ...fixed] = task.bin;
    const { bin } = JSON.parse(fs.readFileSync(at("node_modules", name, "package.json"), "utf8"));
    const path = at("node_modules", name, typeof bin === "string" ? bin : bin[name]);
    return (await run(nodePath(), [path, ...fixed, ...(args.length > 0 ? args : task.rest)], options)).code;
  }
  if (!fs.existsSync(at(task.script))) {
    const message = `${relative(root, at(task.script))} does not exist in this checkout`;
    throw new SetupError({ name: "TaskMissing", message, remedy: "Restore it with git." });
  }
  return (await run(nodePath(), [...tsx(), at(task.script), ...args], options)).code;
}

function usage() {
  const lines = Object.entries(tasks).map(([name, { about }]) => `  ${name.padEnd(10)}${about}`);
  return ["Usage: node scripts/setup.mjs <task> [args...]", "Tasks:", ...lines].join("\n");
}

async function main([name, ...args]) {
  if (name === "--help" || name === "-h") {
    process.stdout.write(`${usage()}\n`);
    return 0;
  }
  if (name === undefined || !Object.hasOwn(tasks, name)) {
    const message = name === undefined ? "no task given" : `there is no task "${name}"`;
    throw new SetupError({ name: "UnknownTask", message, remedy: usage(), code: 2 });
  }
  if (Number(process.versions.node.split(".")[0]) < 20) {
    const message = `Node ${process.versions.node} is too old`;
    throw new SetupError({ name: "NodeTooOld", message, remedy: "Use Node 20 or newer, best 24." });
  }
  await install();
  stopIfInterrupted();
  return runTask(tasks[name], args);
}

forwardSignals();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`${error.name}: ${error.message}.\n${error.remedy}`);
  process.exitCode = error.code;
}
