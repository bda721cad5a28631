import type { Signer } from "ethers";
import type { Contracts } from "../chain/contracts.ts";
import { ChainError } from "../chain/errors.ts";
import { resalted } from "../chain/evidence.ts";
import { providerOf } from "../chain/facts.ts";
import { prospectOf } from "../chain/preflight.ts";
import { type Case, commitEvidence, type EvidenceCase, openCase, type Verdict } from "../chain/prosecution.ts";
import { query } from "../chain/transactions.ts";
import type { Hex } from "../core/bytes.ts";
import { greatest, least } from "../core/numbers.ts";
import { EVIDENCE_LAPSE } from "../core/terms.ts";
import { backoff } from "./backoff.ts";
import type { ReportSink } from "./report.ts";
import type { CaseTable, KeptCase } from "./store/cases.ts";

/** What a docket is made of. */
export interface DocketOptions {
  readonly contracts: Contracts;
  readonly reporter: Signer;
  readonly cases: CaseTable;
  /** 32 fresh bytes. */
  readonly salt: () => Hex;
  readonly report: ReportSink;
}

/** How long before its time is over a case is no longer brought, in seconds: its commitment must be in a block by then. */
const MARGIN = 900n;

/** How long a case waits whose culprit has nothing left to lose, in seconds. */
const PAUSE = 21_600n;

/** Cases on their way to a verdict: each is kept before anything of it is sent, so that it goes on where it was stopped. */
export class Docket {
  readonly #options: DocketOptions;

  constructor(options: DocketOptions) {
    this.#options = options;
  }

  /** Takes every case on that is due: as far as it comes. @param now in seconds */
  async advance(now: bigint): Promise<void> {
    const { cases, report } = this.#options;
    for (const kept of cases.due(now)) {
      try {
        await this.#step(kept, now);
      } catch (cause) {
        if (!(cause instanceof ChainError)) throw cause;
        cases.postpone(kept, now + backoff(kept.tries, EVIDENCE_LAPSE / 12n));
        const { reason, message } = cause;
        report({ what: "failed", doing: `case ${kept.fault} against ${kept.operator}`, reason, message });
      }
    }
  }

  async #step(kept: KeptCase, now: bigint): Promise<void> {
    if (kept.stage === "judged") return this.#lookAgain(kept);
    const brought = this.#toCase(kept);
    if (brought.name === "DisclosureCourt" || kept.stage === "committed") return this.#open(kept, brought, now);
    if (!(await this.#isWorthIt(kept, brought, now))) return;
    // Before it is sent: whoever is stopped in between looks first whether a deposit waits to be opened.
    this.#options.cases.markCommitted(kept);
    await commitEvidence(brought, this.#options.reporter);
    this.#say("committed", kept);
    await this.#open(kept, brought, now);
  }

  /** Whether the court would take the case, and it brings something: else it is closed, or waits. */
  async #isWorthIt(kept: KeptCase, brought: EvidenceCase, now: bigint): Promise<boolean> {
    const { contracts, cases, report } = this.#options;
    const { refusal, closesAt } = await prospectOf(contracts, brought);
    // A reorganisation may bring back what a batch held.
    if (refusal === "ReceiptNotCommitted" && now <= kept.closesAt) {
      cases.postpone(kept, now + backoff(kept.tries, PAUSE));
      return false;
    }
    if (refusal !== undefined) {
      cases.close(kept);
      report({ what: "refused", ...named(kept), reason: refusal });
      return false;
    }
    if (now + MARGIN > closesAt) {
      cases.close(kept);
      this.#say("expired", kept);
      return false;
    }
    if (await query(() => brought.court.isPunished(kept.fault))) {
      const reached = await this.#settledOf(kept);
      if (kept.reached === undefined) this.#say("beaten", kept);
      // What was settled since can be judged besides; else the deposit would only come back.
      if (reached > (kept.reached ?? reached)) return true;
      this.#keepJudged(kept, reached);
      return false;
    }
    const { own } = await query(() => contracts.bonds.slashable(kept.operator));
    if (own > 0n) return true;
    cases.postpone(kept, least(now + PAUSE, greatest(now + 1n, closesAt - 4n * MARGIN)));
    return false;
  }

  async #open(kept: KeptCase, brought: Case, now: bigint): Promise<void> {
    const { reporter, report } = this.#options;
    try {
      const verdict = await openCase(brought, reporter);
      if (verdict === undefined) this.#say("beaten", kept);
      else report({ what: "convicted", ...named(kept), verdict });
      await this.#conclude(kept, verdict);
    } catch (cause) {
      if (!(cause instanceof ChainError)) throw cause;
      this.#goOn(kept, cause, now);
    }
  }

