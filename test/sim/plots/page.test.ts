/** The pages as a reader has them: a file, a real browser, no network. */
import { expect } from "chai";
import type { Browser } from "playwright-core";
import { ResultError } from "../../../src/sim/csv.ts";
import { frontierPage } from "../../../src/sim/plots/frontierPage.ts";
import { pageOf } from "../../../src/sim/plots/page.ts";
import type { Scenario } from "../../../src/sim/scenario.ts";
import { launchChromium, needsChromium } from "../../support/chromium.ts";
import { frontierOf } from "../../support/frontiers.ts";
import { faultsOf, onPage, violationsOn } from "../../support/pages.ts";
import { resultOf, scenarioOf } from "../../support/results.ts";

/** What a page may have, in bytes. */
const BUDGET = 1_500_000;
const HOSTILE = `</p><script>document.title = "taken"</script><img src="https://example.org/x" onerror="alert(1)"> & "more" 'yet'`;

const scenario = scenarioOf();
const pages = {
  "one run": pageOf([resultOf(scenario, 1)]),
  "three runs": pageOf([1, 2, 3].map((seed) => resultOf(scenario, seed))),
  "a day without a fault": pageOf([{ ...resultOf(scenarioOf({ days: 1 }), 1), faults: [], cohorts: [], others: [] }]),
  "a sweep": frontierPage({
    name: "bond by watch rate",
    description: "Everything.",
    seeds: 5,
    figures: [0.01, 0.5].map(frontierOf),
  }),
  "a sweep of nothing": frontierPage({ name: "nothing", description: "", seeds: 1, figures: [] }),
};

/** What takes long is done in both colour schemes for the two pages on which everything is. */
function schemesOf(name: string): readonly ("light" | "dark")[] {
  return name === "one run" || name === "a sweep" ? ["light", "dark"] : ["light"];
}

/** A number of a path or an attribute that is none. */
const NO_NUMBER = /NaN|Infinity|undefined|\[object/;

describe("a page of plots", function () {
  this.timeout(120_000);
  let browser: Browser | undefined;

  before(async function () {
    needsChromium(this);
    browser = await launchChromium();
  });

  after(async () => browser?.close());

  /** The browser that `before` has started. */
  function started(): Browser {
    if (browser === undefined) throw new Error("there is no browser");
    return browser;
  }

  for (const [name, html] of Object.entries(pages)) {
    for (const colorScheme of schemesOf(name)) {
      it(`of ${name} opens offline on a phone, ${colorScheme}, accessible and no wider than it`, async () => {
        const options = { colorScheme, bypassCSP: true, viewport: { width: 390, height: 844 } };
        await onPage({ browser: started(), html, options }, async (page) => {
          expect(await page.evaluate("document.documentElement.scrollWidth")).to.be.at.most(390);
          await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })");
          expect(await violationsOn(page)).to.be.empty;
        });
      });
    }

    it(`of ${name} is well-formed, and every number on it is one`, async () => {
      expect(html).to.not.match(NO_NUMBER);
      await onPage({ browser: started(), html }, async (page) => {
        expect(await faultsOf(page, html)).to.equal("");
      });
    });

    it(`of ${name} has a title, words and a table for every figure`, async () => {
      await onPage({ browser: started(), html }, async (page) => {
        for (const figure of await page.locator("figure").all()) {
          const title = await figure.locator("figcaption strong").innerText();
          expect(title).to.match(/^[A-Z].*\.$/);
          expect(await figure.locator("table thead th").count(), title).to.be.at.least(2);
          const drawing = figure.locator("> svg");
          if ((await drawing.count()) === 0) continue;
          expect(await figure.locator("tbody tr").count(), title).to.be.at.least(1);
          await figure.getByRole("img", { name: title.slice(0, -1), exact: true }).waitFor();
          expect((await drawing.locator("> desc").textContent())?.length, title).to.be.greaterThan(20);
        }
      });
    });

    it(`of ${name} is styled under its own policy`, async () => {
      await onPage({ browser: started(), html }, async (page) => {
        const styled = "getComputedStyle(document.querySelector('h1')).fontSize";
        expect(await page.evaluate(styled)).to.equal("27.2px");
      });
    });
  }

  it("shows what a scenario's file says as text, whatever it is", async () => {
    const hostile = scenarioOf({ description: HOSTILE });
    await onPage({ browser: started(), html: pageOf([resultOf(hostile, 1)]) }, async (page) => {
      expect(await page.locator(".intro").innerText()).to.equal(HOSTILE);
      expect(await page.locator("script, img").count()).to.equal(0);
      expect(await page.title()).to.equal("Simulation: everybody");
    });
  });

  it("lets no script run, even where one got onto it", async () => {
    const html = pages["one run"].replace("</main>", `<script>document.title = "taken"</script></main>`);
    const context = await started().newContext();
    const page = await context.newPage();
    await page.setContent(html);
    expect(await page.title()).to.equal("Simulation: everybody");
    await context.close();
  });

  it("opens what lies behind a figure with the keyboard", async () => {
    await onPage({ browser: started(), html: pages["one run"] }, async (page) => {
      const details = page.locator("#profit details");
      await details.locator("summary").focus();
      await page.keyboard.press("Enter");
      await details.getByRole("table").waitFor();
    });
  });
});

describe("the text of a page", () => {
  for (const [name, html] of Object.entries(pages)) {
    it(`of ${name} is under ${BUDGET / 1e6} MB`, () => {
      console.log(`      ${Math.round(Buffer.byteLength(html) / 1_000)} kB`);
      expect(Buffer.byteLength(html)).to.be.lessThan(BUDGET);
    });
  }

  it("is the same for the same results", () => {
    expect(pageOf([resultOf(scenario, 1)])).to.equal(pages["one run"]);
  });

  it("names what happened, and how often the books were compared", () => {
    expect(pages["one run"]).to.include(
      "The books were compared with the chain on 90 days, 111,060 balances; all agreed.",
    );
    expect(pages["one run"]).to.include("<li>Day 60: 30 % of the honest operators ask their bonds back.</li>");
  });

  it("leaves out what would only happen after its last day", () => {
    const short = scenarioOf({ days: 30 });
    const shocks: Scenario["shocks"] = [29, 30].map((on) => ({ kind: "demand", on, factor: 2 }));
    const html = pageOf([resultOf({ ...short, shocks }, 1)]);
    expect(html).to.include("<li>Day 29:").and.not.include("Day 30:");
  });

  it("gives means and ranges of several runs", () => {
    const [one, other] = [1, 2].map((seed) => resultOf(scenario, seed));
    if (one === undefined || other === undefined) throw new Error("there are two");
    const raised = { ...other, groups: one.groups.map((row) => ({ ...row, profit: row.profit + 2 })) };
    const profit = one.groups.findLast(({ group }) => group === "honest")?.profit ?? 0;
    const [low, mean, high] = [profit, profit + 1, profit + 2].map((value) => `$${value.toFixed(2)}`);
    expect(pageOf([one, raised])).to.include(`honest ${mean} (${low} to ${high})`);
    expect(pageOf([one]), "a band of one run").to.not.include('class="band');
  });

  it("is refused for no result, and for results of different scenarios", () => {
    expect(() => pageOf([])).to.throw(ResultError, "no result");
    const other: Scenario = { ...scenario, days: 91 };
    expect(() => pageOf([resultOf(scenario, 1), resultOf(other, 1)])).to.throw(ResultError, "different scenarios");
    expect(() => pageOf([resultOf(scenario, 1), resultOf({ ...scenario, seed: 9 }, 2)])).to.not.throw();
  });
});
