// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DecayingSum} from "../../contracts/credit/DecayingSum.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

contract DecayingSumTest is Test {
    uint256 private constant HALF_LIFE = 90 days;

    function test_worthIsExactAtWholeHalfLives() external pure {
        for (uint256 n = 0; n <= 20; ++n) {
            vm.assertEq(_worth(1 << 20, n * HALF_LIFE), (1 << 20) >> n, "halved n times");
        }
    }

    function test_worthFallsInAStraightLineBetweenThem() external pure {
        vm.assertEq(_worthSince(0, 1_000_000, HALF_LIFE / 2), 750_000, "half way");
        vm.assertEq(_worthSince(0, 1_000_000, HALF_LIFE + HALF_LIFE / 4), 437_500, "a quarter of the second");
        vm.assertEq(_worthSince(HALF_LIFE / 2, 750_000, HALF_LIFE / 2), 500_000, "on the line of everything else");
    }

    function test_worthVanishes() external pure {
        vm.assertEq(_worth(type(uint96).max, 96 * HALF_LIFE), 0, "after 96 half-lives");
        vm.assertEq(_worth(type(uint128).max, 127 * HALF_LIFE), 1, "after 127");
        vm.assertEq(_worth(type(uint128).max, 128 * HALF_LIFE), 0, "after 128");
        vm.assertEq(_worth(type(uint128).max, 129 * HALF_LIFE), 0, "after 129");
        vm.assertEq(_worth(type(uint128).max, type(uint48).max), 0, "after all time");
        vm.assertEq(_worth(0, 1), 0, "of nothing");
    }

    function testFuzz_worthNeverRises(uint96 value, uint256 elapsed, uint256 more) external pure {
        elapsed = _bound(elapsed, 0, 100 * HALF_LIFE);
        uint256 before = _worth(value, elapsed);
        vm.assertLe(_worth(value, elapsed + _bound(more, 0, HALF_LIFE)), before, "over time");
        vm.assertLe(before, value, "never above its value");
        if (value != 0) vm.assertLe(_worth(value - 1, elapsed), before, "with its value");
    }

    /// @dev Nobody keeps an old sum heavy by touching it.
    function testFuzz_touchingASumDoesNotKeepIt(uint96 value, uint32 first, uint32 second) external pure {
        uint256 touched = _worthSince(1_000 + uint256(first), _worth(value, first), second);
        uint256 untouched = _worth(value, uint256(first) + second);
        vm.assertLe(touched, untouched, "not kept");
        vm.assertLe(untouched, touched + 2, "lost but for fractions");
    }

    function _worth(uint256 value, uint256 elapsed) private pure returns (uint256) {
        return _worthSince(1_000, value, elapsed);
    }

    function _worthSince(uint256 since, uint256 value, uint256 elapsed) private pure returns (uint256) {
        return DecayingSum.worth(value, since, since + elapsed, HALF_LIFE);
    }
}
