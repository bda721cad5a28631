// Writes dist/, which is what `npm pack` packs: JavaScript and types of the package's entries and of its command, with
// what these import, and nothing else.
import { fork } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { runToEnd } from "./child.ts";

const root = resolve(import.meta.dirname, "..");
const typescript = createRequire(import.meta.url).resolve("typescript/package.json");

rmSync(join(root, "dist"), { recursive: true, force: true });
const tsc = join(dirname(typescript), "bin/tsc");
process.exitCode = await runToEnd(fork(tsc, ["-p", "tsconfig.package.json"], { cwd: root, execArgv: [] }));
