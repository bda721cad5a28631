/** What single figures say of results, counted here in another way. */
import { expect } from "chai";
import { frontierFigures } from "../../../src/sim/plots/frontierPage.ts";
import type { FrontierFigure } from "../../../src/sim/plots/frontier.ts";
import { pageOf } from "../../../src/sim/plots/page.ts";
import type { ConvictedFault, SimulationResult } from "../../../src/sim/result.ts";
import { resultOf, scenarioOf } from "../../support/results.ts";

const result = resultOf(scenarioOf({ days: 30 }), 1);

/** The rows of a figure's table, as their cells' texts. */
function rowsOf(html: string, id: string): string[][] {
  const [, figure = ""] = html.split(`<figure id="${id}"`);
  const [, body = ""] = (figure.split("</figure>")[0] ?? "").split("<tbody>");
  return body
    .split("</tr>")
    .map((row) => [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/g)].map(([, text = ""]) => text))
    .filter((cells) => cells.length > 0);
}

function fault(group: string, day: number, convictedOn: number): ConvictedFault {
  return { operator: `${group} 1`, group, day, convictedOn, by: "eyes", asked: 1, slashed: 1 };
}

function withFaults(faults: readonly ConvictedFault[]): SimulationResult {
  return { ...result, faults };
}

describe("figures of faults", () => {
  const faults = [fault("lazy", 1, 2), fault("lazy", 1, 4), fault("lazy", 2, 3), fault("leaving", 3, 3)];
  const html = pageOf([withFaults(faults)]);

  it("count convictions by their delay", () => {
    expect(rowsOf(html, "delay")).to.deep.equal([
      ["0", "1"],
      ["1", "2"],
      ["2", "0"],
      ["3", "1"],
    ]);
    expect(html).to.include("Half of them came within 1 day, the last after 3 days.");
  });

  it("put long delays into classes, none of which is left out", () => {
    const many = Array.from({ length: 100 }, (_, delay) => fault("lazy", 1, 1 + delay));
    const rows = rowsOf(pageOf([withFaults(many)]), "delay");
    expect(rows).to.have.length(20);
    expect(rows.map(([, count]) => count)).to.deep.equal(rows.map(() => "5"));
    expect([rows[0]?.[0], rows.at(-1)?.[0]]).to.deep.equal(["0–4", "95–99"]);
  });

  it("say which part of each group's wrong answers was convicted", () => {
    const wrong = result.groups.filter(({ group }) => group === "lazy").reduce((sum, row) => sum + row.wrong, 0);
    const rows = rowsOf(html, "convictions");
    expect(rows[0]).to.deep.equal(["honest", "0", "0", "–", "–", "–"]);
    expect(rows[1]).to.deep.equal([
      "lazy",
      String(wrong),
      "3",
      `${Number(((3 / wrong) * 100).toFixed(1))} %`,
      "1",
      "3",
    ]);
    expect(rows.at(-1)?.slice(2, 3)).to.deep.equal(["4"]);
  });

  it("say so where nobody was convicted", () => {
    const [, figure = ""] = pageOf([withFaults([])]).split('<figure id="delay"');
    expect(figure.split("</figure>")[0]).to.include("Nobody was convicted.").and.not.include("<svg");
  });
});

describe("figures of days", () => {
  it("leave a gap where a group has no credit that is proven", () => {
    const rows = rowsOf(pageOf([result]), "credit");
    expect(rows.slice(0, 6).flatMap(([, ...cells]) => cells)).to.deep.equal(Array.from({ length: 30 }, () => "–"));
    expect(rows[6]).to.deep.equal(["6", ...Array.from({ length: 5 }, () => "375")]);
  });

  it("say in their table which days it leaves out", () => {
    const html = pageOf([resultOf(scenarioOf({ days: 90 }), 1)]);
    const days = rowsOf(html, "profit").map(([day]) => Number(day));
    expect(days.slice(0, 3)).to.deep.equal([0, 3, 6]);
    expect(days.at(-1)).to.equal(89);
    expect(html).to.include("Every 3 days; all days are in the CSV files.");
  });

  it("keep apart what clients pay themselves and what is subsidised", () => {
    const network = result.network.map((row) => ({ ...row, fees: 100, subsidised: 30 }));
    expect(rowsOf(pageOf([{ ...result, network }]), "fees")[0]).to.deep.equal(["0", "70", "30"]);
  });
});

describe("retention", () => {
  it("is a share of those who paid first in a week, over all runs", () => {
    const runs = [
      [{ week: 0, clients: 10, retained: [10, 5] }],
      [
        { week: 0, clients: 30, retained: [30, 25] },
        { week: 1, clients: 4, retained: [4] },
      ],
    ].map((cohorts) => ({ ...result, cohorts }));
    expect(rowsOf(pageOf(runs), "retention")).to.deep.equal([
      ["0", "40", "100 %", "75 %"],
      ["1", "4", "100 %", ""],
    ]);
  });
});

describe("figures of a sweep", () => {
  const cell = { watchRate: 0.1, bond: 100 };
  const point = { watchRate: 0.1, bond: 100 };
  const figure: FrontierFigure = {
    cheatRate: 0.1,
    cells: [
      { ...cell, advantage: -5, low: -6, high: -4 },
      { ...cell, bond: 200, advantage: 5, low: 4, high: 6 },
      { ...cell, watchRate: 0.2, advantage: -1, low: -2, high: 0 },
    ],
    measured: [
      { ...point, band: { low: 90, high: 110 } },
      { ...point, watchRate: 0.2, band: { low: 90, high: 99 } },
    ],
    closedForm: [
      { ...point, bond: 110 },
      { ...point, watchRate: 0.2 },
      { ...point, watchRate: 0.3 },
    ],
  };
  const text = frontierFigures([figure])
    .map((one) => one.text)
    .join("");

  it("count what is certain, to the last of the band", () => {
    expect(text).to.include("Of 3 cells cheating loses for certain in 1, pays for certain in 1, and 1 are open.");
    expect(text.match(/class="cell [^"]*"/g)).to.deep.equal([
      'class="cell loses s4"',
      'class="cell pays s4"',
      'class="cell loses s2 open"',
    ]);
  });

  it("say at how many watch rates measurement and closed form agree", () => {
    expect(text).to.include("agree, within their bands, at 1 of 2 watch rates");
    const [alone] = frontierFigures([{ ...figure, measured: [] }]);
    expect(alone?.text).to.include("at none of the closed form&#39;s watch rates");
  });
});
