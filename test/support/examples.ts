/** The examples that documents and docstrings show. */
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

/** A block of code that a reader is shown. */
export interface Example {
  /** Where it stands: a file, and the number of the block in it. */
  readonly place: string;
  readonly code: string;
}

/** The documents that people read: all Markdown of the project but what is generated whole. */
export function documents(): readonly string[] {
  return globSync(["*.md", "docs/*.md"], { cwd: root }).sort();
}

/** The blocks of a document in a language, in order. */
export function blocksIn(file: string, language: string): readonly Example[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, "gm"))].map(([, code = ""], index) => ({
    place: `${file}, ${language} block ${index + 1}`,
    code,
  }));
}

/** The `@example`s of the sources, each a program by itself. */
export function docstringExamples(): readonly Example[] {
  return globSync("src/**/*.ts", { cwd: root })
    .sort()
    .flatMap((file) =>
      [...readFileSync(join(root, file), "utf8").matchAll(/^ *\* @example\n *\* ```ts\n([^]*?)\n *\* ```$/gm)].map(
        ([, code = ""], index) => ({
          place: `${file}, example ${index + 1}`,
          code: `${code.replaceAll(/^ *\* ?/gm, "")}\n`,
        }),
      ),
    );
}

/** What an example says that it prints: the comment behind each `console.log`. */
export function promisedOutput({ code }: Example): string {
  return [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map(([, said = ""]) => `${said}\n`).join("");
}
