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
        vm.assertEq(_worth(1_000_000, HALF_LIFE / 2), 750_000, "half way");
        vm.assertEq(_worth(1_000_000, HALF_LIFE + HALF_LIFE / 4), 437_500, "a quarter of the second");
    }

    function test_worthVanishes() external pure {
        vm.assertEq(_worth(type(uint96).max, 96 * HALF_LIFE), 0, "after 96 half-lives");
        vm.assertEq(_worth(type(uint256).max >> 32, 256 * HALF_LIFE), 0, "after 256");
        vm.assertEq(_worth(0, 1), 0, "of nothing");
    }

    function testFuzz_worthNeverRises(uint96 value, uint256 elapsed, uint256 more) external pure {
        elapsed = _bound(elapsed, 0, 100 * HALF_LIFE);
        uint256 before = _worth(value, elapsed);
        vm.assertLe(_worth(value, elapsed + _bound(more, 0, HALF_LIFE)), before, "over time");
        vm.assertLe(before, value, "never above its value");
        if (value != 0) vm.assertLe(_worth(value - 1, elapsed), before, "with its value");
    }

    function _worth(uint256 value, uint256 elapsed) private pure returns (uint256) {
        return DecayingSum.worth(value, 1_000, 1_000 + elapsed, HALF_LIFE);
    }
}
