// Writes docs/reference: the contracts from their NatSpec, the package's entries from their JSDoc. It is committed, so that
// it is read where the code is. Exit 1 where a public name has no sentence, or, with --check, where a page is stale.
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Application } from "typedoc";
import { readCheck, replaceFolder } from "./committed.ts";
import { readCompiled } from "./contracts/compiled.ts";
import { type Page, writeContractPages } from "./contracts/reference.ts";

const USAGE = `Usage: npm run reference -- [--check]
  --check  write nothing; compare with the pages and exit 1 where one is stale`;

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "docs/reference");

/** What has to have a sentence. Members of plain data speak by their names where they can. */
const documented = ["Function", "Class", "Interface", "TypeAlias", "Variable", "Enum", "Method", "Accessor"] as const;

const ENTRIES = `# The package

Written by \`npm run reference\` from the JSDoc of what others can import. How it goes together is in
[docs/integrating.md](../../integrating.md).

| entry | what it has |
| --- | --- |
| [surety](index.md) | choose an operator, pay, verify, keep, dispute, in Node and in browsers |
| [surety/node](node.md) | what takes a disk |
| [surety/core](core.md) | the pure part: what checks a record without network, clock or randomness |
| surety/contracts | the contracts, typed by TypeChain: [what each does](../contracts/README.md) |
`;

/** The entries of package.json, but for the contracts, which have pages of their own; undefined where a name is bare. */
async function writePackagePages(): Promise<readonly Page[] | undefined> {
  const out = mkdtempSync(join(tmpdir(), "surety-reference-"));
  try {
    const app = await Application.bootstrapWithPlugins({
      name: "The package",
      plugin: ["typedoc-plugin-markdown"],
      entryPoints: ["src/index.ts", "src/node.ts", "src/core/index.ts"].map((path) => join(root, path)),
      tsconfig: join(root, "tsconfig.package.json"),
      out,
      readme: "none",
      // Lines and commits would make every page stale with every commit.
      disableSources: true,
      excludeExternals: true,
      excludePrivate: true,
      logLevel: "Warn",
      treatWarningsAsErrors: true,
      treatValidationWarningsAsErrors: true,
      validation: { notExported: false, notDocumented: true, invalidLink: true },
      requiredToBeDocumented: [...documented],
      ...{ outputFileStrategy: "modules", hidePageHeader: true, hideBreadcrumbs: true, parametersFormat: "table" },
    });
    const project = await app.convert();
    if (project === undefined) return undefined;
    app.validate(project);
    if (app.logger.hasErrors() || app.logger.hasWarnings()) return undefined;
    await app.generateOutputs(project);
    const pages = globSync("**/*.md", { cwd: out }).filter((file) => file !== "README.md");
    return [{ file: "README.md", text: ENTRIES }, ...pages.map((file) => readPage(join(out, file), file))];
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** A page as TypeDoc wrote it, where a parameter that is taken apart has no name. */
function readPage(path: string, file: string): Page {
  return { file, text: readFileSync(path, "utf8").replaceAll(/__namedParameters|\\_\\_namedParameters/g, "options") };
}

function findStale(pages: readonly Page[]): readonly string[] {
  const names = new Set(pages.map(({ file }) => file));
  const gone = globSync("**/*.md", { cwd: folder }).filter((file) => !names.has(file));
  const stale = pages.filter(({ file, text }) => {
    const path = join(folder, file);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  return [...gone, ...stale.map(({ file }) => file)].sort();
}

async function main(): Promise<number> {
  const check = readCheck(USAGE);
  const entries = await writePackagePages();
  if (entries === undefined) {
    console.error("NotDocumented: each name above that others can import needs a sentence.");
    return 1;
  }
  const contracts = writeContractPages(readCompiled(join(root, "artifacts")));
  const within = (place: string, pages: readonly Page[]): readonly Page[] =>
    pages.map(({ file, text }) => ({ file: `${place}/${file}`, text }));
  const pages = [...within("contracts", contracts), ...within("package", entries)];
  if (!check) {
    replaceFolder(folder, new Map(pages.map(({ file, text }) => [file, text])));
    return 0;
  }
  const stale = findStale(pages);
  for (const file of stale) console.error(`ReferenceStale: docs/reference/${file}`);
  if (stale.length > 0) console.error("Write it with npm run reference, and commit it.");
  return stale.length > 0 ? 1 : 0;
}

process.exitCode = await main();
