/** A real browser, where Debian's is there. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";

/** Leaves out a test or a suite that needs a browser, saying so, where there is none. */
export function needsChromium(test: Mocha.Context): void {
  if (existsSync(CHROMIUM)) return;
  console.log(`      left out: a real browser, since there is no ${CHROMIUM}`);
  test.skip();
}

/** Starts it. It runs nothing but the tests' pages; and as root, as in a container, it starts in no other way. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
}
