// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Suspension
 * @notice A time in which the clocks of the protocol stand still: it does not count in any of them.
 * @dev There is at most one in the life of any timer, since the next can only start after a cooldown that is longer than
 * the longest of them with a suspension in it: so remembering the last one is enough.
 */
library Suspension {
    /// @notice From `start` inclusive to `end` exclusive, in seconds; both 0 where there was none.
    struct Period {
        uint48 start;
        uint48 end;
    }

    /// @notice When a timer that started at `since` and would end at `until` does end: later by as much of the suspension
    /// as it lives through.
    function extend(Period memory self, uint256 since, uint256 until) internal pure returns (uint256) {
        if (since >= self.end || until <= self.start) return until;
        return until + self.end - (since > self.start ? since : self.start);
    }

    /// @notice How much of the suspension is over at `time`.
    function elapsed(Period memory self, uint256 time) internal pure returns (uint256) {
        if (time <= self.start) return 0;
        return (time < self.end ? time : self.end) - self.start;
    }
}
