// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title IValidationRegistry
 * @notice What Surety writes to and reads of ERC-8004's registry of validations: an agent asks a validator about a hash,
 * and the validator answers from 0 to 100, as often as it likes.
 * @dev Written after the ERC's text of January 2026 and the registries' README (erc-8004/erc-8004-contracts, commit
 * 2eb5adc). The ERC's authors say that this part will change, and it is deployed on few chains: only ReceiptValidator
 * knows it. A hash belongs to whoever asks about it first, be it another agent.
 */
interface IValidationRegistry {
    /// @notice Asks `validatorAddress` about `requestHash`, for an agent. Only its owner, and whom it approved.
    /// @param requestURI where what is asked about is found.
    function validationRequest(
        address validatorAddress,
        uint256 agentId,
        string calldata requestURI,
        bytes32 requestHash
    ) external;

    /// @notice Answers a request. Only the validator that it names.
    function validationResponse(
        bytes32 requestHash,
        uint8 response,
        string calldata responseURI,
        bytes32 responseHash,
        string calldata tag
    ) external;

    /// @notice What is known of a request; reverts where there is none.
    function getValidationStatus(
        bytes32 requestHash
    )
        external
        view
        returns (
            address validatorAddress,
            uint256 agentId,
            uint8 response,
            bytes32 responseHash,
            string memory tag,
            uint256 lastUpdate
        );

    /// @notice The registry of agents that ask.
    function getIdentityRegistry() external view returns (address);
}
