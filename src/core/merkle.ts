import { compareBytes, equalBytes, fromHex, type Hex, toHex, writeHex } from "./bytes.ts";
import { keccakOfPairs } from "./keccak.ts";

/** Bytes of a leaf, of an inner node and of the root. */
const NODE_BYTES = 32;
const NODE_WORDS = NODE_BYTES / 4;

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
  static of(leaves: readonly Uint8Array[], options?: MerkleOptions): MerkleTree {
    const joined = new Uint8Array(leaves.length * NODE_BYTES);
    leaves.forEach((leaf, index) => {
      checkLeaf(leaf);
      joined.set(leaf, index * NODE_BYTES);
    });
    return MerkleTree.ofJoined(joined, options);
  }

  /**
   * Builds the tree over leaves that lie one after another: a million of them take 100 MB less than each by itself.
   * @param leaves 32 bytes each; copied
   * @throws MerkleError where there is no leaf, or the last one is not whole
   */
  static ofJoined(leaves: Uint8Array, { sortLeaves = true }: MerkleOptions = {}): MerkleTree {
    const size = leaves.length / NODE_BYTES;
    if (size === 0) throw new MerkleError("a tree needs at least one leaf");
    if (!Number.isInteger(size)) throw new MerkleError(`leaves are 32 bytes each, not ${leaves.length} in all`);

    const nodes = new Uint8Array((2 * size - 1) * NODE_BYTES);
    const positions = new Uint32Array(size);
    const order = sortLeaves ? ascending(leaves) : positions.map((_, index) => index);
    for (let place = 0; place < size; place++) positions[order[place] ?? 0] = 2 * size - 2 - place;
    placeLeaves(leaves, positions, nodes);
    // All parents from half of the last one on have their children behind the last one, so they are hashed at once.
    for (let end = size - 1, start = 0; end > 0; end = start) {
      start = end >> 1;
      keccakOfPairs(nodesBetween(nodes, 2 * start + 1, 2 * end + 1), nodesBetween(nodes, start, end));
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
 * @example
 * ```ts
 * import { MerkleTree, verifyProof } from "surety/core";
 *
 * const leaves = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte));
 * const tree = MerkleTree.of(leaves);
 * const [, leaf] = leaves;
 * console.log(leaf && verifyProof({ leaf, proof: tree.proof(1), root: tree.root })); // true
 * console.log(leaf && verifyProof({ leaf, proof: tree.proof(0), root: tree.root })); // false
 * ```
 */
export function verifyProof({ leaf, proof, root }: MerkleClaim): boolean {
  checkLeaf(leaf);
  const pair = new Uint8Array(2 * NODE_BYTES);
  const [reached, other] = [nodeAt(pair, 0), nodeAt(pair, 1)];
  reached.set(leaf);
  for (const sibling of proof) {
    writeHex(sibling, other);
    keccakOfPairs(pair, reached);
  }
  return equalBytes(reached, fromHex(root, NODE_BYTES));
}

function checkLeaf(leaf: Uint8Array): void {
  if (leaf.length !== NODE_BYTES) throw new MerkleError(`a leaf is 32 bytes, not ${String(leaf.length)}`);
}

/** Copies each leaf to its position. In words, since a million small views of bytes would take longer than the hashes. */
function placeLeaves(leaves: Uint8Array, positions: Uint32Array, nodes: Uint8Array): void {
  const aligned = leaves.byteOffset % 4 === 0 ? leaves : leaves.slice();
  const source = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  const target = new Uint32Array(nodes.buffer);
  for (let index = 0, from = 0; index < positions.length; index++) {
    const start = (positions[index] ?? 0) * NODE_WORDS;
    for (let word = 0; word < NODE_WORDS; word++) target[start + word] = source[from++] ?? 0;
  }
}

/**
 * The leaves' indices in ascending order of the leaves, equal ones in the order given.
 *
 * Numbers are sorted many times as fast as anything that a function has to compare. So each leaf is a number of 53 bits,
 * which a double holds exactly: its first bits, and behind them its index. Leaves that begin alike, as few hashes do,
 * are put in order afterwards.
 */
function ascending(leaves: Uint8Array): Uint32Array {
  const size = leaves.length / NODE_BYTES;
  const indexBits = Math.ceil(Math.log2(size));
  const scale = 2 ** indexBits;
  const dropped = Math.max(0, 32 + indexBits - 53);
  const compareLeaves = (a: number, b: number): number => compareBytes(nodeAt(leaves, a), nodeAt(leaves, b));
  const view = new DataView(leaves.buffer, leaves.byteOffset, leaves.length);
  const keys = new Float64Array(size);
  for (let index = 0; index < size; index++) {
    keys[index] = (view.getUint32(index * NODE_BYTES) >>> dropped) * scale + index;
  }
  keys.sort();
  const order = new Uint32Array(size);
  for (let place = 0, start = 0, before = -1; place <= size; place++) {
    const key = keys[place] ?? Infinity;
    const beginning = Math.floor(key / scale);
    if (beginning !== before) {
      if (place - start > 1) order.subarray(start, place).sort(compareLeaves);
      start = place;
      before = beginning;
    }
    if (place < size) order[place] = key - beginning * scale;
  }
  return order;
}

function nodeAt(nodes: Uint8Array, position: number): Uint8Array {
  return nodesBetween(nodes, position, position + 1);
}

function nodesBetween(nodes: Uint8Array, start: number, end: number): Uint8Array {
  return nodes.subarray(start * NODE_BYTES, end * NODE_BYTES);
}