  /** What follows from a court's refusal. */
  #goOn(kept: KeptCase, cause: ChainError, now: bigint): void {
    const { cases, salt } = this.#options;
    switch (cause.reason) {
      case "EvidenceNotCommitted": {
        // A reorganisation took the commitment back, or it was opened and nobody lived to write that down.
        cases.markFound(kept);
        return;
      }
      case "EvidenceLapsed":
        this.#say("lapsed", kept);
        {
          cases.markFound(
            kept,
            resalted(kept.court === "ValidityCourt" ? kept.court : "EquivocationCourt", kept.data, salt()),
          );
          return;
        }
      case "EvidenceTooEarly":
      case "AnswerStillPossible": {
        cases.postpone(kept, now + 1n);
        return;
      }
      case "DemandNotOpen":
        cases.close(kept);
        {
          this.#say("beaten", kept);
          return;
        }
      case "SilenceLapsed":
        cases.close(kept);
        {
          this.#say("expired", kept);
          return;
        }
      default:
        throw cause;
    }
  }

  async #conclude(kept: KeptCase, verdict: Verdict | undefined): Promise<void> {
    const { contracts } = this.#options;
    const block = verdict?.block ?? (await query(() => providerOf(contracts).getBlockNumber()));
    if (kept.court === "DisclosureCourt") this.#options.cases.close(kept, block);
    else this.#keepJudged(kept, await this.#settledOf(kept), block);
  }

  /** Keeps a case that was judged until just before its time is over: more of its price may be settled by then. */
  #keepJudged(kept: KeptCase, reached: bigint, block?: number): void {
    const again = kept.closesAt - EVIDENCE_LAPSE;
    this.#options.cases.markJudged(kept, { reached, again, ...(block === undefined ? {} : { block }) });
  }

  /** Brings a case again where more of its price was settled than when it was judged. */
  async #lookAgain(kept: KeptCase): Promise<void> {
    const { cases, salt } = this.#options;
    if (kept.court === "DisclosureCourt" || (await this.#settledOf(kept)) <= (kept.reached ?? 0n)) {
      cases.close(kept);
      return;
    }
    cases.markFound(kept, resalted(kept.court, kept.data, salt()));
  }

  /** How much of the prices of the receipts that a case is about has been settled. */
  async #settledOf({ operator, stakes }: KeptCase): Promise<bigint> {
    const { escrow } = this.#options.contracts;
    const parts = stakes.map(async ({ payer, client, from, to }) => {
      const { settled } = await query(() => escrow.account(payer, operator, client));
      return greatest(least(settled, BigInt(to)) - BigInt(from), 0n);
    });
    return (await Promise.all(parts)).reduce((sum, part) => sum + part, 0n);
  }

  #toCase({ court, data }: KeptCase): Case {
    const { equivocationCourt, validityCourt, disclosureCourt } = this.#options.contracts;
    switch (court) {
      case "EquivocationCourt":
        return { name: court, court: equivocationCourt, data };
      case "ValidityCourt":
        return { name: court, court: validityCourt, data };
      case "DisclosureCourt":
        return { name: court, court: disclosureCourt, data };
    }
  }

  #say(what: "committed" | "beaten" | "lapsed" | "expired", kept: KeptCase): void {
    this.#options.report({ what, ...named(kept) });
  }
}

function named({ operator, court, fault, description }: KeptCase) {
  return { operator, court, fault, description };
}
