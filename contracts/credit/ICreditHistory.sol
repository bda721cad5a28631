// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title ICreditHistory
 * @notice An operator's record in one number and the facts behind it.
 */
interface ICreditHistory {
    /**
     * @notice The facts. Amounts in the token's smallest unit, decayed to now.
     * @param settled S: what was settled and is past its time to be challenged.
     * @param faulted F: what slashes asked for, paid or not.
     * @param score S * 1000 / (S + P + K * F): 0 to 999.
     * @param proven whether S has reached P; below it the score says nothing yet.
     */
    struct Credit {
        uint256 settled;
        uint256 faulted;
        uint256 score;
        bool proven;
    }

    error PriorZero();

    /// @notice The credit of `operator` now.
    function creditOf(address operator) external view returns (Credit memory);

    /// @notice P: how much settled value an operator is worth nothing without.
    function prior() external view returns (uint256);

    /// @notice K: how many units of good service one unit of fault outweighs.
    function severity() external view returns (uint256);
}
