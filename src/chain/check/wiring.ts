/** Whether contracts know each other as the deployment's record says. */
import { ZeroAddress } from "ethers";
import type { Deployment } from "../deployment.ts";
import { ChainError } from "../errors.ts";
import { query } from "../transactions.ts";
import { isSame, OTHER_CONTRACT, right, type Row, rowOf, type Verdict, wrong } from "./rows.ts";
import { type Adapters, happenedTo, NOBODY, type View } from "./view.ts";

/** A contract that another keeps: under which name, what it is, and what it should be. */
type Wire = readonly [name: string, read: () => Promise<string>, expected: string];

/** Every address that a contract keeps of another one, and who may slash. @throws ChainError */
export async function checkWiring(view: View): Promise<Row[]> {
  const rows = Object.entries(wiresOf(view)).map(async ([name, wires]) =>
    rowOf("wiring", name, async () => judge(wires)),
  );
  return Promise.all([
    ...rows,
    rowOf("wiring", "slashers", async () => judgeSlashers(view)),
    rowOf("wiring", "open", async () => judgeOpen(view)),
  ]);
}

async function judge(wires: readonly Wire[]): Promise<Verdict> {
  const found = await query(async () => Promise.all(wires.map(async ([, read]) => read())));
  const broken = wires.flatMap(([name, , expected], index) => {
    const address = found[index] ?? "";
    return isSame(address, expected)
      ? []
      : [`its ${name} is ${address.toLowerCase()}, the deployment file says ${expected}`];
  });
  if (broken.length === 0) return right(`knows ${wires.map(([name]) => name).join(", ")}`);
  return wrong(broken.join("; "), OTHER_CONTRACT);
}

/** The courts, all three of them, and nobody else, now or announced. */
async function judgeSlashers(view: View): Promise<Verdict> {
  const { contracts, deployment } = view;
  const { disclosureCourt, equivocationCourt, validityCourt } = deployment.contracts;
  const courts = { disclosureCourt, equivocationCourt, validityCourt };
  const idle = await query(async () =>
    Promise.all(
      Object.entries(courts).map(async ([name, court]) =>
        (await contracts.bonds.isSlasher(court)) ? [] : [`${name} may not slash`],
      ),
    ),
  );
  const told = happenedTo(view, "bonds", "SlasherAdded", "SlasherRemoved");
  const others = told.flatMap(({ name, block, args }) => {
    const [slasher, time] = [String(args[0]).toLowerCase(), String(args[1])];
    if (name === "SlasherRemoved") return [`${slasher} was removed at block ${block}, it slashes until ${time}`];
    return Object.values(courts).some((court) => isSame(court, slasher))
      ? []
      : [`${slasher} was added at block ${block}, it slashes from ${time} on`];
  });
  const broken = [...idle.flat(), ...others];
  if (broken.length === 0) return right("the three courts slash, and nobody else ever could");
  return wrong(broken.join("; "), "leave before another slasher works, and ask governance what it is for");
}

/** Whether operators can register: asked as a stranger would. */
async function judgeOpen({ contracts: { bonds } }: View): Promise<Verdict> {
  try {
    await query(async () => bonds.register.staticCall(NOBODY, 0n, "", { from: NOBODY }));
    return right("operators can register");
  } catch (thrown) {
    const reason = thrown instanceof ChainError ? thrown.reason : undefined;
    if (reason === "Suspended") return right("operators can register after the suspension");
    if (reason !== "NotOpen") throw thrown;
    return wrong("registration was never opened", "run `surety deploy` again: it goes on where it stopped");
  }
}

