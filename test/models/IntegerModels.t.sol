// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IntegerModels} from "../../contracts/models/IntegerModels.sol";
import {IntegerModelsHarness} from "../support/IntegerModelsHarness.sol";
import {Merkle} from "../support/Merkle.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract IntegerModelsTest is Test {
    IntegerModelsHarness private _harness = new IntegerModelsHarness();

    function test_validateTakesTheSmallestAndTheLargestSpec() external view {
        _harness.validate(hex"000100_000100");
        _harness.validate(hex"100000_10001f_100000");
        _harness.validate(bytes.concat(_largest(), hex"03fe00"));
    }

    function test_validateRefusesVectorsThatNoAnswerOnChainCouldShow() external {
        vm.expectRevert(abi.encodeWithSelector(IntegerModels.SpecTooLarge.selector, 32_772));
        _harness.validate(bytes.concat(_largest(), hex"03ff00"));
    }

    function test_validateRefusesSpecsOfTheWrongLength() external {
        uint256[6] memory lengths = [uint256(0), 3, 5, 7, 50, 51];
        for (uint256 i = 0; i < lengths.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IntegerModels.SpecLengthInvalid.selector, lengths[i]));
            _harness.validate(new bytes(lengths[i]));
        }
    }

    function test_validateRefusesWidthsAndShiftsOutOfBounds() external {
        _expectRecordInvalid(0, 0, 0);
        _harness.validate(hex"000000_000100");
        _expectRecordInvalid(1, 4097, 0);
        _harness.validate(hex"000100_100100");
        _expectRecordInvalid(1, 1, 32);
        _harness.validate(hex"000100_000120_000100");
        _expectRecordInvalid(0, 1, 1);
        _harness.validate(hex"000101_000100");
        _expectRecordInvalid(1, 1, 1);
        _harness.validate(hex"000100_000101");
    }

    /// @dev 4,096 bytes of input and 14 hidden vectors of 1,756: with 1,022 logits, as much as there may be.
    function _largest() private pure returns (bytes memory spec) {
        spec = hex"100000";
        for (uint256 i = 0; i < 14; ++i) spec = bytes.concat(spec, hex"06dc1f");
    }

    function test_sizesFollowFromTheSpec() external pure {
        bytes memory spec = hex"031000_004007_000a00";
        vm.assertEq(IntegerModels.layersOf(spec), 2, "layers");
        vm.assertEq(IntegerModels.widthOf(spec, 0), 784, "input's width");
        vm.assertEq(IntegerModels.shiftOf(spec, 1), 7, "hidden shift");
        vm.assertEq(IntegerModels.outputBytesOf(spec, 0), 64, "a byte for each activation");
        vm.assertEq(IntegerModels.outputBytesOf(spec, 1), 40, "four for each logit");
        vm.assertEq(IntegerModels.rowBytesOf(spec, 0), 790, "head and weights");
        vm.assertEq(bytes32(IntegerModels.rowHead(1, 0x0a0b)), bytes32(bytes3(hex"010a0b")), "head");
    }

    function test_biasIsASignedNumberOfThreeBytes() external pure {
        vm.assertEq(IntegerModels.biasOf(hex"000000_7fffff", 0), 8_388_607, "greatest");
        vm.assertEq(IntegerModels.biasOf(hex"000000_800000", 0), -8_388_608, "least");
        vm.assertEq(IntegerModels.biasOf(hex"ff000000_ffffff", 1), -1, "from an offset");
    }

    /// @dev No neuron that fits its types overflows an int32: the bound at the greatest width, both ways.
    function test_neuronHoldsTheExtremesOfTheGreatestWidth() external view {
        bytes memory spec = hex"100000_000100";
        bytes memory inputs = _filled(4096, 0xff);
        uint256 least = _harness.neuron(spec, 0, bytes.concat(hex"000000_800000", _filled(4096, 0x80)), inputs);
        vm.assertEq(int256(int32(uint32(least))), -4096 * 255 * 128 - 8_388_608, "least");
        uint256 greatest = _harness.neuron(spec, 0, bytes.concat(hex"000000_7fffff", _filled(4096, 0x7f)), inputs);
        vm.assertEq(int256(int32(uint32(greatest))), 4096 * 255 * 127 + 8_388_607, "greatest");
    }

    function test_hiddenNeuronShiftsAndClamps() external view {
        bytes memory spec = hex"000100_000101_000100";
        vm.assertEq(_harness.neuron(spec, 0, hex"000000_ffffff_00", hex"00"), 0, "below zero");
        vm.assertEq(_harness.neuron(spec, 0, hex"000000_000000_00", hex"00"), 0, "zero");
        vm.assertEq(_harness.neuron(spec, 0, hex"000000_000001_01", hex"02"), 1, "3 >> 1");
        vm.assertEq(_harness.neuron(spec, 0, hex"000000_0001ff_00", hex"00"), 255, "511 >> 1");
        vm.assertEq(_harness.neuron(spec, 0, hex"000000_000200_00", hex"00"), 255, "512 >> 1 is clamped");
    }

    function test_logitIsNeitherShiftedNorClamped() external view {
        bytes memory spec = hex"000100_000100";
        vm.assertEq(_harness.neuron(spec, 0, hex"000000_fffffe_00", hex"00"), 0xfffffffe, "-2");
        vm.assertEq(_harness.neuron(spec, 0, hex"000000_000300_00", hex"00"), 768, "above a byte");
    }

    /// @dev The assembly against the plain loop, at every alignment of row and length.
    function testFuzz_dotEqualsThePlainLoop(bytes calldata seed, uint256 offset, uint256 length) external pure {
        offset = _bound(offset, 0, 70);
        length = _bound(length, 0, 130);
        bytes memory rows = _stretch(keccak256(seed), offset + length);
        bytes memory inputs = _stretch(keccak256(rows), length);
        int256 expected = 0;
        for (uint256 i = 0; i < length; ++i) {
            expected += int256(int8(uint8(rows[offset + i]))) * int256(uint256(uint8(inputs[i])));
        }
        vm.assertEq(IntegerModels.dot(rows, offset, inputs), expected, "dot");
    }

    function testFuzz_leafHashesTheRowTwice(bytes calldata seed, uint256 offset, uint256 length) external pure {
        offset = _bound(offset, 0, 70);
        length = _bound(length, 1, 130);
        bytes memory rows = _stretch(keccak256(seed), offset + length);
        bytes memory row = new bytes(length);
        for (uint256 i = 0; i < length; ++i) row[i] = rows[offset + i];
        bytes32 expected = keccak256(bytes.concat(keccak256(row)));
        vm.assertEq(IntegerModels.leafOf(rows, offset, length), expected, "leaf");
    }

    function testFuzz_rootVerifiesEveryLeafWithOpenZeppelin(bytes32 seed, uint256 count) external pure {
        count = _bound(count, 1, 40);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode(seed, i));
        bytes32 root = IntegerModels.rootOf(leaves);
        bytes32[] memory nodes = Merkle.tree(leaves);
        for (uint256 i = 0; i < count; ++i) {
            vm.assertTrue(MerkleProof.verify(Merkle.proof(nodes, i), root, leaves[i]), "leaf is in");
        }
    }

    function _expectRecordInvalid(uint256 index, uint256 width, uint256 shift) private {
        vm.expectRevert(abi.encodeWithSelector(IntegerModels.SpecRecordInvalid.selector, index, width, shift));
    }

    function _filled(uint256 length, bytes1 value) private pure returns (bytes memory filled) {
        filled = new bytes(length);
        for (uint256 i = 0; i < length; ++i) filled[i] = value;
    }

    function _stretch(bytes32 seed, uint256 length) private pure returns (bytes memory stretched) {
        stretched = new bytes(length);
        for (uint256 i = 0; i < length; ++i) stretched[i] = keccak256(abi.encode(seed, i / 32))[i % 32];
    }
}
