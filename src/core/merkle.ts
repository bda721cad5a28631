import { compareBytes, concat, equalBytes, fromHex, type Hex, keccak, toHex } from "./bytes.ts";

/** Bytes of a leaf, of an inner node and of the root. */
const NODE_BYTES = 32;

/** A tree without leaves, a leaf that is not 32 bytes, or an index that is no leaf's. */
export class MerkleError extends Error {
  override readonly name = "MerkleError";
}

/** How a tree is laid out. */
export interface MerkleOptions {
  /** Whether leaves are put in ascending order first (the default, as in OpenZeppelin's) or kept as given. */
  readonly sortLeaves?: boolean;
}

/**
 * A binary Merkle tree in the format of OpenZeppelin's `SimpleMerkleTree`, whose proofs `MerkleProof.sol` verifies.
 *
 * The 2n - 1 nodes are a heap in one flat buffer: the root first, the children of node i at 2i + 1 and 2i + 2, the
 * leaves reversed at the end. A parent is keccak256 of its two children, the smaller first.
 *
 * Nothing marks a leaf as a leaf: whoever defines leaves keeps them from being the hash of 64 bytes chosen by others.
 */
export class MerkleTree {
  /** The root: 32 bytes. */
  readonly root: Hex;
  /** How many leaves the tree has. */
  readonly size: number;
  readonly #nodes: Uint8Array;
  /** Where in the heap each leaf of the given list lies. */
  readonly #positions: Uint32Array;

  private constructor(nodes: Uint8Array, positions: Uint32Array) {
    this.#nodes = nodes;
    this.#positions = positions;
    this.size = positions.length;
    this.root = toHex(nodeAt(nodes, 0));
  }

  /**
   * Builds the tree over leaves of 32 bytes each.
   * @throws MerkleError where there is no leaf, or one is not 32 bytes long
   */
  static of(leaves: readonly Uint8Array[], { sortLeaves = true }: MerkleOptions = {}): MerkleTree {
    if (leaves.length === 0) throw new MerkleError("a tree needs at least one leaf");
    leaves.forEach(checkLeaf);
    const placed = leaves.map((leaf, index) => ({ leaf, index }));
    if (sortLeaves) placed.sort((a, b) => compareBytes(a.leaf, b.leaf));

    const nodes = new Uint8Array((2 * leaves.length - 1) * NODE_BYTES);
    const positions = new Uint32Array(leaves.length);
    placed.forEach(({ leaf, index }, place) => {
      const position = 2 * leaves.length - 2 - place;
      nodes.set(leaf, position * NODE_BYTES);
      positions[index] = position;
    });
    for (let position = leaves.length - 2; position >= 0; position--) {
      const parent = hashPair(nodeAt(nodes, 2 * position + 1), nodeAt(nodes, 2 * position + 2));
      nodes.set(parent, position * NODE_BYTES);
    }
    return new MerkleTree(nodes, positions);
  }

  /**
   * The siblings on the way from a leaf up to the root, lowest first; none in a tree of one leaf.
   * @param index the leaf's place in the list that the tree was built from, whatever the order inside
   * @throws MerkleError where no leaf has that index
   */
  proof(index: number): Hex[] {
    let position = this.#positions[index];
    if (position === undefined) throw new MerkleError(`no leaf ${String(index)} in a tree of ${String(this.size)}`);
    const proof: Hex[] = [];
    while (position > 0) {
      const sibling = position % 2 === 1 ? position + 1 : position - 1;
      proof.push(toHex(nodeAt(this.#nodes, sibling)));
      position = Math.floor((position - 1) / 2);
    }
    return proof;
  }
}

/** A leaf, its siblings up to the root (lowest first), and the root that they should lead to. */
export interface MerkleClaim {
  readonly leaf: Uint8Array;
  readonly proof: readonly Hex[];
  readonly root: Hex;
}

/**
 * Whether the proof leads from the leaf to the root.
 * @throws MerkleError where the leaf is not 32 bytes long
 * @throws HexError where the root or a sibling is not 32 bytes of hexadecimal
 */
export function verifyProof({ leaf, proof, root }: MerkleClaim): boolean {
  checkLeaf(leaf);
  const reached = proof.reduce((node, sibling) => hashPair(node, fromHex(sibling, NODE_BYTES)), leaf);
  return equalBytes(reached, fromHex(root, NODE_BYTES));
}

function checkLeaf(leaf: Uint8Array): void {
  if (leaf.length !== NODE_BYTES) throw new MerkleError(`a leaf is 32 bytes, not ${String(leaf.length)}`);
}

function nodeAt(nodes: Uint8Array, position: number): Uint8Array {
  return nodes.subarray(position * NODE_BYTES, (position + 1) * NODE_BYTES);
}

/** Keccak256 of two nodes, the smaller first, so that a proof needs no left or right. */
function hashPair(a: Uint8Array, b: Uint8Array): Uint8Array {
  return keccak(compareBytes(a, b) <= 0 ? concat(a, b) : concat(b, a));
}
