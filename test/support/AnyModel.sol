// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ModelOpening} from "../../contracts/models/ModelIds.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order} from "../../contracts/settlement/Requests.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {Merkle} from "./Merkle.sol";

/**
 * @title AnyModel
 * @notice Models of any shape, with weights from a seed, computed by plain loops that share nothing with the code under
 * test, and what an operator publishes and an honest or lying one hands out.
 */
library AnyModel {
    uint256 internal constant MOST_VECTORS = 5;
    uint256 internal constant MOST_WIDTH = 12;

    /// @notice The rows of each layer, and all vectors: input, hidden ones, output.
    struct Run {
        bytes spec;
        bytes[][] rows;
        bytes[] vectors;
    }

    /// @notice A model of 2 to 5 vectors of width 1 to 12, with an input, and the vectors that follow from it.
    function run(uint256 seed) internal pure returns (Run memory self) {
        uint256 vectors = 2 + (_random(seed, 0, 0) % (MOST_VECTORS - 1));
        self.rows = new bytes[][](vectors - 1);
        self.vectors = new bytes[](vectors);
        for (uint256 i = 0; i < vectors; ++i) {
            uint256 random = _random(seed, 1, i);
            bool isHidden = i != 0 && i != vectors - 1;
            // Mostly such that activations are neither all zero nor all full.
            uint256 shift =
                !isHidden
                    ? 0
                    : random % 4 == 0
                        ? (random >> 8) % 32
                        : 5 + ((random >> 8) % 8);
            self.spec = abi.encodePacked(self.spec, uint16(1 + ((random >> 16) % MOST_WIDTH)), uint8(shift));
        }
        self.vectors[0] = _bytes(_random(seed, 2, 0), width(self, 0), 255);
        for (uint256 layer = 0; layer < vectors - 1; ++layer) {
            self.rows[layer] = new bytes[](width(self, layer + 1));
            for (uint256 index = 0; index < width(self, layer + 1); ++index) {
                self.rows[layer][index] = _row(self, layer, index, _random(seed, 3 + layer, index));
            }
        }
        follow(self, 0);
    }

    /// @notice Computes the vectors after vector `from` from it.
    function follow(Run memory self, uint256 from) internal pure {
        for (uint256 layer = from; layer < self.rows.length; ++layer) {
            bytes memory outputs;
            for (uint256 index = 0; index < self.rows[layer].length; ++index) {
                outputs = bytes.concat(outputs, _neuron(self, layer, index));
            }
            self.vectors[layer + 1] = outputs;
        }
    }

    function width(Run memory self, uint256 vector) internal pure returns (uint256) {
        return (uint256(uint8(self.spec[3 * vector])) << 8) | uint8(self.spec[3 * vector + 1]);
    }

    /// @notice How many bytes a neuron has in the vector that `layer` computes.
    function sizeIn(Run memory self, uint256 layer) internal pure returns (uint256) {
        return layer == self.rows.length - 1 ? 4 : 1;
    }

    /// @notice The tree over all rows.
    function tree(Run memory self) internal pure returns (bytes32[] memory) {
        bytes32[] memory leaves = new bytes32[](leafOf(self, self.rows.length, 0));
        uint256 count = 0;
        for (uint256 layer = 0; layer < self.rows.length; ++layer) {
            for (uint256 index = 0; index < self.rows[layer].length; ++index) {
                leaves[count++] = keccak256(bytes.concat(keccak256(self.rows[layer][index])));
            }
        }
        return Merkle.tree(leaves);
    }

    /// @notice Where a row stands among all rows.
    function leafOf(Run memory self, uint256 layer, uint256 index) internal pure returns (uint256 leaf) {
        for (uint256 i = 0; i < layer; ++i) leaf += self.rows[i].length;
        leaf += index;
    }

    function model(Run memory self) internal pure returns (ModelOpening memory) {
        return ModelOpening(address(0xA11), tree(self)[0], bytes.concat(self.spec));
    }

    function hidden(Run memory self) internal pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](self.vectors.length - 2);
        for (uint256 i = 0; i < hashes.length; ++i) hashes[i] = keccak256(self.vectors[i + 1]);
    }

    /// @notice What the client ordered and the operator answered with these vectors.
    function papers(Run memory self) internal pure returns (Order memory order, Receipt memory receipt) {
        order.modelId = keccak256(abi.encode(address(0xA11), tree(self)[0], keccak256(self.spec)));
        order.inputHash = keccak256(self.vectors[0]);
        receipt.outputHash = keccak256(self.vectors[self.vectors.length - 1]);
        receipt.proofHash = keccak256(abi.encodePacked(hidden(self)));
    }

    /// @notice Evidence that opens one neuron.
    function neuron(
        Run memory self,
        uint256 layer,
        uint256 index
    ) internal pure returns (OptimisticChecker.Neuron memory) {
        return
            OptimisticChecker.Neuron({
                model: model(self),
                layer: layer,
                index: index,
                row: bytes.concat(self.rows[layer][index]),
                rowProof: Merkle.proof(tree(self), leafOf(self, layer, index)),
                hiddenHashes: hidden(self),
                inputs: bytes.concat(self.vectors[layer]),
                outputs: bytes.concat(self.vectors[layer + 1])
            });
    }

    /// @notice Evidence that opens all rows.
    function rerun(Run memory self) internal pure returns (OptimisticChecker.Rerun memory) {
        bytes memory rows;
        for (uint256 layer = 0; layer < self.rows.length; ++layer) {
            for (uint256 index = 0; index < self.rows[layer].length; ++index) {
                rows = bytes.concat(rows, self.rows[layer][index]);
            }
        }
        return OptimisticChecker.Rerun(model(self), rows, bytes.concat(self.vectors[0]));
    }

    /// @dev Any bias, or a small one; any weights, or the greatest, or the least.
    function _row(Run memory self, uint256 layer, uint256 index, uint256 random) private pure returns (bytes memory) {
        uint24 bias = random % 3 == 0 ? uint24(random >> 8) : uint24(int24(int8(uint8(random >> 8))));
        bytes memory weights = _bytes(random, width(self, layer), 127);
        if (random % 5 == 0) for (uint256 i = 0; i < weights.length; ++i) weights[i] = 0x80;
        return abi.encodePacked(uint8(layer), uint16(index), bias, weights);
    }

    function _neuron(Run memory self, uint256 layer, uint256 index) private pure returns (bytes memory) {
        bytes memory row = self.rows[layer][index];
        int256 sum = int24(uint24(bytes3(bytes.concat(row[3], row[4], row[5]))));
        for (uint256 i = 0; i < self.vectors[layer].length; ++i) {
            sum += int256(int8(uint8(row[6 + i]))) * int256(uint256(uint8(self.vectors[layer][i])));
        }
        if (layer == self.rows.length - 1) return abi.encodePacked(int32(sum));
        uint256 shifted = sum < 0 ? 0 : uint256(sum) / 2 ** uint8(self.spec[3 * layer + 5]);
        return abi.encodePacked(shifted > 255 ? uint8(255) : uint8(shifted));
    }

    /// @dev Bytes of a seed; at times all of them the greatest.
    function _bytes(uint256 random, uint256 length, uint8 greatest) private pure returns (bytes memory cut) {
        cut = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            cut[i] = random % 7 == 0 ? bytes1(greatest) : keccak256(abi.encode(random, i))[0];
        }
    }

    function _random(uint256 seed, uint256 what, uint256 place) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, what, place)));
    }
}
