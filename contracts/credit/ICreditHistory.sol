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

    event ParametersSet(uint96 prior, uint32 severity);

    /// @notice A parameter is out of the bounds that `CreditHistory` states, or further than one step from what it is.
    error PriorOutOfRange(uint256 prior, uint256 least, uint256 most);
    error SeverityOutOfRange(uint256 severity, uint256 least, uint256 most);
    /// @notice Between two changes lies `Clocks.CREDIT_COOLDOWN`.
    error ParametersCoolingDown(uint256 until);

    /// @notice Changes both parameters, each to half of what it is at least and twice at most. What is settled and faulted
    /// stays as it is, and so do their half-lives: a change weighs the same facts anew, for all alike.
    function setParameters(uint96 prior, uint32 severity) external;

    /// @notice The credit of `operator` now.
    function creditOf(address operator) external view returns (Credit memory);

    /// @notice P: how much settled value an operator is worth nothing without.
    function prior() external view returns (uint96);

    /// @notice K: how many units of good service one unit of fault outweighs.
    function severity() external view returns (uint32);

    /// @notice When the parameters were changed last, in seconds.
    function changedAt() external view returns (uint48);
}
