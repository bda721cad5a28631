/** What a deployment is in now: suspended or not, with which token, which verifiers, and how fresh Intel's word is. */
import { ZeroAddress } from "ethers";
import { durationText } from "../../core/durations.ts";
import { lower } from "../history.ts";
import { testnets } from "../networks.ts";
import { knownRegistries } from "../registries.ts";
import { textOf } from "../text.ts";
import { query } from "../transactions.ts";
import { isTestToken } from "./code.ts";
import { isSame, notable, OTHER_CONTRACT, right, type Row, rowOf, type Verdict, worst, wrong } from "./rows.ts";
import { happenedTo, type View } from "./view.ts";

const DAY = 86_400n;

/** How long before its end Intel's word is worth a warning. */
const SOON = 7n * DAY;

/** @throws ChainError where the chain cannot be read */
export async function checkState(view: View): Promise<Row[]> {
  return Promise.all([
    rowOf("state", "token", async () => judgeToken(view)),
    rowOf("state", "suspension", async () => judgeSuspension(view)),
    rowOf("state", "verifiers", async () => judgeVerifiers(view)),
    rowOf("state", "collateral", async () => judgeCollateral(view)),
  ]);
}

async function judgeToken(view: View): Promise<Verdict> {
  const { contracts, deployment, provider, block } = view;
  if ((await query(() => provider.getCode(deployment.contracts.token, block))) === "0x") {
    return wrong("there is no code at its address", OTHER_CONTRACT);
  }
  const [decimals, names] = await query(async () =>
    Promise.all([contracts.token.decimals(), contracts.token.symbol.staticCallResult().catch(() => undefined)]),
  );
  const symbol = textOf(() => names?.[0] ?? "").replace(/\P{L}/gu, "") || "a token without a name";
  const says = `${symbol}, ${decimals} decimals`;
  if (!(await isTestToken(view))) return right(says);
  const free = `${says}: the test token, which anybody can make more of`;
  if (testnets.has(deployment.chainId)) return right(free);
  if (knownRegistries.has(deployment.chainId))
    return wrong(free, "deploy with a token that is worth something: --token");
  return notable(free, "use it on chains for trying alone");
}

async function judgeSuspension({ contracts: { bonds }, time }: View): Promise<Verdict> {
  const { start, end } = await query(() => bonds.suspension());
  if (end === 0n) return right("never suspended");
  if (end <= time) return right(`not suspended; it was from ${start} to ${end}`);
  const says = `suspended until ${end}: nobody enters, withdraws bond or is slashed`;
  return notable(says, "nothing: it ends by itself; see docs/incidents.md");
}

/** The proofs' verifiers: ours, as it was admitted; others are governance's, and harm only models that name them. */
async function judgeVerifiers(view: View): Promise<Verdict> {
  const { contracts, deployment } = view;
  const told = happenedTo(view, "snarkVerifiers", "VerifierAdmitted");
  const verdicts = await query(async () =>
    Promise.all(
      told.map(async ({ block, args }) => {
        const [hash, verifier] = [args.getValue("codeHash") as string, lower(args.getValue("verifier") as string)];
        const found = await contracts.snarkVerifiers.requireVerifier(hash).catch(() => ZeroAddress);
        if (!isSame(found, verifier)) return wrong(`the code of ${verifier} is not what was admitted`, OTHER_CONTRACT);
        if (isSame(verifier, deployment.contracts.irisVerifier)) return right(verifier);
        const says = `${verifier} was admitted at block ${block}, code ${hash}`;
        return notable(says, "read its sources before you use a model that names it");
      }),
    ),
  );
  const isOurs = told.some(({ args }) =>
    isSame(args.getValue("verifier") as string, deployment.contracts.irisVerifier),
  );
  const missing = isOurs ? [] : [wrong("the iris verifier is not admitted", "run `surety deploy` again")];
  return worst([...missing, ...verdicts], "the iris verifier is admitted, by its code");
}

/** What Intel says of its platforms: without it, or after its end, no key is registered by a quote. */
async function judgeCollateral(view: View): Promise<Verdict> {
  const kept = new Map(
    happenedTo(view, "collateral", "AuthorityKept", "RevocationsKept", "TcbInfoKept", "QeIdentityKept").map(
      ({ name, args }) => {
        // The quoting enclave is one for all; the others are of an authority or a family of platforms.
        const whose = name === "QeIdentityKept" ? "" : String(args[0]);
        const until = args.getValue(name === "RevocationsKept" ? "nextUpdate" : "validUntil") as bigint;
        return [`${name.replace(/Kept$/, "")} ${whose}`.trim(), until];
      },
    ),
  );
  if (kept.size === 0)
    return right("nothing of Intel's is kept: no key is registered by a quote until somebody brings it");
  const verdicts = [...kept].map(([what, until]) => {
    if (until <= view.time) return notable(`${what} ended at ${until}`, BRING);
    if (until <= view.time + SOON) return notable(`${what} ends in ${durationText(until - view.time)}`, BRING);
    return right(what);
  });
  return worst(
    verdicts,
    `fresh: the first of ${kept.size} parts ends in ${durationText(least([...kept.values()]) - view.time)}`,
  );
}

const BRING = "bring Intel's newer word to the contract (bringCollateral): until then no key is registered by a quote";

function least(values: readonly bigint[]): bigint {
  return values.reduce((one, other) => (one < other ? one : other));
}
