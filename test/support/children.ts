/** The project's commands in processes of their own. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves with the text so far when stderr has said something that matches. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<Ended>;
}

/** Starts a script of the project under tsx. @param preload a module that is loaded before it */
export function start(script: string, parameters: readonly string[], preload?: string): Running {
  const imports = ["--import", "tsx", ...(preload === undefined ? [] : ["--import", resolve(root, preload)])];
  const child = spawn(process.execPath, [...imports, resolve(root, script), ...parameters], { cwd: root });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code) => done({ code, stdout, stderr }));
  });
  const said = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((done, fail) => {
      const look = (): void => {
        const match = pattern.exec(stderr);
        if (match !== null) done(match);
      };
      child.stderr.on("data", look);
      child.once("close", () => fail(new Error(`it ended without saying ${String(pattern)}:\n${stderr}`)));
      look();
    });
  return { child, said, ended };
}

/** Runs a script of the project to its end. */
export async function runScript(script: string, ...parameters: readonly string[]): Promise<Ended> {
  return start(script, parameters).ended;
}

/** How many processes this one has under it. */
export function countChildren(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === "ProcessWrap").length;
}

/** Waits until this process has no more of them than there were: other tests may have left theirs. */
export async function untilChildrenAre(before: number): Promise<void> {
  while (countChildren() > before) await new Promise(setImmediate);
}
