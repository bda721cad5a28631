// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Suspension} from "../contracts/access/Suspension.sol";

/// @dev What a suspension does to a timer, for all periods and for all times below 2^255, beyond which a sum reverts.
contract SuspensionProof {
    using Suspension for Suspension.Period;

    /// @notice a suspension ends no timer earlier
    function neverEarlier(uint48 start, uint48 end, uint256 since, uint256 until) external pure {
        assert(_period(start, end).extend(since, _time(until)) >= until);
    }

    /// @notice a suspension ends a timer later by at most its own length
    function laterByItsLength(uint48 start, uint48 end, uint256 since, uint256 until) external pure {
        assert(_period(start, end).extend(since, _time(until)) - until <= end - start);
    }

    /// @notice a suspension within a timer ends it later by its whole length
    function wholeLength(uint48 start, uint48 end, uint256 since, uint256 until) external pure {
        require(since <= start && start < until);
        assert(_period(start, end).extend(since, _time(until)) == until + (end - start));
    }

    /// @notice a timer that starts within a suspension is as if it started at its end
    function restOfLength(uint48 start, uint48 end, uint256 since, uint256 until) external pure {
        require(start <= since && since < end && since <= until && start < until);
        assert(_period(start, end).extend(since, _time(until)) == end + (until - since));
    }

    /// @notice a suspension does not touch a timer that ended before it or started after it
    function untouched(uint48 start, uint48 end, uint256 since, uint256 until) external pure {
        require(until <= start || since >= end);
        assert(_period(start, end).extend(since, _time(until)) == until);
    }

    /// @notice of two timers that started together, the one that would end first does
    function orderOfEnds(uint48 start, uint48 end, uint256 since, uint256 first, uint256 second) external pure {
        require(first <= second);
        uint256 end1 = _period(start, end).extend(since, _time(first));
        uint256 end2 = _period(start, end).extend(since, _time(second));
        assert(end1 <= end2);
    }

    function _period(uint48 start, uint48 end) private pure returns (Suspension.Period memory period) {
        require(start <= end);
        period.start = start;
        period.end = end;
    }

    function _time(uint256 time) private pure returns (uint256) {
        require(time < 2 ** 255);
        return time;
    }
}
