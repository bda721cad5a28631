// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Intervals} from "../../contracts/access/Intervals.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {IModelRegistry} from "../../contracts/models/IModelRegistry.sol";
import {ModelRegistry} from "../../contracts/models/ModelRegistry.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract MeasurementsTest is Test {
    uint256 private constant START = 1_800_000_000;
    bytes32 private constant MEASUREMENT = keccak256("measurement");

    ModelRegistry private _models;
    address private _publisher = _actor("publisher").addr;
    bytes32 private _id;

    function setUp() public {
        vm.warp(START);
        _models = new ModelRegistry();
        vm.prank(_publisher);
        _id = _models.publish("code", hex"00", uint8(1 << Modes.ENCLAVE), "");
    }

    function test_allowedFromThisBlockOnForThisModelAlone() external {
        vm.expectEmit(address(_models));
        emit IModelRegistry.MeasurementAllowed(_id, MEASUREMENT, uint48(START));
        _allow();
        vm.assertFalse(_allowedAt(START - 1), "the second before");
        vm.assertTrue(_allowedAt(START), "from now on");
        vm.assertFalse(_models.isMeasurementAllowedAt("other", MEASUREMENT, START), "another model");
        vm.assertFalse(_models.isMeasurementAllowedAt(_id, "other", START), "another measurement");
        vm.assertFalse(_models.isMeasurementAllowedAt(_id, 0, START), "keys without an enclave");
    }

    function test_onlyThePublisherAllowsAndEnds() external {
        bytes memory refusal = abi.encodeWithSelector(IModelRegistry.NotPublisher.selector, _id, address(this));
        vm.expectRevert(refusal);
        _models.allowMeasurement(_id, MEASUREMENT);
        _allow();
        vm.expectRevert(refusal);
        _models.endMeasurement(_id, MEASUREMENT, uint48(START + 10 days));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotPublisher.selector, bytes32("none"), address(this)));
        _models.allowMeasurement("none", MEASUREMENT);
    }

    function test_zeroIsNoMeasurement() external {
        vm.expectRevert(IModelRegistry.MeasurementZero.selector);
        vm.prank(_publisher);
        _models.allowMeasurement(_id, 0);
    }

    function test_endTakesEffectAfterTheNoticeAtTheEarliest() external {
        _allow();
        uint48 earliest = uint48(START + Clocks.KEY_NOTICE);
        _expectEndRefused(earliest - 1, type(uint48).max);
        _end(earliest - 1);

        vm.expectEmit(address(_models));
        emit IModelRegistry.MeasurementEndSet(_id, MEASUREMENT, earliest);
        _end(earliest);
        vm.assertTrue(_allowedAt(earliest - 1), "its last second");
        vm.assertFalse(_allowedAt(earliest), "no longer");
    }

    function test_threat42_endIsNeverPutOffNorRewritten() external {
        _allow();
        uint48 end = uint48(START + 10 days);
        _end(end);
        _expectEndRefused(end, end);
        _end(end);
        _expectEndRefused(type(uint48).max, end);
        _end(type(uint48).max);
        _end(end - 1);
        _wait(20 days);
        _expectEndRefused(end, end - 1, uint48(_now() + Clocks.KEY_NOTICE));
        _end(end);
        vm.assertTrue(_allowedAt(end - 2), "the past stands");
    }

    function test_whatHasEndedIsNeverAllowedAgain() external {
        _allow();
        bytes memory refusal = abi.encodeWithSelector(
            IModelRegistry.MeasurementAlreadyAllowed.selector,
            _id,
            MEASUREMENT
        );
        vm.expectRevert(refusal);
        _allow();
        _end(uint48(START + Clocks.KEY_NOTICE));
        _wait(2 days);
        vm.expectRevert(refusal);
        _allow();
    }

    function test_endRefusesWhatWasNeverAllowed() external {
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.MeasurementNotAllowed.selector, _id, MEASUREMENT)
        );
        _end(uint48(START + 10 days));
    }

    /// @dev Whatever ends are set, no second of the past, nor of the notice, changes its answer.
    function testFuzz_threat42_pastNeverChanges(uint256 asked, uint48[3] calldata ends, uint256[3] calldata waits) external {
        _allow();
        for (uint256 i = 0; i < 3; ++i) {
            _wait(_bound(waits[i], 0, 3 days));
            uint256 time = _bound(asked, START - 1, _now() + Clocks.KEY_NOTICE - 1);
            bool before = _allowedAt(time);
            vm.prank(_publisher);
            try _models.endMeasurement(_id, MEASUREMENT, uint48(_bound(ends[i], START, START + 12 days))) {} catch {}
            vm.assertTrue(_allowedAt(time) == before, "changed");
        }
    }

    function _allow() private {
        vm.prank(_publisher);
        _models.allowMeasurement(_id, MEASUREMENT);
    }

    function _end(uint48 until) private {
        vm.prank(_publisher);
        _models.endMeasurement(_id, MEASUREMENT, until);
    }

    function _allowedAt(uint256 time) private view returns (bool) {
        return _models.isMeasurementAllowedAt(_id, MEASUREMENT, time);
    }

    function _expectEndRefused(uint48 until, uint48 latest) private {
        _expectEndRefused(until, latest, uint48(START + Clocks.KEY_NOTICE));
    }

    function _expectEndRefused(uint48 until, uint48 latest, uint48 earliest) private {
        vm.expectRevert(abi.encodeWithSelector(Intervals.EndOutOfRange.selector, until, earliest, latest));
    }
}
