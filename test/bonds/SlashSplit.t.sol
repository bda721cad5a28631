// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SlashSplit} from "../../contracts/bonds/SlashSplit.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @dev Who bears a slash and who gets of it, for all numbers.
contract SlashSplitTest is Test {
    function test_ownBondThenDelegatedThenDebt() external pure {
        _assertParts(0, 10, 20, 0, 0, 0);
        _assertParts(1, 10, 20, 1, 0, 0);
        _assertParts(10, 10, 20, 10, 0, 0);
        _assertParts(11, 10, 20, 10, 1, 0);
        _assertParts(30, 10, 20, 10, 20, 0);
        _assertParts(31, 10, 20, 10, 20, 1);
        _assertParts(5, 0, 20, 0, 5, 0);
        _assertParts(5, 0, 0, 0, 0, 5);
        _assertParts(type(uint96).max, type(uint96).max, type(uint96).max, type(uint96).max, 0, 0);
    }

    function testFuzz_B6_partsSumToWhatWasAsked(uint96 asked, uint96 own, uint96 delegated) external pure {
        (uint96 fromOwn, uint96 fromDelegated, uint96 missing) = SlashSplit.parts(asked, own, delegated);
        vm.assertEq(uint256(fromOwn) + fromDelegated + missing, asked, "the sum");
        vm.assertLe(fromOwn, own, "own");
        vm.assertLe(fromDelegated, delegated, "delegated");
        if (fromDelegated != 0) vm.assertEq(fromOwn, own, "the own bond first");
        if (missing != 0) vm.assertEq(fromDelegated, delegated, "debt last");
    }

    /// @dev Two slashes take what one of their sum takes, in whichever order.
    function testFuzz_threat4_slashesAddUp(uint96 first, uint96 second, uint96 own, uint96 delegated) external pure {
        (first, second) = (first / 2, second / 2);
        (uint96 own1, uint96 delegated1, uint96 missing1) = SlashSplit.parts(first, own, delegated);
        (uint96 own2, uint96 delegated2, uint96 missing2) = SlashSplit.parts(
            second,
            own - own1,
            delegated - delegated1
        );
        (uint96 fromOwn, uint96 fromDelegated, uint96 missing) = SlashSplit.parts(first + second, own, delegated);
        vm.assertEq(own1 + own2, fromOwn, "own");
        vm.assertEq(delegated1 + delegated2, fromDelegated, "delegated");
        vm.assertEq(missing1 + missing2, missing, "debt");
    }

    function test_awardReachesHalfOfTheOwnLoss() external pure {
        vm.assertEq(SlashSplit.award(5, 11, 0), 5, "half, rounded down");
        vm.assertEq(SlashSplit.award(6, 11, 0), 5, "no more");
        vm.assertEq(SlashSplit.award(6, 11, 3), 2, "what earlier awards left");
        vm.assertEq(SlashSplit.award(6, 11, 5), 0, "nothing left");
        vm.assertEq(SlashSplit.award(0, 11, 0), 0, "none wanted");
        vm.assertEq(SlashSplit.award(1, 1, 0), 0, "half of one is nothing");
    }

    function testFuzz_threat5_C4_awardsAreAtMostHalfOfTheOwnLoss(
        uint96 fromOwn,
        uint96[4] memory wanted
    ) external pure {
        uint256 awarded = 0;
        uint256 asked = 0;
        for (uint256 i = 0; i < wanted.length; ++i) {
            uint256 got = SlashSplit.award(wanted[i], fromOwn, awarded);
            vm.assertLe(got, wanted[i], "no more than it wants");
            awarded += got;
            asked += wanted[i];
            vm.assertEq(awarded, asked < fromOwn / 2 ? asked : fromOwn / 2, "as far as half reaches");
        }
    }

    function _assertParts(
        uint96 asked,
        uint96 own,
        uint96 delegated,
        uint96 fromOwn,
        uint96 fromDelegated,
        uint96 missing
    ) private pure {
        (uint96 a, uint96 b, uint96 c) = SlashSplit.parts(asked, own, delegated);
        vm.assertEq(a, fromOwn, "own");
        vm.assertEq(b, fromDelegated, "delegated");
        vm.assertEq(c, missing, "debt");
    }
}
