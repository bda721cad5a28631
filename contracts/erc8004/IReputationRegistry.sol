// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title IReputationRegistry
 * @notice What Surety writes to and reads of ERC-8004's registry of feedback: whoever calls is the client that gives it.
 * @dev Written after the ERC's text of January 2026 and the registries' README (erc-8004/erc-8004-contracts, commit
 * 2eb5adc), whose deployed contracts say version 2.0.0: values are signed, with decimals, and tags are texts. A client's
 * feedback on an agent is numbered from 1. The agent's owner, and whom it approved, cannot give any.
 */
interface IReputationRegistry {
    /**
     * @notice Gives feedback on an agent.
     * @param value the number, in units of 10^-valueDecimals; at most 10^38 either way.
     * @param valueDecimals at most 18.
     * @param tag1, tag2 what the number is: readers filter by them.
     * @param endpoint, feedbackURI, feedbackHash what it is about, and where more is told of it; may be empty.
     */
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external;

    /// @notice Takes back feedback of the caller's, once. Nobody can prevent it.
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external;

    /// @notice The number of a client's last feedback on an agent; 0 where it gave none.
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64);

    /// @notice The registry of agents that the feedback is on.
    function getIdentityRegistry() external view returns (address);
}
