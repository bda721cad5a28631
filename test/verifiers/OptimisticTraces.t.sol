// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order} from "../../contracts/settlement/Requests.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {AnyModel} from "../support/AnyModel.sol";
import {SmallModel} from "../support/SmallModel.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @dev Models of any shape with any parameters: who computed them as published is convicted by nothing, and whoever
/// changed anything is convicted of it (C1, C2).
contract OptimisticTracesTest is Test {
    using AnyModel for AnyModel.Run;

    OptimisticChecker private _checker;

    function setUp() external {
        _checker = OptimisticChecker(_deploy("contracts/verifiers/OptimisticChecker.sol:OptimisticChecker", ""));
    }

    function testFuzz_C1_noNeuronAndNoRerunOfARightTraceConvicts(uint256 seed) external view {
        AnyModel.Run memory run = AnyModel.run(seed);
        (Order memory order, Receipt memory receipt) = run.papers();
        for (uint256 layer = 0; layer < run.rows.length; ++layer) {
            for (uint256 index = 0; index < run.rows[layer].length; ++index) {
                bytes memory evidence = SmallModel.encode(run.neuron(layer, index));
                vm.assertFalse(_checker.isFaulty(order, receipt, evidence), "neuron");
            }
        }
        vm.assertFalse(_checker.isFaulty(order, receipt, SmallModel.encode(run.rerun())), "rerun");
    }

    /// @dev Whatever stands in the evidence of a neuron, and at whatever place.
    function testFuzz_C1_noAlteredNeuronConvicts(uint256 seed, uint256 kind) external view {
        AnyModel.Run memory run = AnyModel.run(seed);
        (uint256 layer, uint256 index) = _place(run, seed);
        OptimisticChecker.Neuron memory shown = run.neuron(layer, index);
        (uint256 otherLayer, uint256 other) = _place(run, _next(seed));
        kind %= 12;
        if (kind == 0) {
            OptimisticChecker.Neuron memory its = run.neuron(otherLayer, other);
            (shown.row, shown.rowProof) = (its.row, its.rowProof);
        } else if (kind == 1) {
            (shown.row[0], shown.row[1], shown.row[2]) = (bytes1(uint8(otherLayer)), 0, bytes1(uint8(other)));
        } else if (kind == 2) {
            (shown.layer, shown.index) = (otherLayer, other);
        } else if (kind == 3) {
            (shown.layer, shown.index) = (layer + (seed % 3), index + 1);
        } else if (kind == 4) {
            shown.row = _resized(shown.row, seed);
        } else if (kind == 5) {
            shown.inputs = _resized(shown.inputs, seed);
        } else if (kind == 6) {
            shown.outputs = _resized(shown.outputs, seed);
        } else if (kind == 7) {
            (shown.inputs, shown.outputs) = (run.vectors[otherLayer], run.vectors[otherLayer + 1]);
            shown.layer = layer;
        } else if (kind == 8) {
            shown.hiddenHashes = _resized(shown.hiddenHashes, seed);
        } else if (kind == 9) {
            shown.rowProof = _resized(shown.rowProof, seed);
        } else if (kind == 10) {
            shown.model.spec[seed % shown.model.spec.length] ^= 0x01;
        } else {
            // A row as it would have to be.
            shown.row[shown.row.length - 1] ^= bytes1(uint8(1 + (seed % 255)));
        }
        _assertSpared(run, SmallModel.encode(shown));
    }

    function testFuzz_C1_noAlteredRerunConvicts(uint256 seed, uint256 kind) external view {
        AnyModel.Run memory run = AnyModel.run(seed);
        (uint256 layer, uint256 index) = _place(run, seed);
        (uint256 otherLayer, uint256 other) = _place(run, _next(seed));
        OptimisticChecker.Rerun memory shown = run.rerun();
        kind %= 5;
        if (kind == 0) {
            shown.rows = _resized(shown.rows, seed);
        } else if (kind == 1) {
            shown.input = _resized(shown.input, seed);
        } else if (kind == 2) {
            // Rows trade places, siblings among them: the root may stay as it is.
            other = (index ^ 1) % run.rows[layer].length;
            bytes memory row = run.rows[layer][index];
            (run.rows[layer][index], run.rows[layer][other]) = (run.rows[layer][other], row);
            shown.rows = run.rerun().rows;
            (run.rows[layer][other], run.rows[layer][index]) = (run.rows[layer][index], row);
        } else if (kind == 3) {
            bytes memory row = run.rows[layer][index];
            run.rows[layer][index] = run.rows[otherLayer][other];
            shown.rows = run.rerun().rows;
            run.rows[layer][index] = row;
        } else {
            shown.rows[seed % shown.rows.length] ^= bytes1(uint8(1 + (seed % 255)));
        }
        _assertSpared(run, SmallModel.encode(shown));
    }

    /// @dev Any byte of the encoding, those that say where parts begin and how long they are among them.
    function testFuzz_C1_noAlteredByteConvicts(uint256 seed, uint256 place, uint8 change) external view {
        AnyModel.Run memory run = AnyModel.run(seed);
        (uint256 layer, uint256 index) = _place(run, seed);
        bytes memory evidence =
            seed % 3 == 0 ? SmallModel.encode(run.rerun()) : SmallModel.encode(run.neuron(layer, index));
        evidence[place % evidence.length] ^= bytes1(change);
        _assertSpared(run, evidence);
    }

    /// @dev Whether what comes after follows from the wrong vector or from the right one.
    function testFuzz_C2_anyChangedByteIsConvictedByItsNeuronAndByTheRerun(
        uint256 seed,
        uint256 place,
        uint8 change,
        bool isFollowed
    ) external view {
        AnyModel.Run memory run = AnyModel.run(seed);
        (uint256 layer, ) = _place(run, seed);
        bytes memory vector = run.vectors[layer + 1];
        place %= vector.length;
        vector[place] ^= bytes1(uint8(_bound(change, 1, 255)));
        if (isFollowed) run.follow(layer + 1);
        (Order memory order, Receipt memory receipt) = run.papers();
        bytes memory evidence = SmallModel.encode(run.neuron(layer, place / run.sizeIn(layer)));
        vm.assertTrue(_checker.isFaulty(order, receipt, evidence), "neuron");
        vm.assertTrue(_checker.isFaulty(order, receipt, SmallModel.encode(run.rerun())), "rerun");
    }

    function testFuzz_C2_anyWrongLengthIsConvictedByItsVectorAndByTheRerun(uint256 seed) external view {
        AnyModel.Run memory run = AnyModel.run(seed);
        (uint256 layer, uint256 index) = _place(run, seed);
        run.vectors[layer + 1] = _resized(run.vectors[layer + 1], seed);
        (Order memory order, Receipt memory receipt) = run.papers();
        bytes memory evidence = SmallModel.encode(run.neuron(layer, index));
        vm.assertTrue(_checker.isFaulty(order, receipt, evidence), "vector");
        vm.assertTrue(_checker.isFaulty(order, receipt, SmallModel.encode(run.rerun())), "rerun");
    }

    function testFuzz_C2_anyWrongNumberOfVectorsIsConvicted(uint256 seed) external view {
        AnyModel.Run memory run = AnyModel.run(seed);
        (uint256 layer, uint256 index) = _place(run, seed);
        (Order memory order, Receipt memory receipt) = run.papers();
        OptimisticChecker.Neuron memory shown = run.neuron(layer, index);
        shown.hiddenHashes = _resized(shown.hiddenHashes, seed);
        receipt.proofHash = keccak256(abi.encodePacked(shown.hiddenHashes));
        vm.assertTrue(_checker.isFaulty(order, receipt, SmallModel.encode(shown)), "list");
        vm.assertTrue(_checker.isFaulty(order, receipt, SmallModel.encode(run.rerun())), "rerun");
    }

    /// @dev Refused, or found to show nothing.
    function _assertSpared(AnyModel.Run memory run, bytes memory evidence) private view {
        (Order memory order, Receipt memory receipt) = run.papers();
        try _checker.isFaulty(order, receipt, evidence) returns (bool isFaulty) {
            vm.assertFalse(isFaulty, "convicted");
        } catch {
            // It does not belong to the receipt.
        }
    }

    /// @dev Any neuron.
    function _place(AnyModel.Run memory run, uint256 seed) private pure returns (uint256 layer, uint256 index) {
        layer = (_next(seed) >> 32) % run.rows.length;
        index = (_next(seed) >> 64) % run.rows[layer].length;
    }

    function _next(uint256 seed) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, "next")));
    }

    /// @dev Some bytes fewer, or some zeroes more.
    function _resized(bytes memory data, uint256 seed) private pure returns (bytes memory resized) {
        uint256 by = 1 + (_next(seed) % 4);
        bool isCut = (_next(seed) >> 8) % 2 == 0 && by <= data.length;
        resized = new bytes(isCut ? data.length - by : data.length + by);
        for (uint256 i = 0; i < resized.length && i < data.length; ++i) resized[i] = data[i];
    }

    function _resized(bytes32[] memory data, uint256 seed) private pure returns (bytes32[] memory resized) {
        bool isCut = (_next(seed) >> 8) % 2 == 0 && data.length != 0;
        resized = new bytes32[](isCut ? data.length - 1 : data.length + 1);
        for (uint256 i = 0; i < resized.length && i < data.length; ++i) resized[i] = data[i];
    }
}
