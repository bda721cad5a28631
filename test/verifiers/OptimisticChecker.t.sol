// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IntegerModels} from "../../contracts/models/IntegerModels.sol";
import {ModelIds} from "../../contracts/models/ModelIds.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Order} from "../../contracts/settlement/Requests.sol";
import {OptimisticChecker} from "../../contracts/verifiers/OptimisticChecker.sol";
import {SmallModel} from "../support/SmallModel.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract OptimisticCheckerTest is Test {
    using SmallModel for SmallModel.Run;
    using SmallModel for OptimisticChecker.Neuron;
    using SmallModel for OptimisticChecker.Rerun;

    OptimisticChecker private _checker = new OptimisticChecker();

    /// @dev C1: whoever computed the model as published is convicted by no neuron and no rerun.
    function testFuzz_C1_honestTraceIsNeverConvicted(bytes32 seed) external view {
        SmallModel.Run memory self = SmallModel.run(seed);
        for (uint256 layer = 0; layer < SmallModel.LAYERS; ++layer) {
            for (uint256 index = 0; index < SmallModel.width(layer + 1); ++index) {
                vm.assertFalse(_isFaulty(self, self.neuron(layer, index).encode()), "neuron");
            }
        }
        vm.assertFalse(_isFaulty(self, self.rerun().encode()), "rerun");
    }

    /// @dev C2: one bit of any vector flipped is found in the neuron that it belongs to, and by running again.
    function testFuzz_C2_tamperedNeuronIsConvicted(
        bytes32 seed,
        uint256 vector,
        uint256 place,
        uint8 bit
    ) external view {
        SmallModel.Run memory self = SmallModel.run(seed);
        vector = _bound(vector, 1, SmallModel.LAYERS);
        place = _bound(place, 0, self.vectors[vector].length - 1);
        self.vectors[vector][place] ^= bytes1(uint8(1 << (bit % 8)));
        uint256 index = vector == SmallModel.LAYERS ? place / 4 : place;
        vm.assertTrue(_isFaulty(self, self.neuron(vector - 1, index).encode()), "neuron");
        vm.assertTrue(_isFaulty(self, self.rerun().encode()), "rerun");
    }

    function test_neuronBesideATamperedOneInItsLayerIsNoFault() external view {
        SmallModel.Run memory self = _run();
        self.vectors[1][0] ^= 0x01;
        vm.assertFalse(_isFaulty(self, self.neuron(0, 1).encode()), "another neuron");
    }

    function test_vectorOfTheWrongLengthIsAFaultInEveryLayer() external view {
        for (uint256 vector = 1; vector <= SmallModel.LAYERS; ++vector) {
            SmallModel.Run memory self = _run();
            self.vectors[vector] = bytes.concat(self.vectors[vector], hex"00");
            vm.assertTrue(_isFaulty(self, self.neuron(vector - 1, 0).encode()), "too long");
            self.vectors[vector] = "";
            vm.assertTrue(_isFaulty(self, self.neuron(vector - 1, 0).encode()), "empty");
        }
    }

    function test_wrongNumberOfHiddenHashesIsAFault() external view {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        for (uint256 count = 0; count <= 3; ++count) {
            OptimisticChecker.Neuron memory shown = self.neuron(0, 0);
            shown.hiddenHashes = new bytes32[](count);
            for (uint256 i = 0; i < count && i < 2; ++i) shown.hiddenHashes[i] = self.hidden()[i];
            receipt.proofHash = keccak256(abi.encodePacked(shown.hiddenHashes));
            vm.assertTrue(_checker.isFaulty(order, receipt, shown.encode()) == (count != 2), "two are right");
        }
    }

    function test_threat47_traceOfAnotherInputIsRefused() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        order.inputHash = keccak256("other");
        bytes memory expected = _hashMismatch(order.inputHash, keccak256(self.vectors[0]));
        _expectRefused(order, receipt, self.neuron(0, 0).encode(), expected);
        _expectRefused(order, receipt, self.rerun().encode(), expected);
    }

    function test_threat47_traceOfAnotherOutputIsRefused() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        receipt.outputHash = keccak256("other");
        bytes memory expected = _hashMismatch(receipt.outputHash, keccak256(self.vectors[3]));
        _expectRefused(order, receipt, self.neuron(2, 0).encode(), expected);
        vm.assertTrue(_checker.isFaulty(order, receipt, self.rerun().encode()), "a rerun shows it");
    }

    function test_hiddenVectorsThatTheReceiptDoesNotHoldAreRefused() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        OptimisticChecker.Neuron memory shown = self.neuron(1, 0);
        shown.inputs = "other";
        _expectRefused(order, receipt, shown.encode(), _hashMismatch(self.hidden()[0], keccak256("other")));
        shown = self.neuron(1, 0);
        shown.outputs = "other";
        _expectRefused(order, receipt, shown.encode(), _hashMismatch(self.hidden()[1], keccak256("other")));
        shown.hiddenHashes[0] = 0;
        bytes32 found = keccak256(abi.encodePacked(shown.hiddenHashes));
        _expectRefused(order, receipt, shown.encode(), _hashMismatch(receipt.proofHash, found));
    }

    function test_proofHashThatIsNotTheTracesIsAFaultForARerun() external view {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        receipt.proofHash = 0;
        vm.assertTrue(_checker.isFaulty(order, receipt, self.rerun().encode()), "rerun");
    }

    function test_anotherModelIsRefused() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        bytes32 id = order.modelId;
        order.modelId = keccak256("other");
        bytes memory expected = abi.encodeWithSelector(ModelIds.ModelMismatch.selector, order.modelId, id);
        _expectRefused(order, receipt, self.neuron(0, 0).encode(), expected);
        _expectRefused(order, receipt, self.rerun().encode(), expected);
    }

    function test_invalidSpecIsRefused() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        OptimisticChecker.Neuron memory shown = self.neuron(0, 0);
        shown.model.spec = hex"00";
        _expectRefused(
            order,
            receipt,
            shown.encode(),
            abi.encodeWithSelector(IntegerModels.SpecLengthInvalid.selector, 1)
        );
    }

    function test_rowThatIsNotTheNeuronsIsRefused() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        bytes memory expected = abi.encodeWithSelector(OptimisticChecker.RowMismatch.selector, 0, 0);
        OptimisticChecker.Neuron memory shown = self.neuron(0, 1);
        // A row of the model with its true path, but of the neuron beside it.
        shown.index = 0;
        _expectRefused(order, receipt, shown.encode(), expected);
        shown = self.neuron(0, 0);
        shown.row[6] ^= 0x01;
        _expectRefused(order, receipt, shown.encode(), expected);
        shown = self.neuron(0, 0);
        shown.row = bytes.concat(shown.row, hex"00");
        _expectRefused(order, receipt, shown.encode(), expected);
        shown = self.neuron(0, 0);
        shown.rowProof[0] = 0;
        _expectRefused(order, receipt, shown.encode(), expected);
    }

    function test_neuronsAndLayersThatDoNotExistAreRefused() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        OptimisticChecker.Neuron memory shown = self.neuron(2, 1);
        shown.index = 2;
        _expectRefused(order, receipt, shown.encode(), _neuronUnknown(2, 2));
        (shown.layer, shown.index) = (3, 0);
        _expectRefused(order, receipt, shown.encode(), _neuronUnknown(3, 0));
        (shown.layer, shown.index) = (type(uint256).max, type(uint256).max);
        _expectRefused(order, receipt, shown.encode(), _neuronUnknown(shown.layer, shown.index));
    }

    /// @dev The input is the client's: an operator is not to blame for its length.
    function test_C1_inputOfTheWrongLengthConvictsNobody() external {
        SmallModel.Run memory self = _run();
        self.vectors[0] = bytes.concat(self.vectors[0], hex"00");
        (Order memory order, Receipt memory receipt) = self.papers();
        bytes memory expected = abi.encodeWithSelector(OptimisticChecker.InputLengthInvalid.selector, 6, 5);
        _expectRefused(order, receipt, self.neuron(0, 0).encode(), expected);
        _expectRefused(order, receipt, self.rerun().encode(), expected);
    }

    function test_rerunRefusesRowsThatAreNotTheModels() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        OptimisticChecker.Rerun memory shown = self.rerun();
        uint256 length = shown.rows.length;
        shown.rows = bytes.concat(shown.rows, hex"00");
        _expectRefused(
            order,
            receipt,
            shown.encode(),
            abi.encodeWithSelector(OptimisticChecker.RowsLengthInvalid.selector, length + 1, length)
        );
        shown = self.rerun();
        shown.rows[6] ^= 0x01;
        vm.expectPartialRevert(OptimisticChecker.HashMismatch.selector);
        _checker.isFaulty(order, receipt, shown.encode());
    }

    /// @dev The tree hashes pairs in either order, so siblings that trade places leave its root as it is.
    function test_C1_rerunWithSiblingRowsSwappedConvictsNobody() external {
        SmallModel.Run memory self = _run();
        (Order memory order, Receipt memory receipt) = self.papers();
        bytes32 root = self.model().commitment;
        // Rows 0 and 1 of the first layer are siblings in a tree of nine leaves.
        (self.rows[0][0], self.rows[0][1]) = (self.rows[0][1], self.rows[0][0]);
        vm.assertEq(self.model().commitment, root, "the same root");
        vm.expectRevert(abi.encodeWithSelector(OptimisticChecker.RowMismatch.selector, 0, 0));
        _checker.isFaulty(order, receipt, self.rerun().encode());
    }

    function test_evidenceOfAnUnknownKindIsRefused() external {
        (Order memory order, Receipt memory receipt) = _run().papers();
        vm.expectRevert();
        _checker.isFaulty(order, receipt, abi.encode(uint8(2), bytes("")));
    }

    function _run() private pure returns (SmallModel.Run memory) {
        return SmallModel.run(keccak256("model"));
    }

    function _isFaulty(SmallModel.Run memory self, bytes memory evidence) private view returns (bool) {
        (Order memory order, Receipt memory receipt) = self.papers();
        return _checker.isFaulty(order, receipt, evidence);
    }

    function _expectRefused(
        Order memory order,
        Receipt memory receipt,
        bytes memory evidence,
        bytes memory expected
    ) private {
        vm.expectRevert(expected);
        _checker.isFaulty(order, receipt, evidence);
    }

    function _hashMismatch(bytes32 expected, bytes32 found) private pure returns (bytes memory) {
        return abi.encodeWithSelector(OptimisticChecker.HashMismatch.selector, expected, found);
    }

    function _neuronUnknown(uint256 layer, uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(OptimisticChecker.NeuronUnknown.selector, layer, index);
    }
}
