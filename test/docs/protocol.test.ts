import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";

const root = resolve(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const page = read("docs/protocol.md");

const SECONDS: Readonly<Record<string, number>> = { minutes: 60, hours: 3_600, days: 86_400 };

/** A constant of a contract; times in seconds. */
function constant(contract: string, name: string): number {
  const [, digits, unit = ""] =
    new RegExp(` ${name} = ([\\d_]+)(?: (\\w+))?;`).exec(read(`contracts/${contract}.sol`)) ?? [];
  if (digits === undefined) throw new Error(`${contract} has no constant ${name}`);
  return Number(digits.replaceAll("_", "")) * (SECONDS[unit] ?? 1);
}

const clock = (name: string): number => constant("Clocks", name);
const days = (name: string): number => clock(name) / 86_400;
const number = (value: number): string => value.toLocaleString("en-US");
const inWords = (value: number): string => ["no", "one", "two", "three", "four"][value] ?? String(value);

const gas = JSON.parse(read("bench/gas.json")) as Readonly<Record<string, number>>;
const demands = (name: string): number => constant("courts/Demands", name);

/** What ten thousand demands at once lock up, and burn where each answer counts as the least, in coins at 1 gwei. */
function crowdOf(count: number): { readonly locked: number; readonly burnt: number } {
  const crowding = Array.from({ length: count }, (_, open) => 1 + Math.floor(open / demands("CROWD")));
  const sum = crowding.reduce((all, one) => all + one, 0);
  return {
    locked: Math.round((demands("MAX_ANSWER_GAS") * (count + sum)) / 1e9),
    burnt: Math.round((demands("ANSWER_GAS") * sum) / 1e9),
  };
}

const crowd = crowdOf(10_000);

/** What the page says, as the code has it. */
const sentences: readonly string[] = [
  `A change of commission waits ${days("COMMISSION_DELAY")} days`,
  `A slasher named after opening starts ${days("SLASHER_ACTIVATION")} days later`,
  `the next time at the earliest ${days("SUSPENSION_COOLDOWN")} days after it ended`,
  `within the cap window of ${days("CAP_WINDOW")} days`,
  `A refund thaws for ${days("REFUND_THAW")} days`,
  `less than ${number(constant("bonds/SharePool", "DUST"))} of the smallest units`,
  `cheaper than 2^-${constant("bonds/SharePool", "PRICE_SHIFT")} of a unit`,
  `at most \`leverage\` (${constant("bonds/OperatorBonds", "MIN_LEVERAGE")} to ${constant("bonds/OperatorBonds", "MAX_LEVERAGE")}, a parameter)`,
  `(a parameter, ${constant("settlement/FeeEscrow", "MIN_COVERAGE") / 100} to ${number(constant("settlement/FeeEscrow", "MAX_COVERAGE") / 100)} %)`,
  `between ${days("MIN_UNBONDING")} and ${days("MAX_UNBONDING")} days, and the windows of the courts' policies, between ${days("MIN_WINDOW")} and ${days("MAX_WINDOW")}`,
  `up to ${inWords(days("MAX_ANSWER_TIME"))} days`,
  `Twice what ${number(demands("MAX_ANSWER_GAS"))} gas cost`,
  `${number(demands("ANSWER_GAS"))} gas and ${demands("ANSWER_BYTE_GAS")} for each byte`,
  `The first ${inWords(demands("FREE_DEMANDS"))} demands about a batch`,
  `lock up ${number(crowd.locked)} coins at 1 gwei and burn ${number(crowd.burnt)} of them`,
  `${days("MIN_SETTLED_HALF_LIFE")} to ${days("MAX_SETTLED_HALF_LIFE")} days of S`,
  `${days("MIN_FAULT_HALF_LIFE")} to ${number(days("MAX_FAULT_HALF_LIFE"))} of F`,
  `K is ${constant("credit/CreditHistory", "MIN_SEVERITY")} to ${number(constant("credit/CreditHistory", "MAX_SEVERITY"))}`,
  `the next one waits ${days("CREDIT_COOLDOWN")} days`,
  `it gets ${constant("verifiers/SnarkChecker", "VERIFIER_GAS") / 1e6} M`,
  `takes ${((gas["judge a snark proof"] ?? 0) / 1e6).toFixed(2)} M as a transaction of its own`,
  `${number(Math.round((gas["enclave key registered from a TDX quote"] ?? 0) / 100) * 100)} for a registration`,
];

describe("docs/protocol.md", () => {
  for (const sentence of sentences) {
    it(`says "${sentence}"`, () => expect(page).to.include(sentence));
  }

  it("has every invariant that a test cites", () => {
    const rows = [...page.matchAll(/^\| ([BELC]\d) +\|/gm)].map(([, id = ""]) => id);
    const cited = globSync("test/**/*.t.sol", { cwd: root }).flatMap((path) =>
      [...read(path).matchAll(/(?:test|testFuzz|invariant)_((?:[A-Z]\d_)+)/g)].flatMap(([, ids = ""]) =>
        ids.split("_").filter((id) => id !== ""),
      ),
    );
    expect(rows).to.include.members([...new Set(cited)]);
  });
});
