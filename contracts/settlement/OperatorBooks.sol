// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DecayingSum} from "../credit/DecayingSum.sol";
import {BUCKETS, SlidingSum} from "./SlidingSum.sol";

/**
 * @title OperatorBooks
 * @notice What the escrow keeps of an operator: its earnings, and what it has settled: first as exposure that its bond
 * must cover, then, when its time to be challenged is over, as history that its credit is made of.
 *
 * @dev Times are those of the protocol's clocks (`IOperatorBonds.activeTime`): while slashing is suspended nothing
 * leaves exposure, since nothing can be punished. History decays from when each part of it left exposure. Books are
 * brought to the present when something is settled; views compute as if they had been already.
 */
library OperatorBooks {
    /**
     * @notice Amounts in the token's smallest unit, times in seconds.
     * @dev By who writes them together: every settlement the first two words, the first one of a bucket the rest.
     * @param agent see `OperatorAgents`.
     * @param earnings the operator's part of fees, not withdrawn.
     * @param delegatorsFees what was settled for the delegators of epoch `delegatedEpoch` of their pool, and of no other,
     * and not brought to them.
     * @param exposed, bucket, closed the sliding sum of what was settled, see `SlidingSum`.
     * @param history what has left it, decayed up to `historyAt`.
     */
    struct Books {
        address agent;
        uint96 earnings;
        uint96 delegatorsFees;
        uint24 delegatedEpoch;
        uint96 exposed;
        uint32 bucket;
        uint96[BUCKETS] closed;
        uint96 history;
        uint48 historyAt;
    }

    /// @notice Brings books to `time`. Times and the half-life of history in seconds.
    function advance(Books memory self, uint256 time, uint256 halfLife) internal pure {
        uint32 bucket = SlidingSum.bucketAt(time);
        // Once all has left, the rest of the way is empty.
        while (self.bucket != bucket && self.exposed != 0) {
            uint96 left = SlidingSum.close(self.closed, self.bucket, self.exposed);
            self.exposed -= left;
            ++self.bucket;
            if (left != 0) _remember(self, left, self.bucket * SlidingSum.BUCKET_LENGTH, halfLife);
        }
        self.bucket = bucket;
    }

    /// @notice What the history of books that are at `time` is worth then.
    function historyOf(Books memory self, uint256 time, uint256 halfLife) internal pure returns (uint256) {
        return DecayingSum.worth(self.history, self.historyAt, time, halfLife);
    }

    function _remember(Books memory self, uint96 left, uint256 time, uint256 halfLife) private pure {
        uint256 history = historyOf(self, time, halfLife) + left;
        self.history = history > type(uint96).max ? type(uint96).max : uint96(history);
        self.historyAt = uint48(time);
    }
}
