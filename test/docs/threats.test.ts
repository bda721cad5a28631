import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** A threat of docs/threats.md. */
interface Threat {
  readonly number: number;
  /** Functions as `Contract.function`, or files, that stop it. */
  readonly guards: readonly string[];
  /** Files below test/, each with names of tests in it. */
  readonly tests: readonly (readonly [file: string, names: readonly string[]])[];
}

const quoted = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

const threats = read("docs/threats.md")
  .split(/^### /m)
  .slice(1)
  .map((section): Threat => {
    const line = (name: string): string => new RegExp(`^- ${name}: (.+)$`, "m").exec(section)?.[1] ?? "";
    const tests = line("Tests")
      .split("; [")
      .map((part) => [/\]\(\.\.\/test\/([^)]+)\)/.exec(part)?.[1] ?? "", quoted(part)] as const);
    return { number: Number.parseInt(section), guards: quoted(line("Guard")), tests };
  });

const contracts = new Map(
  globSync("contracts/**/*.sol", { cwd: root }).map((path) => [/([^/\\]+)\.sol$/.exec(path)?.[1], path]),
);

/** Where a guard is not to be found any more; nothing where it is. */
function missingGuard(guard: string): string | undefined {
  if (guard.includes("/") || !guard.includes(".")) return existsSync(join(root, guard)) ? undefined : guard;
  const [contract, member = ""] = guard.split(".");
  const path = contracts.get(contract);
  const isThere = path !== undefined && new RegExp(`\\b(function|constant) ${member}\\b`).test(read(path));
  return isThere ? undefined : guard;
}

/** Whether a test of this name is in a file: a function of Solidity's, or a title as it is written in TypeScript. */
function hasTest(file: string, name: string): boolean {
  const path = join("test", file);
  if (!existsSync(join(root, path))) return false;
  if (file.endsWith(".sol")) return new RegExp(`function ${name}\\(`).test(read(path));
  return [`"${name}"`, `\`${name}\``].some((title) => read(path).includes(title));
}

describe("docs/threats.md", () => {
  it("has every threat that a test cites, once and with a test", () => {
    const numbers = threats.map(({ number }) => number);
    expect(numbers).to.have.length(new Set(numbers).size);
    const cited = globSync("test/**/*.{sol,ts}", { cwd: root, exclude: ["test/docs/**"] }).flatMap((path) =>
      [...read(path).matchAll(/(?:_threat|threats? )(\d+)/g)].map(([, number]) => Number(number)),
    );
    expect(numbers).to.include.members([...new Set(cited)]);
    for (const { number, guards, tests } of threats) {
      expect(guards, `guards of ${number}`).to.not.be.empty;
      for (const [file, names] of tests) expect(names, `${number}, ${file}`).to.not.be.empty;
    }
  });

  it("names guards that are in the code", () => {
    expect(threats.flatMap(({ guards }) => guards.flatMap((guard) => missingGuard(guard) ?? []))).to.deep.equal([]);
  });

  it("names tests that are there", () => {
    const missing = threats.flatMap(({ number, tests }) =>
      tests.flatMap(([file, names]) =>
        names.filter((name) => !hasTest(file, name)).map((name) => `${number}: ${file} ${name}`),
      ),
    );
    expect(missing).to.deep.equal([]);
  });
});
