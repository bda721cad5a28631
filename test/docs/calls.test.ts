import { expect } from "chai";
import type { Command } from "commander";
import { nowhere } from "../../src/cli/docs.ts";
import { makeProgram } from "../../src/cli/program.ts";
import { blocksIn, documents } from "../support/examples.ts";

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
