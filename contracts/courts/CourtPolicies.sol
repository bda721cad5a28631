// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Clocks} from "../Clocks.sol";
import {Modes} from "../Modes.sol";
import {ICourtPolicies} from "./ICourtPolicies.sol";

/// @title CourtPolicies
/// @notice See ICourtPolicies.
contract CourtPolicies is ICourtPolicies, AccessManaged {
    /// @notice The rows of equivocation and of silence, after those of the modes.
    uint8 public constant EQUIVOCATION = Modes.COUNT;
    uint8 public constant SILENCE = Modes.COUNT + 1;
    /// @notice How many rows there are.
    uint8 public constant ROWS = Modes.COUNT + 2;

    /// @notice Bounds: no fault may cost more than the bond, pay its reporter more than a quarter of it, or weigh a
    /// price so heavily that a single cheap answer is worth ruining an operator for.
    uint256 public constant MAX_SLASH_BPS = 10_000;
    uint256 public constant MAX_BOUNTY_BPS = 2_500;
    uint256 public constant MAX_MULTIPLE = 10_000;

    mapping(uint8 row => Policy[]) private _history;

    /// @param initial the first policy of each row, in force at once.
    constructor(Policy[] memory initial, address authority) AccessManaged(authority) {
        require(initial.length == ROWS, RowUnknown(uint8(initial.length)));
        for (uint8 row = 0; row < ROWS; ++row) {
            initial[row].effectiveFrom = uint48(block.timestamp);
            _push(row, initial[row]);
        }
    }

    /// @inheritdoc ICourtPolicies
    function set(uint8 row, Policy calldata policy) external restricted {
        require(row < ROWS, RowUnknown(row));
        Policy[] storage history = _history[row];
        uint256 earliest = block.timestamp + Clocks.POLICY_DELAY;
        uint256 last = history[history.length - 1].effectiveFrom;
        if (last >= earliest) earliest = last + 1;
        uint256 latest = block.timestamp + Clocks.POLICY_HORIZON;
        require(
            policy.effectiveFrom >= earliest && policy.effectiveFrom <= latest,
            PolicyTimeOutOfRange(row, policy.effectiveFrom, earliest, latest)
        );
        _push(row, policy);
    }

    /// @inheritdoc ICourtPolicies
    function policyAt(uint8 row, uint256 time) external view returns (Policy memory) {
        require(row < ROWS, RowUnknown(row));
        Policy[] storage history = _history[row];
        // From the newest: what is judged is at most weeks old, and changes are rare.
        uint256 i = history.length - 1;
        while (i > 0 && history[i].effectiveFrom > time) --i;
        return history[i];
    }

    function _push(uint8 row, Policy memory policy) private {
        bool bounded =
            policy.window >= Clocks.MIN_WINDOW &&
                policy.window <= Clocks.MAX_WINDOW &&
                policy.slashBps != 0 &&
                policy.slashBps <= MAX_SLASH_BPS &&
                policy.bountyBps <= MAX_BOUNTY_BPS &&
                policy.priceMultiple <= MAX_MULTIPLE &&
                policy.compensationMultiple <= MAX_MULTIPLE;
        require(bounded, PolicyOutOfBounds(row));
        _history[row].push(policy);
        emit PolicySet(row, policy);
    }
}
