// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/**
 * @title IntegerModels
 * @notice Feed-forward networks of integers that the EVM computes exactly as every other machine does.
 *
 * @dev A model is a list of vectors: the input, hidden ones, the output. Its `spec` holds three bytes for each: the
 * width (uint16, 1 to 4096) and the shift (uint8; 0 for input and output, at most 31). Input and hidden vectors are
 * uint8, one byte each; the output is raw logits, big-endian int32.
 *
 *     hidden  y = min(255, max(0, bias + sum(w * x)) >> shift)
 *     output  y = bias + sum(w * x)
 *
 * with int8 weights and int24 biases. From types and widths alone |y| <= 4096 * 255 * 128 + 2^23 < 2^31: nothing that
 * fits these types can overflow, so nobody can be convicted by an overflow.
 *
 * A neuron's row is layer (uint8), index (uint16), bias (int24), weights (int8 each). Its leaf is hashed twice; the
 * commitment is the root of all leaves in order, in the format of OpenZeppelin's SimpleMerkleTree.
 */
library IntegerModels {
    uint256 internal constant RECORD_BYTES = 3;
    uint256 internal constant ROW_HEAD_BYTES = 6;
    uint256 internal constant LOGIT_BYTES = 4;
    uint256 internal constant MAX_WIDTH = 4096;
    uint256 internal constant MAX_SHIFT = 31;
    uint256 internal constant MAX_VECTORS = 16;
    /// @notice How many bytes all vectors of an answer have together at most: an operator may have to show them on chain.
    uint256 internal constant MAX_VECTOR_BYTES = 32_768;

    /// @notice The spec is not 2 to 16 records of three bytes.
    error SpecLengthInvalid(uint256 length);
    /// @notice The record of vector `index` has a width or a shift out of bounds.
    error SpecRecordInvalid(uint256 index, uint256 width, uint256 shift);
    /// @notice The vectors have more bytes together than an answer on chain may take.
    error SpecTooLarge(uint256 vectorBytes);

    /// @notice Reverts unless `spec` describes a model.
    function validate(bytes memory spec) internal pure {
        uint256 vectors = spec.length / RECORD_BYTES;
        require(
            spec.length % RECORD_BYTES == 0 && vectors >= 2 && vectors <= MAX_VECTORS,
            SpecLengthInvalid(spec.length)
        );
        uint256 size = (LOGIT_BYTES - 1) * widthOf(spec, vectors - 1);
        for (uint256 i = 0; i < vectors; ++i) {
            (uint256 width, uint256 shift) = (widthOf(spec, i), shiftOf(spec, i));
            uint256 maxShift = i == 0 || i == vectors - 1 ? 0 : MAX_SHIFT;
            require(width != 0 && width <= MAX_WIDTH && shift <= maxShift, SpecRecordInvalid(i, width, shift));
            size += width;
        }
        require(size <= MAX_VECTOR_BYTES, SpecTooLarge(size));
    }

    /// @notice How many layers of weights a model has: one fewer than vectors.
    function layersOf(bytes memory spec) internal pure returns (uint256) {
        return spec.length / RECORD_BYTES - 1;
    }

    /// @notice The width of vector `index`; the input is vector 0, and layer l turns vector l into vector l + 1.
    function widthOf(bytes memory spec, uint256 index) internal pure returns (uint256) {
        uint256 record = index * RECORD_BYTES;
        return (uint256(uint8(spec[record])) << 8) | uint8(spec[record + 1]);
    }

    /// @notice The shift of vector `index`.
    function shiftOf(bytes memory spec, uint256 index) internal pure returns (uint256) {
        return uint8(spec[index * RECORD_BYTES + 2]);
    }

    /// @notice How many bytes the vector that `layer` computes has.
    function outputBytesOf(bytes memory spec, uint256 layer) internal pure returns (uint256) {
        uint256 width = widthOf(spec, layer + 1);
        return layer + 1 == layersOf(spec) ? width * LOGIT_BYTES : width;
    }

    /// @notice How many bytes one row of `layer` has.
    function rowBytesOf(bytes memory spec, uint256 layer) internal pure returns (uint256) {
        return ROW_HEAD_BYTES + widthOf(spec, layer);
    }

    /// @notice The first three bytes of the row at `offset` in `rows`: layer and index.
    function headAt(bytes memory rows, uint256 offset) internal pure returns (bytes3) {
        return bytes3(bytes.concat(rows[offset], rows[offset + 1], rows[offset + 2]));
    }

    /// @notice The first three bytes that the row of neuron `index` in `layer` must have.
    function rowHead(uint256 layer, uint256 index) internal pure returns (bytes3) {
        return bytes3(uint24((layer << 16) | index));
    }

    /**
     * @notice Computes one neuron, as it stands in its vector: a byte, or a logit as an int32 in the low four bytes.
     * @param spec a valid spec.
     * @param rows bytes that hold the neuron's row from `offset` on, whole.
     * @param inputs the vector before, of the right width.
     */
    function neuron(
        bytes memory spec,
        uint256 layer,
        bytes memory rows,
        uint256 offset,
        bytes memory inputs
    ) internal pure returns (uint256) {
        int256 sum = biasOf(rows, offset) + dot(rows, offset + ROW_HEAD_BYTES, inputs);
        if (layer + 1 == layersOf(spec)) return uint32(int32(sum));
        uint256 activation = (sum < 0 ? 0 : uint256(sum)) >> shiftOf(spec, layer + 1);
        return activation > 255 ? 255 : activation;
    }

    /// @notice The bias in the row that starts at `offset`.
    function biasOf(bytes memory rows, uint256 offset) internal pure returns (int256) {
        return
            int24(
                (uint24(uint8(rows[offset + 3])) << 16) |
                    (uint24(uint8(rows[offset + 4])) << 8) |
                    uint8(rows[offset + 5])
            );
    }

    /**
     * @notice The sum of int8 weights, from `offset` in `rows`, times uint8 inputs.
     * @dev Eight products at once, because a neuron of 784 inputs must fit the gas budget of a verdict; `test/models` holds
     * it to the plain loop. Every fourth byte of a word makes a word of eight lanes of 32 bits. In the product of two such
     * words the highest lane has the sum of lane i of the one times lane 7 - i of the other, so the weights' lanes are
     * turned round first; no lane overflows, since 8 * 255 * 255 < 2^32. Weights are taken as w + 128, and 128 times the
     * sum of all inputs off again in the end. The caller makes sure that `rows` holds `inputs.length` bytes from `offset` on.
     */
    function dot(bytes memory rows, uint256 offset, bytes memory inputs) internal pure returns (int256 sum) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let mask := 0x000000ff000000ff000000ff000000ff000000ff000000ff000000ff000000ff
            let odd := 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff
            let low := 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff
            let bias := 0x8080808080808080808080808080808080808080808080808080808080808080
            let input := add(inputs, 32)
            let end := add(input, mload(inputs))
            // From an input to the weight at the same place.
            let distance := sub(add(add(rows, 32), offset), input)
            let all := 0
            for {} lt(input, end) {
                input := add(input, 32)
            } {
                let x := mload(input)
                // What follows the last input does not count, whatever stands there.
                if lt(sub(end, input), 32) {
                    x := and(x, not(shr(shl(3, sub(end, input)), not(0))))
                }
                let w := xor(mload(add(input, distance)), bias)
                w := or(shl(32, and(w, odd)), and(shr(32, w), odd))
                w := or(shl(64, and(w, low)), and(shr(64, w), low))
                w := or(shl(128, w), shr(128, w))

                let lanes := and(x, mask)
                sum := add(sum, shr(224, mul(lanes, and(w, mask))))
                all := add(all, lanes)
                lanes := and(shr(8, x), mask)
                sum := add(sum, shr(224, mul(lanes, and(shr(8, w), mask))))
                all := add(all, lanes)
                lanes := and(shr(16, x), mask)
                sum := add(sum, shr(224, mul(lanes, and(shr(16, w), mask))))
                all := add(all, lanes)
                lanes := and(shr(24, x), mask)
                sum := add(sum, shr(224, mul(lanes, and(shr(24, w), mask))))
                all := add(all, lanes)
            }
            let ones := 0x0000000100000001000000010000000100000001000000010000000100000001
            sum := sub(sum, shl(7, shr(224, mul(all, ones))))
        }
    }

    /// @notice The leaf of the row of `length` bytes at `offset` in `rows`.
    /// @dev Assembly because a part of a byte string cannot be hashed without copying it.
    function leafOf(bytes memory rows, uint256 offset, uint256 length) internal pure returns (bytes32 leaf) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(0, keccak256(add(add(rows, 32), offset), length))
            leaf := keccak256(0, 32)
        }
    }

    /// @notice The root over leaves in order. At least one leaf.
    /// @dev Pairs are hashed in either order, so the root alone does not fix the leaves' places: rows carry theirs.
    /// The tree's array has its root at 0, the children of i at 2i + 1 and 2i + 2, and the leaves reversed at the
    /// end.
    function rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        uint256 count = leaves.length;
        bytes32[] memory nodes = new bytes32[](2 * count - 1);
        for (uint256 i = 0; i < count; ++i) {
            nodes[2 * count - 2 - i] = leaves[i];
        }
        for (uint256 i = count - 1; i > 0; --i) {
            nodes[i - 1] = Hashes.commutativeKeccak256(nodes[2 * i - 1], nodes[2 * i]);
        }
        return nodes[0];
    }
}
