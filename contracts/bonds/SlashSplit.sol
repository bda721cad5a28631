// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title SlashSplit
 * @notice Who bears a slash and who gets of it, exact to the unit.
 * @dev Proven for all numbers (`npm run prove`): the parts sum to what was asked, none is more than is there, and awards
 * are at most half of what the own bond loses (C4).
 */
library SlashSplit {
    /**
     * @notice The own bond bears a slash first, then what is delegated; what is not there becomes debt.
     * @return fromOwn what the own bond loses.
     * @return fromDelegated what delegators lose.
     * @return missing what becomes debt: the three sum to `asked`.
     */
    function parts(
        uint96 asked,
        uint96 own,
        uint96 delegated
    ) internal pure returns (uint96 fromOwn, uint96 fromDelegated, uint96 missing) {
        fromOwn = asked < own ? asked : own;
        missing = asked - fromOwn;
        fromDelegated = missing < delegated ? missing : delegated;
        missing -= fromDelegated;
    }

    /// @notice What an award gets, where earlier ones of the slash got `awarded`: what it wants, as far as half of what the
    /// own bond loses reaches. So nobody gains by accusing itself, or by robbing its delegators through a puppet.
    function award(uint96 wanted, uint96 fromOwn, uint256 awarded) internal pure returns (uint256) {
        uint256 left = fromOwn / 2 - awarded;
        return wanted < left ? wanted : left;
    }
}
