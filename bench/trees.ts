/** Batch trees, beside OpenZeppelin's. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SimpleMerkleTree } from "@openzeppelin/merkle-tree";
import { MerkleTree } from "../src/core/merkle.ts";
import { makeLeaves, provenOf } from "./leaves.ts";
import { race, rounded, type Row } from "./race.ts";

/** What the tree of a million leaves may take at most, with the leaves and all of Node, in MB. */
const MAX_MEMORY = 300;

/**
 * How fast a tree of so many leaves is built and proves some of them, and how much memory that takes.
 * @param least how long each way works at least, in milliseconds
 */
export async function measureTree(count: number, least: number): Promise<Row[]> {
  const leaves = makeLeaves(count);
  const apart = Array.from({ length: count }, (_, index) => leaves.subarray(32 * index, 32 * index + 32));
  const named = `Merkle tree of ${count.toLocaleString("en-US")} leaves`;
  const speed = await race(
    {
      work: `${named} with proofs, beside @openzeppelin/merkle-tree`,
      ours: () => describe(MerkleTree.ofJoined(leaves), count),
      other: () => describe(theirs(apart), count),
      goal: 50,
    },
    { rounds: 1, least },
  );
  const peak = measurePeak(count);
  const memory = { ours: peak, other: MAX_MEMORY, ratio: rounded(MAX_MEMORY / peak), goal: 1 };
  return [speed, { work: `${named}: MB at its peak, beside what it may take`, ...memory }];
}

function theirs(leaves: Uint8Array[]): Pick<MerkleTree, "root" | "proof"> {
  const tree = SimpleMerkleTree.of(leaves);
  return { root: tree.root as MerkleTree["root"], proof: (index) => tree.getProof(index) as MerkleTree["root"][] };
}

/** What a tree says: root and proofs. */
function describe(tree: Pick<MerkleTree, "root" | "proof">, count: number): string {
  return [tree.root, ...provenOf(count).flatMap((index) => tree.proof(index))].join();
}

function measurePeak(count: number): number {
  const script = fileURLToPath(new URL("treePeak.ts", import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: "" };
  return Number(execFileSync(process.execPath, ["--import", "tsx", script, String(count)], { env, encoding: "utf8" }));
}
