// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order} from "../../contracts/settlement/Requests.sol";
import {ModelOpening} from "../../contracts/models/ModelIds.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {Merkle} from "./Merkle.sol";

/**
 * @title SmallModel
 * @notice A model of 5-4-3-2 with weights from a seed, computed by plain loops that share nothing with the code under
 * test, and what an operator publishes and an honest or lying one hands out.
 */
library SmallModel {
    uint256 internal constant LAYERS = 3;
    bytes internal constant SPEC = hex"000500_000402_000301_000200";

    /// @notice The rows of each layer, and all vectors: input, hidden ones, output.
    struct Run {
        address publisher;
        bytes[4][3] rows;
        bytes[4] vectors;
    }

    /// @notice Weights and input from `seed`, with the vectors that follow from them.
    function run(bytes32 seed) internal pure returns (Run memory self) {
        self.publisher = address(uint160(uint256(seed)));
        for (uint256 layer = 0; layer < LAYERS; ++layer) {
            for (uint256 index = 0; index < width(layer + 1); ++index) {
                self.rows[layer][index] = _row(seed, layer, index);
            }
        }
        self.vectors[0] = _bytes(keccak256(abi.encode(seed, "input")), width(0));
        for (uint256 layer = 0; layer < LAYERS; ++layer) self.vectors[layer + 1] = _compute(self, layer);
    }

    /// @notice 5, 4, 3, 2.
    function width(uint256 vector) internal pure returns (uint256) {
        return 5 - vector;
    }

    function leaves(Run memory self) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](9);
        uint256 count = 0;
        for (uint256 layer = 0; layer < LAYERS; ++layer) {
            for (uint256 index = 0; index < width(layer + 1); ++index) {
                hashes[count++] = keccak256(bytes.concat(keccak256(self.rows[layer][index])));
            }
        }
    }

    function model(Run memory self) internal pure returns (ModelOpening memory) {
        return ModelOpening(self.publisher, Merkle.tree(leaves(self))[0], SPEC);
    }

    function modelId(Run memory self) internal pure returns (bytes32) {
        return keccak256(abi.encode(self.publisher, Merkle.tree(leaves(self))[0], keccak256(SPEC)));
    }

    /// @notice What the client ordered and the operator answered with these vectors.
    function papers(Run memory self) internal pure returns (Order memory order, Receipt memory receipt) {
        order.modelId = modelId(self);
        order.inputHash = keccak256(self.vectors[0]);
        receipt.outputHash = keccak256(self.vectors[LAYERS]);
        receipt.proofHash = keccak256(abi.encodePacked(hidden(self)));
    }

    function hidden(Run memory self) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](2);
        (hashes[0], hashes[1]) = (keccak256(self.vectors[1]), keccak256(self.vectors[2]));
    }

    /// @notice Evidence that opens one neuron.
    function neuron(
        Run memory self,
        uint256 layer,
        uint256 index
    ) internal pure returns (OptimisticChecker.Neuron memory) {
        uint256 leaf =
            index +
                (
                    layer == 0
                        ? 0
                        : layer == 1
                            ? 4
                            : 7
                );
        return
            OptimisticChecker.Neuron({
                model: model(self),
                layer: layer,
                index: index,
                row: bytes.concat(self.rows[layer][index]),
                rowProof: Merkle.proof(Merkle.tree(leaves(self)), leaf),
                hiddenHashes: hidden(self),
                inputs: self.vectors[layer],
                outputs: self.vectors[layer + 1]
            });
    }

    /// @notice Evidence that opens all rows.
    function rerun(Run memory self) internal pure returns (OptimisticChecker.Rerun memory) {
        bytes memory rows;
        for (uint256 layer = 0; layer < LAYERS; ++layer) {
            for (uint256 index = 0; index < width(layer + 1); ++index) {
                rows = bytes.concat(rows, self.rows[layer][index]);
            }
        }
        return OptimisticChecker.Rerun(model(self), rows, self.vectors[0]);
    }

    function encode(OptimisticChecker.Neuron memory shown) internal pure returns (bytes memory) {
        return abi.encode(OptimisticChecker.Kind.Neuron, abi.encode(shown));
    }

    function encode(OptimisticChecker.Rerun memory shown) internal pure returns (bytes memory) {
        return abi.encode(OptimisticChecker.Kind.Rerun, abi.encode(shown));
    }

    /// @dev Biases are small, so that activations are seldom all zero or all full.
    function _row(bytes32 seed, uint256 layer, uint256 index) private pure returns (bytes memory) {
        bytes32 random = keccak256(abi.encode(seed, layer, index));
        int24 bias = int24(int8(uint8(random[31])));
        bytes memory weights = _bytes(random, width(layer));
        return abi.encodePacked(uint8(layer), uint16(index), bias, weights);
    }

    function _compute(Run memory self, uint256 layer) private pure returns (bytes memory outputs) {
        for (uint256 index = 0; index < width(layer + 1); ++index) {
            bytes memory row = self.rows[layer][index];
            int256 sum = int24(uint24(bytes3(bytes.concat(row[3], row[4], row[5]))));
            for (uint256 i = 0; i < width(layer); ++i) {
                sum += int256(int8(uint8(row[6 + i]))) * int256(uint256(uint8(self.vectors[layer][i])));
            }
            outputs = bytes.concat(outputs, _activation(sum, layer));
        }
    }

    function _activation(int256 sum, uint256 layer) private pure returns (bytes memory) {
        if (layer == LAYERS - 1) return abi.encodePacked(int32(sum));
        if (sum < 0) return hex"00";
        uint256 shifted = uint256(sum) >> uint8(SPEC[3 * layer + 5]);
        return abi.encodePacked(shifted > 255 ? uint8(255) : uint8(shifted));
    }

    function _bytes(bytes32 random, uint256 length) private pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i = 0; i < length; ++i) cut[i] = random[i];
    }
}
