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

    /// @notice The spec is not 2 to 16 records of three bytes.
    error SpecLengthInvalid(uint256 length);
    /// @notice The record of vector `index` has a width or a shift out of bounds.
    error SpecRecordInvalid(uint256 index, uint256 width, uint256 shift);

    /// @notice Reverts unless `spec` describes a model.
    function validate(bytes memory spec) internal pure {
        uint256 vectors = spec.length / RECORD_BYTES;
        require(
            spec.length % RECORD_BYTES == 0 && vectors >= 2 && vectors <= MAX_VECTORS,
            SpecLengthInvalid(spec.length)
        );
        for (uint256 i = 0; i < vectors; ++i) {
            (uint256 width, uint256 shift) = (widthOf(spec, i), shiftOf(spec, i));
            uint256 maxShift = i == 0 || i == vectors - 1 ? 0 : MAX_SHIFT;
            require(width != 0 && width <= MAX_WIDTH && shift <= maxShift, SpecRecordInvalid(i, width, shift));
        }
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
     * @dev Assembly because a neuron of 784 inputs must fit the gas budget of a verdict; `test/models` holds it to the
     * plain loop. The caller makes sure that `rows` holds `inputs.length` bytes from `offset` on.
     */
    function dot(bytes memory rows, uint256 offset, bytes memory inputs) internal pure returns (int256 sum) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            let input := add(inputs, 32)
            let end := add(input, mload(inputs))
            let weight := add(add(rows, 32), offset)
            for {} lt(input, end) {} {
                let x := mload(input)
                let w := mload(weight)
                let count := sub(end, input)
                if gt(count, 32) {
                    count := 32
                }
                for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                    sum := add(sum, mul(signextend(0, byte(i, w)), byte(i, x)))
                }
                input := add(input, 32)
                weight := add(weight, 32)
            }
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
