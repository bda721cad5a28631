// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BUCKETS, SlidingSum} from "../contracts/settlement/SlidingSum.sol";

/**
 * @dev A sum and its ring of closed buckets, for all numbers of full width. That the ring holds no more than the total is
 * an induction: an empty one does, adding raises the total alone, and closing leaves a ring that sums to the new total
 * exactly, by the proofs below. So no subtraction there ever underflows.
 *
 * What is not proven here but tested (`test/settlement/SlidingSum.t.sol`): that the library writes what is in the youngest
 * bucket, total - ring, into the place of what leaves, since the model checker does not follow an array that a called
 * function changes. What the library returns is proven, and the ring after it is written out here.
 */
contract SlidingSumProof {
    /// @notice nothing underflows; what leaves is the oldest bucket, and no more than the total
    function oldestLeaves(uint96[BUCKETS] memory closed, uint32 bucket, uint96 total) external pure {
        require(_sum(closed) <= total);
        uint96 oldest = closed[bucket % BUCKETS];
        uint96 left = SlidingSum.close(closed, bucket, total);
        assert(left == oldest && left <= total);
    }

    /// @notice with the youngest bucket in the place of what leaves, the ring sums to what is left of the total
    function ringIsTheTotal(uint96[BUCKETS] memory closed, uint32 bucket, uint96 total) external pure {
        uint256 ring = _sum(closed);
        require(ring <= total);
        uint256 left = closed[bucket % BUCKETS];
        uint256 youngest = total - ring;
        closed[bucket % BUCKETS] = uint96(youngest);
        assert(closed[bucket % BUCKETS] == youngest && _sum(closed) == total - left);
    }

    function _sum(uint96[BUCKETS] memory closed) private pure returns (uint256) {
        return uint256(closed[0]) + closed[1] + closed[2] + closed[3] + closed[4] + closed[5] + closed[6];
    }
}
