// A process that does nothing but build a tree of so many leaves and take proofs from it: prints its peak memory in MB.
import { MerkleTree } from "../src/core/merkle.ts";
import { makeLeaves, provenOf } from "./leaves.ts";

const count = Number(process.argv[2]);
const tree = MerkleTree.ofJoined(makeLeaves(count));
for (const index of provenOf(count)) tree.proof(index);
console.log(Math.ceil(process.resourceUsage().maxRSS / 1024));
