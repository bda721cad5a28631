import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect } from "chai";
import type { Command } from "commander";
import { nowhere } from "../src/cli/docs.ts";
import { makeProgram } from "../src/cli/program.ts";
import { blocksIn, documents } from "./support/examples.ts";

const root = resolve(import.meta.dirname, "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };

/** Text without what is in blocks of code. */
function prose(file: string): string {
  return read(file).replaceAll(/^```[^]*?^```/gm, "");
}

/** How a heading is linked to, as GitHub does. */
function anchorsIn(file: string): readonly string[] {
  return [...prose(file).matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The words of a command on a line of a shell, quoted ones whole: up to a comment, and to what the shell does next. */
function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|\S+/g)].map(
    ([word, double, single]) => double ?? single ?? word,
  );
  const end = words.findIndex((word) => /^(#|[>|&;]+$)/.test(word));
  return end === -1 ? words : words.slice(0, end);
}

/** What is wrong with how `surety` is called; undefined where it can be. */
function misuseOf(words: readonly string[]): string | undefined {
  let command: Command = makeProgram(nowhere);
  let rest = words;
  for (let next: Command | undefined; ; command = next, rest = rest.slice(1)) {
    next = command.commands.find((one) => one.name() === rest[0] || one.aliases().includes(rest[0] ?? ""));
    if (next === undefined) break;
  }
  if (command.commands.length > 0) return `there is no command "${words.join(" ")}"`;
  let given = 0;
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index] ?? "";
    if (!word.startsWith("-")) given++;
    else {
      const option = command.options.find(({ short, long }) => short === word || long === word);
      if (option === undefined) return `${command.name()} has no option ${word}`;
      if (option.required) index++;
    }
  }
  const least = command.registeredArguments.filter(({ required }) => required).length;
  const most = command.registeredArguments.some(({ variadic }) => variadic)
    ? Infinity
    : command.registeredArguments.length;
  return given < least || given > most
    ? `${command.name()} takes ${least} to ${most} arguments, not ${given}`
    : undefined;
}

describe("what documents say", () => {
  it("leads to files and headings that are there", () => {
    const broken = documents().flatMap((file) =>
      [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = ""]) => {
        if (/^\w+:/.test(link)) return [];
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? file : join(dirname(file), path);
        if (!existsSync(join(root, target))) return [`${file}: ${link}`];
        return anchor === undefined || anchorsIn(target).includes(anchor) ? [] : [`${file}: ${link}`];
      }),
    );
    expect(broken).to.deep.equal([]);
  });

  it("names npm commands that there are", () => {
    const named = documents().flatMap((file) =>
      [...read(file).matchAll(/\bnpm run ([\w:]+)/g)].map(([, name = ""]) => ({ file, name })),
    );
    expect(named).to.have.length.greaterThan(20);
    expect(named.filter(({ name }) => !Object.hasOwn(scripts, name))).to.deep.equal([]);
  });

  it("calls `surety` as it can be called", () => {
    const lines = documents().flatMap((file) => [
      ...blocksIn(file, "sh").flatMap(({ code }) => code.split("\n")),
      ...blocksIn(file, "text").flatMap(({ code }) => {
        const [, examples = ""] = /^Examples?:\n([^]*?)\n\n/m.exec(code) ?? [];
        return examples.split("\n");
      }),
    ]);
    const calls = lines.flatMap((line) => {
      const [, call] = /^\s*(?:npm run )?surety (?:-- )?(.*)$/.exec(line) ?? [];
      return call === undefined ? [] : [{ line, words: wordsOf(call) }];
    });
    expect(calls).to.have.length.greaterThan(40);
    const misused = calls.flatMap(({ line, words }) => {
      const misuse = misuseOf(words);
      return misuse === undefined ? [] : [`${line}: ${misuse}`];
    });
    expect(misused).to.deep.equal([]);
  });

  it("would be found wrong: an option, a command or an argument that there is not", () => {
    expect(misuseOf(["verify", "bundle.json", "--rpc", "http://127.0.0.1:8545"])).to.equal(undefined);
    expect(misuseOf(["verify", "bundle.json", "--url", "x"])).to.include("no option --url");
    expect(misuseOf(["prove", "bundle.json"])).to.include("no command");
    expect(misuseOf(["verify"])).to.include("arguments");
  });
});
