// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Receipt} from "../receipts/Receipts.sol";

/**
 * @title ICourt
 * @notice What all courts share: they judge one kind of fault from evidence alone, brought by anyone.
 */
interface ICourt {
    /**
     * @notice A receipt, and why it counts against its operator: it is in a batch that the operator committed (`root`
     * is not zero), or it bears a signature by a key that was the operator's when it was issued.
     */
    struct Exhibit {
        Receipt receipt;
        bytes32 root;
        bytes32[] proof;
        bytes signature;
    }

    /// @notice A fault was proven and punished. Amounts in the token's smallest unit; `slashed` includes the rest.
    event Convicted(
        bytes32 indexed fault,
        address indexed operator,
        address indexed reporter,
        uint256 asked,
        uint256 slashed,
        uint256 compensated,
        uint256 bounty
    );
    /// @notice Evidence held, but its fault had been punished already: the deposit went back, nothing else happened.
    event AlreadyPunished(bytes32 indexed fault, address indexed reporter);

    /// @notice The receipt is not shown to be in a batch of its operator.
    error ReceiptNotCommitted(address operator, bytes32 root);
    /// @notice The signature is not by the receipt's `signer`, or that key was not the operator's at its time.
    error SignatureNotOperators(address operator, address signer);
    /// @notice Evidence was committed outside the time in which the receipt can be challenged.
    error EvidenceOutOfTime(uint256 committedAt, uint256 opensAt, uint256 closesAt);
    /// @notice The request does not hash to the receipt's `requestHash`.
    error RequestMismatch(bytes32 expected, bytes32 found);
    /// @notice The evidence does not show the fault.
    error NotAFault();

    /// @notice Whether a fault has been punished.
    function isPunished(bytes32 fault) external view returns (bool);
}
