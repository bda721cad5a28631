import type { Verdict } from "../chain/prosecution.ts";
import type { Hex } from "../core/bytes.ts";

/** What a line about a case says of it. */
interface OfCase {
  readonly operator: Hex;
  readonly court: Verdict["court"];
  readonly fault: Hex;
  readonly description: string;
}

interface OfBatch {
  readonly operator: Hex;
  readonly root: Hex;
}

/**
 * What a watcher did, a line for each thing. Times in seconds, amounts in the token's smallest unit or, of coin, in the
 * chain's.
 */
export type Report =
  /** The chain was read up to a block. `replaced`: from a block on it is another chain than before. */
  | { readonly what: "followed"; readonly block: number; readonly batches: number; readonly replaced?: number }
  /** A batch was looked at: so many records of it were judged now, so many computed again; `missing` are still to be seen. */
  | (OfBatch & {
      readonly what: "inspected";
      readonly receipts: number;
      readonly reexecuted: number;
      readonly missing: number;
    })
  /** Something of a batch cannot be seen. */
  | (OfBatch & { readonly what: "withheld"; readonly problem: string })
  | (OfCase & { readonly what: "found"; readonly closesAt: bigint })
  /** Evidence is committed to, with a deposit. */
  | (OfCase & { readonly what: "committed" })
  | (OfCase & { readonly what: "convicted"; readonly verdict: Verdict })
  /** Somebody else had it punished. */
  | (OfCase & { readonly what: "beaten" })
  /** Evidence was not opened in time, and its deposit is lost: it is committed to anew. */
  | (OfCase & { readonly what: "lapsed" })
  /** It can no longer be brought. */
  | (OfCase & { readonly what: "expired" })
  /** The court would not take it, or does not. */
  | (OfCase & { readonly what: "refused"; readonly reason: string })
  | (OfBatch & { readonly what: "demanded"; readonly sequence: bigint; readonly isFirst: boolean })
  /** A demand was answered in a way in which the chain's endpoint does not show what was answered. */
  | { readonly what: "unread"; readonly demand: Hex }
  | { readonly what: "claimed"; readonly awards: bigint; readonly coin: bigint }
  /** Batches were forgotten, of which nothing can come any more. */
  | { readonly what: "pruned"; readonly batches: number }
  /** Something could not be done, and is tried again. */
  | { readonly what: "failed"; readonly doing: string; readonly reason: string; readonly message: string };

/** Where lines go. */
export type ReportSink = (line: Report) => void;
