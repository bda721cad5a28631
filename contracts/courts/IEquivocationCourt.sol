// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Request} from "../settlement/Requests.sol";
import {ICourt} from "./ICourt.sol";

/**
 * @title IEquivocationCourt
 * @notice Punishes two receipts where there may be one: for one sequence number, one order, or one unit of an account.
 */
interface IEquivocationCourt is ICourt {
    /// @notice The receipts are the same, or of different operators.
    error ReceiptsNotContradictory();
    /// @notice Which two requests are opened, and that they are the receipts'.
    error RequestsMissing();

    /**
     * @notice Convicts an operator of two receipts with one sequence number.
     * @param requests the two receipts' requests, so that their payers are compensated; empty where they are not known.
     * @param salt hides the evidence while it is only committed.
     */
    function convictSequence(
        Exhibit calldata first,
        Exhibit calldata second,
        Request[] calldata requests,
        bytes32 salt
    ) external;

    /// @notice Convicts an operator of two receipts for one order of one payer. `requests` are the receipts' two.
    function convictOrder(
        Exhibit calldata first,
        Exhibit calldata second,
        Request[] calldata requests,
        bytes32 salt
    ) external;

    /// @notice Convicts an operator of charging a unit of one account twice. `requests` are the receipts' two.
    function convictUnit(
        Exhibit calldata first,
        Exhibit calldata second,
        Request[] calldata requests,
        bytes32 salt
    ) external;
}
