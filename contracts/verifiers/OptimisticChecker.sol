// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IntegerModels} from "../models/IntegerModels.sol";
import {ModelIds, ModelOpening} from "../models/ModelIds.sol";
import {Receipt} from "../receipts/Receipts.sol";
import {Order} from "../settlement/Requests.sol";
import {IChecker} from "./IChecker.sol";

/**
 * @title OptimisticChecker
 * @notice Proves an integer model's output wrong in one call: by one neuron that breaks its constraint, or by running
 * the whole model again.
 *
 * @dev A receipt of this mode commits to every vector of its inference: the order's `inputHash` to the input, the
 * receipt's `outputHash` to the logits, and its `proofHash` to the hash of the hidden vectors' hashes. If each neuron
 * follows from the vector before it, the output is right by induction. If the output is wrong there is a neuron that
 * does not follow, and two vectors and one row show it. A vector whose hash stands there but whose length is not the
 * model's is a fault by itself. Nobody who computed the model as published can be convicted: the same integers come out
 * everywhere.
 */
contract OptimisticChecker is IChecker {
    /// @notice How a fault is shown. Evidence is `abi.encode(Kind, abi.encode(Neuron or Rerun))`.
    enum Kind {
        Neuron,
        Rerun
    }

    /**
     * @notice One neuron that does not follow from the vector before it.
     * @param layer, index which: layer l computes vector l + 1.
     * @param row, rowProof its weights and their path to the model's commitment.
     * @param hiddenHashes the hashes of all hidden vectors; their hash is the receipt's `proofHash`.
     * @param inputs, outputs the vectors before and after the layer.
     */
    struct Neuron {
        ModelOpening model;
        uint256 layer;
        uint256 index;
        bytes row;
        bytes32[] rowProof;
        bytes32[] hiddenHashes;
        bytes inputs;
        bytes outputs;
    }

    /// @notice All rows in order, and the input.
    struct Rerun {
        ModelOpening model;
        bytes rows;
        bytes input;
    }

    /// @notice A vector, or the list of hidden hashes, is not the one that was committed to.
    error HashMismatch(bytes32 expected, bytes32 found);
    /// @notice There is no such layer, or no such neuron in it.
    error NeuronUnknown(uint256 layer, uint256 index);
    /// @notice The row is not the neuron's in the model.
    error RowMismatch(uint256 layer, uint256 index);
    /// @notice A vector that the client gave, or that is no part of this fault, has the wrong length.
    error InputLengthInvalid(uint256 length, uint256 expected);
    error RowsLengthInvalid(uint256 length, uint256 expected);

    /// @inheritdoc IChecker
    function isFaulty(
        Order calldata order,
        Receipt calldata receipt,
        bytes calldata evidence
    ) external pure returns (bool) {
        (Kind kind, bytes memory body) = abi.decode(evidence, (Kind, bytes));
        if (kind == Kind.Neuron) return _neuronIsWrong(order, receipt, abi.decode(body, (Neuron)));
        return _rerunDiffers(order, receipt, abi.decode(body, (Rerun)));
    }

    function _neuronIsWrong(
        Order calldata order,
        Receipt calldata receipt,
        Neuron memory shown
    ) private pure returns (bool) {
        bytes memory spec = shown.model.spec;
        _requireModel(order, shown.model);
        uint256 layers = IntegerModels.layersOf(spec);
        _requireHash(receipt.proofHash, keccak256(abi.encodePacked(shown.hiddenHashes)));
        if (shown.hiddenHashes.length != layers - 1) return true;

        (uint256 layer, uint256 index) = (shown.layer, shown.index);
        require(layer < layers, NeuronUnknown(layer, index));
        _requireHash(layer == 0 ? order.inputHash : shown.hiddenHashes[layer - 1], keccak256(shown.inputs));
        _requireHash(layer == layers - 1 ? receipt.outputHash : shown.hiddenHashes[layer], keccak256(shown.outputs));
        if (shown.outputs.length != IntegerModels.outputBytesOf(spec, layer)) return true;

        _requireLength(shown.inputs, IntegerModels.widthOf(spec, layer));
        require(index < IntegerModels.widthOf(spec, layer + 1), NeuronUnknown(layer, index));
        _requireRow(shown);
        return IntegerModels.neuron(spec, layer, shown.row, 0, shown.inputs) != _claimed(shown, layer == layers - 1);
    }

    function _rerunDiffers(
        Order calldata order,
        Receipt calldata receipt,
        Rerun memory shown
    ) private pure returns (bool) {
        bytes memory spec = shown.model.spec;
        _requireModel(order, shown.model);
        _requireRows(shown);
        _requireHash(order.inputHash, keccak256(shown.input));
        _requireLength(shown.input, IntegerModels.widthOf(spec, 0));

        uint256 layers = IntegerModels.layersOf(spec);
        bytes32[] memory hiddenHashes = new bytes32[](layers - 1);
        bytes memory vector = shown.input;
        uint256 offset = 0;
        for (uint256 layer = 0; layer < layers; ++layer) {
            (vector, offset) = _runLayer(spec, layer, shown.rows, offset, vector);
            if (layer < layers - 1) hiddenHashes[layer] = keccak256(vector);
        }
        return
            keccak256(vector) != receipt.outputHash || keccak256(abi.encodePacked(hiddenHashes)) != receipt.proofHash;
    }

    /// @dev Computes a layer from its rows, which start at `offset`; returns its vector and where the next rows start.
    function _runLayer(
        bytes memory spec,
        uint256 layer,
        bytes memory rows,
        uint256 offset,
        bytes memory inputs
    ) private pure returns (bytes memory outputs, uint256) {
        outputs = new bytes(IntegerModels.outputBytesOf(spec, layer));
        uint256 width = IntegerModels.widthOf(spec, layer + 1);
        uint256 size = outputs.length / width;
        uint256 rowBytes = IntegerModels.rowBytesOf(spec, layer);
        for (uint256 index = 0; index < width; ++index) {
            uint256 value = IntegerModels.neuron(spec, layer, rows, offset, inputs);
            for (uint256 i = 0; i < size; ++i) {
                outputs[index * size + i] = bytes1(uint8(value >> (8 * (size - 1 - i))));
            }
            offset += rowBytes;
        }
        return (outputs, offset);
    }

    /// @dev The neuron's value as it stands in the vector that the operator committed to.
    function _claimed(Neuron memory shown, bool isLogit) private pure returns (uint256 value) {
        if (!isLogit) return uint8(shown.outputs[shown.index]);
        for (uint256 i = 0; i < IntegerModels.LOGIT_BYTES; ++i) {
            value = (value << 8) | uint8(shown.outputs[shown.index * IntegerModels.LOGIT_BYTES + i]);
        }
    }

    function _requireModel(Order calldata order, ModelOpening memory model) private pure {
        IntegerModels.validate(model.spec);
        ModelIds.requireOpens(order.modelId, model);
    }

    function _requireRow(Neuron memory shown) private pure {
        bytes memory row = shown.row;
        require(
            row.length == IntegerModels.rowBytesOf(shown.model.spec, shown.layer) &&
                IntegerModels.headAt(row, 0) == IntegerModels.rowHead(shown.layer, shown.index) &&
                MerkleProof.verify(shown.rowProof, shown.model.commitment, IntegerModels.leafOf(row, 0, row.length)),
            RowMismatch(shown.layer, shown.index)
        );
    }

    /// @dev Reverts unless `rows` are the model's rows, all of them and in order.
    function _requireRows(Rerun memory shown) private pure {
        bytes memory spec = shown.model.spec;
        uint256 layers = IntegerModels.layersOf(spec);
        uint256 count = 0;
        uint256 length = 0;
        for (uint256 layer = 0; layer < layers; ++layer) {
            uint256 width = IntegerModels.widthOf(spec, layer + 1);
            count += width;
            length += width * IntegerModels.rowBytesOf(spec, layer);
        }
        require(shown.rows.length == length, RowsLengthInvalid(shown.rows.length, length));

        bytes32[] memory leaves = new bytes32[](count);
        uint256 leaf = 0;
        uint256 offset = 0;
        for (uint256 layer = 0; layer < layers; ++layer) {
            uint256 rowBytes = IntegerModels.rowBytesOf(spec, layer);
            uint256 width = IntegerModels.widthOf(spec, layer + 1);
            for (uint256 index = 0; index < width; ++index) {
                // INVARIANT: siblings that trade places leave the root as it is, and would convict an honest operator.
                require(
                    IntegerModels.headAt(shown.rows, offset) == IntegerModels.rowHead(layer, index),
                    RowMismatch(layer, index)
                );
                leaves[leaf++] = IntegerModels.leafOf(shown.rows, offset, rowBytes);
                offset += rowBytes;
            }
        }
        _requireHash(shown.model.commitment, IntegerModels.rootOf(leaves));
    }

    function _requireHash(bytes32 expected, bytes32 found) private pure {
        require(expected == found, HashMismatch(expected, found));
    }

    function _requireLength(bytes memory vector, uint256 expected) private pure {
        require(vector.length == expected, InputLengthInvalid(vector.length, expected));
    }
}
