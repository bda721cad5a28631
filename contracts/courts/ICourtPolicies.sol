// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title ICourtPolicies
 * @notice What a fault costs: one row for each verification mode, one for equivocation, one for silence. A receipt is
 * judged by the policy that was in force when it was committed, or issued where it only was; silence, when it began.
 */
interface ICourtPolicies {
    /**
     * @notice A row of the table. `Bps` are hundredths of a percent.
     * @param window how long a receipt may be challenged, in seconds.
     * @param slashBps the part of the own bond that a fault costs at least.
     * @param priceMultiple how often its settled price a fault costs at least; the greater of the two is asked.
     * @param compensationMultiple how often its settled price a harmed payer gets.
     * @param bountyBps the reporter's part of what is asked.
     * @param effectiveFrom since when it is in force, in seconds.
     */
    struct Policy {
        uint32 window;
        uint16 slashBps;
        uint32 priceMultiple;
        uint32 compensationMultiple;
        uint16 bountyBps;
        uint48 effectiveFrom;
    }

    event PolicySet(uint8 indexed row, Policy policy);

    error RowUnknown(uint8 row);
    /// @notice A policy is out of the bounds that `CourtPolicies` states.
    error PolicyOutOfBounds(uint8 row);
    /// @notice A change is announced at least `Clocks.POLICY_DELAY` ahead, after the change before it, and at most
    /// `Clocks.POLICY_HORIZON` ahead.
    error PolicyTimeOutOfRange(uint8 row, uint256 effectiveFrom, uint256 earliest, uint256 latest);

    /// @notice Announces the policy of `row` from `policy.effectiveFrom` on.
    function set(uint8 row, Policy calldata policy) external;

    /// @notice The policy of `row` that was in force at `time`; the first one for any time before it.
    function policyAt(uint8 row, uint256 time) external view returns (Policy memory);
}
