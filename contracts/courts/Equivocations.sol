// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title Equivocations
 * @notice What an operator can contradict itself about, and the id of the fault that EquivocationCourt punishes it as.
 */
library Equivocations {
    /// @notice The fault of an operator that contradicted itself about `contested`.
    function faultOf(address operator, bytes32 contested) internal pure returns (bytes32) {
        return keccak256(abi.encode(operator, contested));
    }

    /// @notice A number, which two receipts bear.
    function sequenceId(uint64 sequence) internal pure returns (bytes32) {
        return keccak256(abi.encode("sequence", sequence));
    }

    /// @notice An order, which two receipts answer.
    function orderId(address payer, bytes32 orderHash) internal pure returns (bytes32) {
        return keccak256(abi.encode("order", payer, orderHash));
    }

    /// @notice Units of an account, from `lower` on, excluded, which two receipts own.
    function unitId(address payer, address client, uint256 lower) internal pure returns (bytes32) {
        return keccak256(abi.encode("unit", payer, client, lower));
    }
}
