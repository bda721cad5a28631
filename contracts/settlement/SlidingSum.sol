// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../Clocks.sol";

/// @dev How many buckets the cap window has.
uint256 constant BUCKETS = 7;

/**
 * @title SlidingSum
 * @notice What was added within the last `Clocks.CAP_WINDOW`: never less, and at most what was added within a seventh of
 * that more.
 *
 * @dev Time is cut into buckets, seven to a window. The sum is that of the youngest bucket and of the seven before it,
 * so that whatever moment of a bucket it is, all of the window before it is in. Whoever keeps a sum keeps its total and
 * the number of its youngest bucket in one word, which is all that adding changes, and a ring of the closed buckets. What
 * is in the youngest bucket is kept nowhere: it is what the closed ones leave of the total.
 *
 * Finer buckets would waste less of an operator's cover (here an eighth of it, at a steady pace) and cost a word more
 * for each two.
 */
library SlidingSum {
    uint256 internal constant BUCKET_LENGTH = Clocks.CAP_WINDOW / BUCKETS;

    /// @notice The number of the bucket that `time`, in seconds, lies in.
    function bucketAt(uint256 time) internal pure returns (uint32) {
        return uint32(time / BUCKET_LENGTH);
    }

    /// @notice Closes the youngest bucket of a sum.
    /// @param closed what was added in each of the seven buckets before it, bucket n at n % `BUCKETS`; changed in place.
    /// @return left what was added in the bucket that thereby leaves the total.
    function close(uint96[BUCKETS] memory closed, uint32 bucket, uint96 total) internal pure returns (uint96 left) {
        uint96 youngest = total;
        for (uint256 i = 0; i < BUCKETS; ++i) youngest -= closed[i];
        // The oldest makes place for the youngest.
        uint256 place = bucket % BUCKETS;
        left = closed[place];
        closed[place] = youngest;
    }
}
