// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../receipts/Receipts.sol";
import {Order} from "../settlement/Requests.sol";

/**
 * @title IChecker
 * @notice Judges outputs and proofs of one verification mode.
 */
interface IChecker {
    /**
     * @notice Whether `evidence` shows that the receipt's output or proof is wrong for its order.
     * @dev Reverts where the evidence does not belong to them; false where it does and shows no fault. Must never be
     * true for an operator that computed its model as published.
     */
    function isFaulty(
        Order calldata order,
        Receipt calldata receipt,
        bytes calldata evidence
    ) external view returns (bool);
}
