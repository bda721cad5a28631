// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {BUCKETS, SlidingSum} from "../../contracts/settlement/SlidingSum.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/// @dev A sum that is kept as its owners keep it, beside a list of what each bucket got.
contract SlidingSumTest is Test {
    uint256 private constant LENGTH = SlidingSum.BUCKET_LENGTH;

    uint96[BUCKETS] private _closed;
    uint32 private _bucket;
    uint96 private _total;

    function test_windowIsSevenBucketsOfTwoDays() external pure {
        vm.assertEq(LENGTH, 2 days, "length");
        vm.assertEq(BUCKETS * LENGTH, Clocks.CAP_WINDOW, "the whole window");
    }

    function test_bucketChangesInTheFirstSecondOfTheNext() external pure {
        vm.assertEq(SlidingSum.bucketAt(0), 0, "first second of all");
        vm.assertEq(SlidingSum.bucketAt(LENGTH - 1), 0, "last second");
        vm.assertEq(SlidingSum.bucketAt(LENGTH), 1, "first second");
        vm.assertEq(SlidingSum.bucketAt(type(uint32).max * LENGTH), type(uint32).max, "the last one");
    }

    function test_whatIsAddedLeavesWithTheEighthClosing() external {
        _total = 5;
        for (uint256 i = 0; i < BUCKETS; ++i) {
            vm.assertEq(_close(), 0, "nothing yet");
            vm.assertEq(_total, 5, "all of it");
        }
        vm.assertEq(_close(), 5, "with the eighth");
        vm.assertEq(_total, 0, "nothing left");
        for (uint256 i = 0; i <= BUCKETS; ++i) vm.assertEq(_close(), 0, "once only");
    }

    function test_sumHoldsTheGreatestAmount() external {
        _total = type(uint96).max;
        for (uint256 i = 0; i < BUCKETS; ++i) _close();
        vm.assertEq(_close(), type(uint96).max, "whole");
    }

    /// @dev What leaves is what came eight buckets before, and what is left is what came since, whatever number the first
    /// bucket had.
    function testFuzz_sumIsThatOfTheLastEightBuckets(uint32 first, uint64[24] memory added) external {
        _bucket = uint32(_bound(first, 0, type(uint32).max - added.length));
        for (uint256 i = 0; i < added.length; ++i) {
            // Some buckets get nothing.
            if (added[i] % 4 == 0) added[i] = 0;
            _total += added[i];
            uint256 expected = 0;
            for (uint256 k = i < BUCKETS ? 0 : i - BUCKETS; k <= i; ++k) expected += added[k];
            vm.assertEq(_total, expected, "the last eight");
            vm.assertEq(_close(), i < BUCKETS ? 0 : added[i - BUCKETS], "what came eight before");
        }
    }

    function _close() private returns (uint96 left) {
        uint96[BUCKETS] memory closed = _closed;
        left = SlidingSum.close(closed, _bucket, _total);
        (_closed, _total) = (closed, _total - left);
        ++_bucket;
    }
}
