// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Order, Request} from "../settlement/Requests.sol";
import {IChecker} from "../verifiers/IChecker.sol";
import {ICourt} from "./ICourt.sol";

/**
 * @title IValidityCourt
 * @notice Punishes a receipt whose output, proof, key, price or time its mode and order forbid.
 */
interface IValidityCourt is ICourt {
    /// @notice A term of the order, or of the protocol, that a receipt breaks.
    enum Breach {
        None,
        PriceAboveMaximum,
        PriceAboveTariff,
        UnitsInvalid,
        IssuedAfterDeadline,
        IssuedBeforeHorizon,
        IssuedAfterCommitment,
        KeyNotOperators
    }

    /// @notice No checker judges outputs of this mode.
    error ModeNotJudged(uint8 mode);

    /**
     * @notice Convicts an operator of an output or a proof that is wrong.
     * @param request the request that the receipt answers, with `order` as its hash.
     * @param evidence what the mode's checker needs.
     * @param salt hides the evidence while it is only committed.
     */
    function convictOutput(
        Exhibit calldata exhibit,
        Request calldata request,
        Order calldata order,
        bytes calldata evidence,
        bytes32 salt
    ) external;

    /// @notice Convicts an operator of a receipt that breaks a term; see `breachOf`.
    function convictTerms(
        Exhibit calldata exhibit,
        Request calldata request,
        Order calldata order,
        bytes32 salt
    ) external;

    /// @notice Which term a receipt breaks, if any. `committedAt` is when it was committed, 0 where it was only signed.
    function breachOf(
        Exhibit calldata exhibit,
        Request calldata request,
        Order calldata order,
        uint256 committedAt
    ) external view returns (Breach);

    /// @notice The checker of a mode; zero where outputs of that mode are not judged.
    function checkerOf(uint8 mode) external view returns (IChecker);
}
