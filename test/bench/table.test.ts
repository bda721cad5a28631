import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { format, resolveConfig } from "prettier";
import { fillGasPage } from "../../bench/gasPage.ts";
import {
  type Anchors,
  anchorsSchema,
  findProblems,
  formatTable,
  formatUnlike,
  makeRow,
  type Row,
} from "../../bench/table.ts";

const readJson = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../bench/${name}`, import.meta.url), "utf8"));

const anchors: Anchors = {
  method: "weighed",
  systems: {
    Near: { version: "1", source: "https://near.example" },
    Far: { version: "2", source: "https://far.example" },
  },
  operations: {
    slash: { budget: 100, peers: { Far: 300, Near: 200 } },
    "slash, 1 ticket": { budget: 100, peers: {}, unlike: { Near: { gas: 1_050, difference: "takes nothing" } } },
    "slash, 100 tickets": { budget: 100, peers: {} },
  },
};

const rowsOf = (measured: Readonly<Record<string, bigint>>): Row[] =>
  Object.entries(measured).map(([operation, used]) => makeRow(anchors, operation, used));

function problemsOf(measured: Readonly<Record<string, bigint>>, committed: Readonly<Record<string, number>>): string[] {
  return findProblems(rowsOf(measured), committed).map((problem) => problem.split(":")[0] ?? "");
}

describe("bench:gas", () => {
  it("sets a cost beside its budget and the cheapest peer", () => {
    expect(rowsOf({ slash: 99n })).to.deep.equal([
      { operation: "slash", gas: 99, budget: 100, bestPeer: "Near", bestPeerGas: 200 },
    ]);
    expect(formatTable(rowsOf({ slash: 99n })).split("\n")[1]).to.match(/^slash +99 +100 +200 +Near +50 %$/);
  });

  it("leaves the peer empty where none has the operation", () => {
    expect(rowsOf({ "slash, 1 ticket": 1n })[0]).to.include({ bestPeer: null, bestPeerGas: null });
  });

  it("says which peers do less", () => {
    expect(formatUnlike(anchors)).to.equal("slash, 1 ticket: Near takes 1,050, but takes nothing.");
  });

  it("finds nothing wrong at the budget exactly", () => {
    expect(problemsOf({ slash: 100n }, { slash: 100 })).to.deep.equal([]);
  });

  it("finds a broken budget", () => {
    expect(problemsOf({ slash: 101n }, { slash: 101 })).to.deep.equal(["BudgetExceeded"]);
  });

  it("finds a figure that is not the committed one, is new, or is gone", () => {
    expect(problemsOf({ slash: 99n }, { slash: 98 })).to.deep.equal(["FigureChanged"]);
    expect(problemsOf({ slash: 99n }, {})).to.deep.equal(["FigureChanged"]);
    expect(problemsOf({}, { slash: 99 })).to.deep.equal(["FigureMissing"]);
  });

  it("finds a cost that grows with the number of tickets, and one that falls", () => {
    const committed = { "slash, 1 ticket": 50, "slash, 100 tickets": 51 };
    expect(problemsOf({ "slash, 1 ticket": 50n, "slash, 100 tickets": 51n }, committed)).to.deep.equal(["CostGrows"]);
  });

  it("refuses an operation without a budget and a peer without a source", () => {
    expect(() => makeRow(anchors, "dance", 1n)).to.throw('no budget for "dance"');
    expect(() => makeRow({ ...anchors, systems: {} }, "slash", 1n)).to.throw("no source for Near");
  });

  it("has a committed figure for every anchor, within its budget and below every peer", () => {
    const { operations } = anchorsSchema.parse(readJson("anchors.json"));
    const committed = readJson("gas.json") as Readonly<Record<string, number>>;
    expect(Object.keys(committed)).to.have.members(Object.keys(operations));
    for (const [operation, { budget, peers }] of Object.entries(operations)) {
      expect(committed[operation], operation).to.be.at.most(Math.min(budget, ...Object.values(peers)));
    }
  });

  it("has its figures in docs/gas.md (npm run bench:gas -- --write)", async () => {
    const path = fileURLToPath(new URL("../../docs/gas.md", import.meta.url));
    const page = readFileSync(path, "utf8");
    const figures = readJson("gas.json") as Readonly<Record<string, number>>;
    const filled = fillGasPage(page, anchorsSchema.parse(readJson("anchors.json")), figures);
    expect(page).to.equal(await format(filled, { ...(await resolveConfig(path)), filepath: path }));
    const budget = anchorsSchema.parse(readJson("anchors.json")).operations[
      "inference, 10000 of 100 clients in a period"
    ];
    expect(page).to.include(`Its budget is ${budget?.budget}.`);
    expect(() => fillGasPage("# Gas", anchors, {})).to.throw("no place for its operations");
  });
});