function wiresOf({
  contracts,
  adapters,
  deployment: { contracts: at, erc8004 },
}: View): Record<string, readonly Wire[]> {
  const { bonds, keys, escrow, credit, policies, enclaveChecker, snarkChecker, snarkVerifiers } = contracts;
  const { disclosureCourt, equivocationCourt, validityCourt } = contracts;
  const authorityOf = (contract: { authority(): Promise<string> }): Wire => [
    "authority",
    () => contract.authority(),
    at.authority,
  ];
  const courtOf = (court: Pick<typeof validityCourt, "bonds" | "keys" | "ledger" | "escrow" | "policies">): Wire[] => [
    ["bonds", () => court.bonds(), at.bonds],
    ["keys", () => court.keys(), at.keys],
    ["ledger", () => court.ledger(), at.ledger],
    ["escrow", () => court.escrow(), at.escrow],
    ["policies", () => court.policies(), at.policies],
  ];
  const disclosuresOf = (court: Pick<typeof validityCourt, "disclosures">): Wire => [
    "disclosureCourt",
    () => court.disclosures(),
    at.disclosureCourt,
  ];
  return {
    bonds: [["token", () => bonds.token(), at.token], authorityOf(bonds)],
    keys: [["collateral", () => keys.collateral(), at.collateral]],
    escrow: [["token", () => escrow.token(), at.token], ["bonds", () => escrow.bonds(), at.bonds], authorityOf(escrow)],
    credit: [
      ["bonds", () => credit.bonds(), at.bonds],
      ["escrow", () => credit.escrow(), at.escrow],
      authorityOf(credit),
    ],
    policies: [authorityOf(policies)],
    disclosureCourt: courtOf(disclosureCourt),
    equivocationCourt: [...courtOf(equivocationCourt), disclosuresOf(equivocationCourt)],
    validityCourt: [
      ...courtOf(validityCourt),
      disclosuresOf(validityCourt),
      // Nobody judges a signed answer: it is taken at its word.
      ["no checker of signed answers", () => validityCourt.checkerOf(0), ZeroAddress],
      ["enclaveChecker", () => validityCourt.checkerOf(1), at.enclaveChecker],
      ["snarkChecker", () => validityCourt.checkerOf(2), at.snarkChecker],
      ["optimisticChecker", () => validityCourt.checkerOf(3), at.optimisticChecker],
    ],
    enclaveChecker: [
      ["keys", () => enclaveChecker.keys(), at.keys],
      ["models", () => enclaveChecker.models(), at.models],
    ],
    snarkVerifiers: [authorityOf(snarkVerifiers)],
    snarkChecker: [["snarkVerifiers", () => snarkChecker.verifiers(), at.snarkVerifiers]],
    ...(adapters && erc8004 && adapterWires({ adapters, at, erc8004 })),
  };
}

interface Adapted {
  readonly adapters: Adapters;
  readonly at: Deployment["contracts"];
  readonly erc8004: NonNullable<Deployment["erc8004"]>;
}

function adapterWires({ adapters, at, erc8004 }: Adapted): Record<string, readonly Wire[]> {
  const { links, publisher, verdicts, validator } = adapters;
  return {
    links: [
      ["identity", () => links.identity(), erc8004.identity],
      ["bonds", () => links.bonds(), at.bonds],
    ],
    publisher: [
      ["links", () => publisher.links(), erc8004.links],
      ["reputation", () => publisher.reputation(), erc8004.reputation],
      ["bonds", () => publisher.bonds(), at.bonds],
      ["credit", () => publisher.credit(), at.credit],
    ],
    verdicts: [
      ["bonds", () => verdicts.bonds(), at.bonds],
      ["ledger", () => verdicts.ledger(), at.ledger],
      ["escrow", () => verdicts.escrow(), at.escrow],
      ["disclosureCourt", () => verdicts.disclosureCourt(), at.disclosureCourt],
      ["equivocationCourt", () => verdicts.equivocationCourt(), at.equivocationCourt],
      ["validityCourt", () => verdicts.validityCourt(), at.validityCourt],
    ],
    ...(validator && {
      validator: [
        ["validation", () => validator.registry(), erc8004.validation ?? ZeroAddress],
        ["links", () => validator.links(), erc8004.links],
        ["verdicts", () => validator.verdicts(), erc8004.verdicts],
      ],
    }),
  };
}
