// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../Clocks.sol";

/// @notice When something is valid, in seconds: `from` inclusive, `until` exclusive. All zero: never.
struct Interval {
    uint48 from;
    uint48 until;
}

/**
 * @title Intervals
 * @notice Validity that starts now, has no end until one is announced, and whose past never changes: what was judged by
 * it stays as it was judged.
 */
library Intervals {
    /// @notice An end must lie at least the notice ahead and before the end that stands.
    error EndOutOfRange(uint256 until, uint256 earliest, uint256 latest);

    /// @notice Whether there ever was a start. There is only one: what has ended is not opened again.
    function isStarted(Interval storage self) internal view returns (bool) {
        return self.until != 0;
    }

    /// @notice Starts now, with no end.
    function start(Interval storage self) internal returns (uint48 from) {
        from = uint48(block.timestamp);
        (self.from, self.until) = (from, type(uint48).max);
    }

    /// @notice Sets or brings forward the end.
    function end(Interval storage self, uint48 until) internal {
        uint256 earliest = block.timestamp + Clocks.KEY_NOTICE;
        // INVARIANT: an end is announced in time and never put off: no answer about the past, or the notice, changes.
        require(until >= earliest && until < self.until, EndOutOfRange(until, earliest, self.until));
        self.until = until;
    }

    /// @notice Whether it was valid at `time`.
    function contains(Interval storage self, uint256 time) internal view returns (bool) {
        return self.from <= time && time < self.until;
    }
}
