// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RATE_ONE} from "../bonds/IOperatorBonds.sol";

/**
 * @title FeeSplit
 * @notice Who gets what of a fee: the protocol its part, delegators theirs of the rest, the operator what is left.
 * @dev Both parts are floored on the running total of who pays, not on each payment: so settling in small steps cannot
 * round them away, and a batch gives exactly what its claims one by one would (E4). `proofs/FeeSplit.sol` proves it.
 */
library FeeSplit {
    uint256 internal constant BPS = 10_000;

    /// @notice What the protocol and the delegators get of a payment that raises its payer's total from `before` to
    /// `total`; the rest is the operator's.
    /// @param feeBps the protocol's part, in hundredths of a percent; at most `BPS`.
    /// @param delegatorsRate the delegators' part of the rest, in parts of `RATE_ONE`; at most that.
    function parts(
        uint256 before,
        uint256 total,
        uint256 feeBps,
        uint256 delegatorsRate
    ) internal pure returns (uint256 protocol, uint256 delegators) {
        (uint256 protocolBefore, uint256 delegatorsBefore) = _of(before, feeBps, delegatorsRate);
        (protocol, delegators) = _of(total, feeBps, delegatorsRate);
        // SAFETY: neither part of a greater total is smaller.
        unchecked {
            return (protocol - protocolBefore, delegators - delegatorsBefore);
        }
    }

    function _of(
        uint256 total,
        uint256 feeBps,
        uint256 delegatorsRate
    ) private pure returns (uint256 protocol, uint256 delegators) {
        // SAFETY: totals are below 2^112, fees and rates below 2^30; and the protocol's part is no more than the total.
        unchecked {
            protocol = (total * feeBps) / BPS;
            delegators = ((total - protocol) * delegatorsRate) / RATE_ONE;
        }
    }
}
