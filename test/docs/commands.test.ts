import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { Registry } from "prom-client";
import { Metrics } from "../../src/operator/metrics.ts";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const pages = globSync(["README.md", "CONTRIBUTING.md", "docs/*.md"], { cwd: root, exclude: ["docs/cli.md"] });

/** Every line of code and every piece of it within a sentence. */
function codeOf(page: string): string[] {
  const text = read(page);
  const blocks = [...text.matchAll(/```sh\n([^]*?)```/g)].flatMap(([, code = ""]) => code.split("\n"));
  return [...blocks, ...[...text.replace(/```[^]*?```/g, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code)];
}

const code = pages.flatMap((page) => codeOf(page).map((line) => [page, line] as const));

/** What docs/cli.md says of each command: a test of its own holds it to the program. */
const helps = new Map(
  read("docs/cli.md")
    .split(/^## `/m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf("`")), section]),
);

/** What no command of `surety` is, or has, in a line. */
function unknownIn(line: string): string[] {
  const [typed = ""] = line.split(/ +#|;|\|/);
  const path = /^surety( [a-z][a-z0-9-]*)*/.exec(typed)?.[0].split(" ") ?? [];
  const words = path.length;
  // What follows a command may be an argument; what follows a group must be one of its commands.
  while (path.length > 0 && !helps.has(path.join(" "))) path.pop();
  const help = helps.get(path.join(" "));
  if (help === undefined || (path.length < words && help.includes("Commands:"))) return [typed];
  return [...typed.matchAll(/ (--[a-z0-9-]+)/g)].flatMap(([, option = ""]) =>
    help.includes(`${option} `) ? [] : option,
  );
}

describe("what the pages tell people to type", () => {
  it("are commands of surety with options that they have", () => {
    const typed = code
      .map(([page, line]) => [page, line.replace(/^npm run surety -- /, "surety ")] as const)
      .filter(([, line]) => /^surety [a-z-]/.test(line));
    expect(typed).to.have.length.above(40);
    expect(typed.flatMap(([page, line]) => unknownIn(line).map((it) => `${page}: ${line}: ${it}`))).to.deep.equal([]);
  });

  it("are scripts that package.json has", () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    const typed = code.flatMap(([page, line]) =>
      [...line.matchAll(/npm run ([a-z:]+)/g)].map(([, name = ""]) => [page, name] as const),
    );
    expect(typed).to.have.length.above(20);
    expect(typed.filter(([, name]) => !Object.hasOwn(scripts, name))).to.deep.equal([]);
  });
});

describe("docs/operating.md", () => {
  it("names every number that a node gives, and no other", async () => {
    const registry = new Registry();
    new Metrics(registry);
    const given = (await registry.getMetricsAsJSON()).map(({ name }) => name);
    const named = read("docs/operating.md").match(/surety_[a-z_]+/g) ?? [];
    expect([...new Set(named)]).to.have.members(given);
  });
});
