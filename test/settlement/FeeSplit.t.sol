// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RATE_ONE} from "../../contracts/bonds/IOperatorBonds.sol";
import {FeeSplit} from "../../contracts/settlement/FeeSplit.sol";
import {vm} from "../support/Vm.sol";

contract FeeSplitTest {
    uint256 private constant BPS = 10_000;
    uint256 private constant MOST = type(uint112).max;

    function test_nothingIsSplitIntoNothing() external pure {
        _assertParts(0, 0, BPS, RATE_ONE, [uint256(0), 0]);
        _assertParts(MOST, MOST, BPS, RATE_ONE, [uint256(0), 0]);
    }

    function test_protocolTakesItsPartAndDelegatorsTheirsOfTheRest() external pure {
        _assertParts(0, 100e6, 0, 0, [uint256(0), 0]);
        _assertParts(0, 100e6, 100, 0, [uint256(1e6), 0]);
        _assertParts(0, 100e6, 0, RATE_ONE / 4, [uint256(0), 25e6]);
        _assertParts(0, 100e6, 1_000, RATE_ONE / 2, [uint256(10e6), 45e6]);
    }

    function test_rateOfAllLeavesNothing() external pure {
        _assertParts(0, MOST, BPS, RATE_ONE, [MOST, 0]);
        _assertParts(0, MOST, 0, RATE_ONE, [uint256(0), MOST]);
    }

    /// @dev A hundredth of each unit is nothing, a hundredth of a hundred is one.
    function test_smallStepsRoundNothingAway() external pure {
        for (uint256 total = 0; total < 300; ++total) {
            (uint256 protocol, uint256 delegators) = FeeSplit.parts(total, total + 1, 100, RATE_ONE / 2);
            vm.assertEq(protocol, (total + 1) % 100 == 0 ? 1 : 0, "each hundredth unit");
            vm.assertEq(delegators, _half(total + 1) - _half(total), "half of the others");
        }
    }

    function testFuzz_E3_stepsSumToTheWhole(uint112[3] memory totals, uint16 feeBps, uint32 rate) external pure {
        uint256 fee = feeBps % (BPS + 1);
        uint256 part = rate % (RATE_ONE + 1);
        uint256 before = 0;
        uint256[2] memory sums;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 total = before + totals[i] / 3;
            (uint256 protocol, uint256 delegators) = FeeSplit.parts(before, total, fee, part);
            vm.assertLe(protocol + delegators, total - before, "no more than there is");
            (sums[0], sums[1]) = (sums[0] + protocol, sums[1] + delegators);
            before = total;
        }
        _assertParts(0, before, fee, part, sums);
        vm.assertEq(sums[0], (before * fee) / BPS, "protocol, floored");
        vm.assertEq(sums[1], ((before - sums[0]) * part) / RATE_ONE, "delegators, floored");
    }

    function _half(uint256 total) private pure returns (uint256) {
        return (total - total / 100) / 2;
    }

    function _assertParts(
        uint256 before,
        uint256 total,
        uint256 feeBps,
        uint256 rate,
        uint256[2] memory expected
    ) private pure {
        (uint256 protocol, uint256 delegators) = FeeSplit.parts(before, total, feeBps, rate);
        vm.assertEq(protocol, expected[0], "protocol");
        vm.assertEq(delegators, expected[1], "delegators");
    }
}
