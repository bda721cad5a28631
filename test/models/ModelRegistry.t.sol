// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EnclaveKinds} from "../../contracts/enclave/EnclaveKinds.sol";
import {IModelRegistry} from "../../contracts/models/IModelRegistry.sol";
import {IntegerModels} from "../../contracts/models/IntegerModels.sol";
import {ModelRegistry} from "../../contracts/models/ModelRegistry.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract ModelRegistryTest is Test {
    bytes private constant SPEC = hex"000400_000300";
    uint8 private constant OPTIMISTIC = uint8(1 << Modes.OPTIMISTIC);
    uint8 private constant ENCLAVE = uint8(1 << Modes.ENCLAVE);
    uint8 private constant SNARK = uint8(1 << Modes.SNARK);
    uint8 private constant SIGNED = uint8(1 << Modes.SIGNED);

    ModelRegistry private _models = new ModelRegistry();
    address private _publisher = _actor("publisher").addr;
    bytes32 private _id = keccak256(abi.encode(_publisher, bytes32("root"), keccak256(SPEC)));

    function test_publishRecordsTheModelUnderItsId() external {
        vm.expectEmit(address(_models));
        emit IModelRegistry.ModelPublished(_id, _publisher, "root", SPEC, OPTIMISTIC, "ipfs://model");
        vm.assertEq(_publish(SPEC, OPTIMISTIC), _id, "id");

        IModelRegistry.Model memory found = _models.get(_id);
        vm.assertEq(found.publisher, _publisher, "publisher");
        vm.assertEq(found.publishedAt, _now(), "time");
        vm.assertEq(found.modes, OPTIMISTIC, "modes");
    }

    function test_publishRefusesToOverwrite() external {
        _publish(SPEC, OPTIMISTIC);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelAlreadyPublished.selector, _id));
        _publish(SPEC, SIGNED);
    }

    function test_nobodyTakesAnothersModelForHisOwn() external {
        _publish(SPEC, OPTIMISTIC);
        bytes32 copied = _models.publish("root", SPEC, OPTIMISTIC, "ipfs://copy");
        vm.assertNotEq(copied, _id, "another id");
        vm.assertEq(_models.get(_id).publisher, _publisher, "the first stands");
    }

    function test_publishRefusesNoModeAndModesThatDoNotExist() external {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModesInvalid.selector, 0));
        _publish(SPEC, 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModesInvalid.selector, 16));
        _publish(SPEC, 16);
    }

    function test_publishRefusesModesWhoseSpecsDiffer() external {
        uint8[4] memory mixed = [OPTIMISTIC | SNARK, OPTIMISTIC | ENCLAVE, SNARK | ENCLAVE, 15];
        for (uint256 i = 0; i < mixed.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModesInvalid.selector, mixed[i]));
            _publish(SPEC, mixed[i]);
        }
        _publish(SPEC, OPTIMISTIC | SIGNED);
        _publish(new bytes(36), SNARK | SIGNED);
        _publish(hex"00", ENCLAVE | SIGNED);
    }

    function test_publishValidatesTheSpecOfEnclaveModels() external {
        bytes[3] memory wrong = [bytes(""), hex"02", hex"0000"];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(EnclaveKinds.EnclaveSpecInvalid.selector, wrong[i]));
            _publish(wrong[i], ENCLAVE);
        }
        _publish(hex"01", ENCLAVE);
    }

    function test_publishValidatesTheSpecOfSnarkModels() external {
        for (uint256 length = 35; length < 38; length += 2) {
            vm.expectRevert(abi.encodeWithSelector(IModelRegistry.SnarkSpecLengthInvalid.selector, length));
            _publish(new bytes(length), SNARK);
        }
        _publish(new bytes(36), SNARK);
    }

    function test_publishValidatesTheSpecOfOptimisticModelsOnly() external {
        vm.expectRevert(abi.encodeWithSelector(IntegerModels.SpecLengthInvalid.selector, 3));
        _publish(hex"000400", OPTIMISTIC | SIGNED);
        _publish(hex"000400", SIGNED);
    }

    function test_setServingIsTheOperatorsOwnWord() external {
        _publish(SPEC, OPTIMISTIC);
        vm.expectEmit(address(_models));
        emit IModelRegistry.ServingSet(address(this), _id, true);
        _models.setServing(_id, true);
        vm.assertTrue(_models.isServing(address(this), _id), "serving");
        vm.assertFalse(_models.isServing(_publisher, _id), "nobody else");
        _models.setServing(_id, false);
        vm.assertFalse(_models.isServing(address(this), _id), "no longer");
    }

    function test_setServingRefusesUnknownModels() external {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelUnknown.selector, _id));
        _models.setServing(_id, true);
    }

    /// @dev Whatever is changed, the id is another.
    function testFuzz_idBindsPublisherCommitmentAndSpec(address other, bytes32 commitment, bytes calldata spec) external {
        vm.assume(other != _publisher && commitment != "root" && keccak256(spec) != keccak256(SPEC));
        vm.assertNotEq(_publishAs(other, "root", SPEC), _id, "publisher");
        vm.assertNotEq(_publishAs(_publisher, commitment, SPEC), _id, "commitment");
        vm.assertNotEq(_publishAs(_publisher, "root", spec), _id, "spec");
    }

    function _publish(bytes memory spec, uint8 modes) private returns (bytes32) {
        vm.prank(_publisher);
        return _models.publish("root", spec, modes, "ipfs://model");
    }

    function _publishAs(address who, bytes32 commitment, bytes memory spec) private returns (bytes32) {
        vm.prank(who);
        return _models.publish(commitment, spec, SIGNED, "");
    }
}
