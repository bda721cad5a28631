/** A page in a file, as a reader without a network has it in a real browser. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Does something on the page. Nothing may fail on it, and it may ask for nothing but itself. */
export async function onPage(
  { browser, html, options = {} }: { browser: Browser; html: string; options?: BrowserContextOptions },
  work: (page: Page) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "surety-page-"));
  const file = join(folder, "page.html");
  writeFileSync(file, html);
  const context = await browser.newContext({ ...options, offline: true });
  const page = await context.newPage();
  const [errors, requests]: [string[], string[]] = [[], []];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => errors.push(message.text()));
  page.on("request", (request) => requests.push(request.url()));
  const url = pathToFileURL(file).href;
  try {
    await page.goto(url);
    await work(page);
  } finally {
    await context.close();
    rmSync(folder, { recursive: true });
  }
  expect(errors).to.be.empty;
  expect(requests).to.deep.equal([url]);
}

/** What axe holds against a page, opened with `bypassCSP`: the checker is a script that is none of the page's. */
export async function violationsOn(page: Page): Promise<string[]> {
  await page.addScriptTag({
    content: readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8"),
  });
  const { violations } = await page.evaluate<{ violations: readonly Violation[] }>("axe.run()");
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ""}`);
}

/** What is not well-formed in a page, read as XML. */
export async function faultsOf(page: Page, html: string): Promise<string> {
  // What HTML lets stand open, and what XML calls otherwise.
  const xml = html.replace(/^<!doctype html>/, "").replace(/<meta ([^>]*)>/g, "<meta $1/>");
  return page.evaluate(
    `new DOMParser().parseFromString(${JSON.stringify(xml)}, "text/xml").querySelector("parsererror")?.textContent ?? ""`,
  );
}
