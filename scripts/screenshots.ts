// Writes docs/images: the explorer's pages on the records of a main job, in a real browser. Debian's chromium takes them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";
import { bundleSchema, readText } from "../src/core/records.ts";
import { receiptHash } from "../src/core/typedData.ts";
import { exitCodes } from "../src/cli/errors.ts";
import { narrateTo } from "../src/demo/narrator.ts";
import { openExplorer } from "./explorer/open.ts";
import { Parts, runAndClose } from "./parts.ts";

const images = resolve(import.meta.dirname, "../docs/images");
const parts = new Parts();

/** What is seen on a picture. */
interface Picture {
  readonly name: string;
  readonly path: string;
  /** What must be there before it is taken. */
  readonly shows: string;
  readonly theme: "light" | "dark";
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "surety-screenshots-"));
  parts.opened({ close: () => rmSync(folder, { recursive: true }) });
  const explorer = await openExplorer({ port: 0, records: folder, narrator: narrateTo(process.stderr) }, parts);
  // As root, as in a container, it starts in no other way; and it shows nothing but these pages.
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  parts.opened(browser);
  mkdirSync(images, { recursive: true });
  for (const { name, path, shows, theme } of picturesOf(explorer.records)) {
    const page = await browser.newPage({ viewport: { width: 1_000, height: 640 }, colorScheme: theme });
    await page.goto(`${explorer.url}${path}`);
    await page.locator(shows).first().waitFor();
    const file = join(images, `${name}.png`);
    await page.screenshot({ path: file });
    process.stdout.write(`${file}\n`);
    await page.close();
  }
  return exitCodes.ok;
}

function picturesOf(records: string): readonly Picture[] {
  const { receipt } = readText(bundleSchema, readFileSync(join(records, "trace.json"), "utf8")).record;
  const [operator, leaf, client] = [receipt.operator, receiptHash(receipt), receipt.client];
  return [
    { name: "operators", path: "/", shows: ".curve", theme: "light" },
    { name: "receipt", path: `/receipt/${operator}/${leaf}`, shows: ".verdict.good", theme: "light" },
    { name: "fault", path: "/verify?bundle=/records/fault-1.json", shows: ".verdict.bad", theme: "dark" },
    { name: "agent", path: `/agents/${client}?operator=${operator}`, shows: ".node.action", theme: "light" },
    { name: "health", path: "/health", shows: ".heat", theme: "dark" },
  ];
}

await runAndClose(parts, main);
