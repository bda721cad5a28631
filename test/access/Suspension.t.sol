// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Suspension} from "../../contracts/access/Suspension.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @dev A suspension from 100 to 150, and timers that lie before it, across it, in it and after it.
contract SuspensionTest is Test {
    using Suspension for Suspension.Period;

    function test_whereThereWasNoneNothingIsExtended() external pure {
        Suspension.Period memory none;
        vm.assertEq(none.extend(0, 10), 10, "from the first second");
        vm.assertEq(none.extend(5, type(uint256).max), type(uint256).max, "for ever");
    }

    function test_threat56_timerThatEndsBeforeIsNotExtended() external pure {
        _assertExtended(10, 99, 99);
        _assertExtended(10, 100, 100);
    }

    function test_threat56_timerThatEndsInOrAfterIsExtendedByAllThatItLivesThrough() external pure {
        _assertExtended(10, 101, 151);
        _assertExtended(10, 149, 199);
        _assertExtended(10, 150, 200);
        _assertExtended(10, 1_000, 1_050);
        _assertExtended(99, 1_000, 1_050);
        _assertExtended(100, 1_000, 1_050);
    }

    function test_threat56_timerThatStartsInItIsExtendedByTheRest() external pure {
        _assertExtended(101, 1_000, 1_049);
        _assertExtended(149, 1_000, 1_001);
        _assertExtended(120, 130, 160);
    }

    function test_threat56_timerThatStartsAfterIsNotExtended() external pure {
        _assertExtended(150, 1_000, 1_000);
        _assertExtended(151, 1_000, 1_000);
    }

    function test_whereThereWasNoneNothingIsOver() external pure {
        Suspension.Period memory none;
        vm.assertEq(none.elapsed(0), 0, "at the first second");
        vm.assertEq(none.elapsed(type(uint256).max), 0, "ever");
    }

    function test_elapsedGrowsFromItsStartToItsEnd() external pure {
        uint256[2][8] memory cases = [
            [uint256(0), 0],
            [uint256(99), 0],
            [uint256(100), 0],
            [uint256(101), 1],
            [uint256(149), 49],
            [uint256(150), 50],
            [uint256(151), 50],
            [type(uint256).max, 50]
        ];
        for (uint256 i = 0; i < cases.length; ++i) {
            vm.assertEq(Suspension.Period(100, 150).elapsed(cases[i][0]), cases[i][1], "over");
        }
    }

    function testFuzz_threat56_elapsedIsWhatTheClockStoodStill(uint40 start, uint24 length, uint48 time) external pure {
        Suspension.Period memory period = Suspension.Period(uint48(start), uint48(start) + length);
        vm.assertEq(time - period.elapsed(time), _clock(period, time), "the rest went on");
    }

    /// @dev A clock that stands still in the suspension has gone on by the timer's length at the end, and not before.
    function testFuzz_threat56_timerRunsForItsLengthOutsideTheSuspension(
        uint40 start,
        uint24 length,
        uint40 since,
        uint32 duration
    ) external pure {
        Suspension.Period memory period = Suspension.Period(uint48(start), uint48(start) + length + 1);
        if (duration == 0) duration = 1;
        uint256 end = period.extend(since, uint256(since) + duration);
        vm.assertEq(_clock(period, end) - _clock(period, since), duration, "its length");
        vm.assertLt(_clock(period, end - 1) - _clock(period, since), duration, "not a second longer");
    }

    /// @dev The time that has passed until `time`, without what was suspended.
    function _clock(Suspension.Period memory period, uint256 time) private pure returns (uint256) {
        if (time <= period.start) return time;
        return time < period.end ? period.start : time - (period.end - period.start);
    }

    function _assertExtended(uint256 since, uint256 until, uint256 expected) private pure {
        vm.assertEq(Suspension.Period(100, 150).extend(since, until), expected, "end");
    }
}
