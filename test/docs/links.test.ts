import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect } from "chai";

const root = resolve(import.meta.dirname, "../..");
const pages = globSync(["*.md", "docs/**/*.md"], { cwd: root }).map((path) => path.replaceAll("\\", "/"));

/** Links outside of code, relative ones only. */
function linksOf(page: string): string[] {
  const prose = readFileSync(join(root, page), "utf8").replace(/```[^]*?```|`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(page: string): Set<string> {
  const prose = readFileSync(join(root, page), "utf8").replace(/```[^]*?```/g, "");
  const headings = [...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
  const seen = new Map<string, number>();
  const anchors = headings.map((anchor) => {
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  return new Set(anchors);
}

describe("the pages", () => {
  it("have no relative link that leads nowhere", () => {
    const dead = pages.flatMap((page) =>
      linksOf(page)
        .filter((target) => {
          const [path = "", anchor] = target.split("#");
          const file = path === "" ? page : join(dirname(page), path);
          if (!existsSync(join(root, file))) return true;
          return anchor !== undefined && file.endsWith(".md") && !anchorsOf(file).has(anchor);
        })
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it("are all in the index of docs, and show every picture", () => {
    const linked = new Set(
      pages.flatMap((page) => linksOf(page).map((target) => join(dirname(page), target.split("#")[0] ?? ""))),
    );
    const index = new Set(linksOf("docs/README.md").map((target) => join("docs", target.split("#")[0] ?? "")));
    const inIndex = pages.filter((page) => page !== "docs/README.md" && dirname(page) === "docs");
    expect(inIndex.filter((page) => !index.has(page))).to.deep.equal([]);
    const pictures = globSync("docs/images/*", { cwd: root }).map((path) => path.replaceAll("\\", "/"));
    expect(pictures.filter((picture) => !linked.has(picture))).to.deep.equal([]);
  });
});
