// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title IIdentityRegistry
 * @notice What Surety reads of ERC-8004's registry of agents: an ERC-721 token for each agent, whose owner may name a
 * wallet.
 * @dev Written after the ERC's text of January 2026 and the registries' README (erc-8004/erc-8004-contracts, commit
 * 2eb5adc), whose deployed contracts say version 2.0.0. A wallet is named with its own signature, and forgotten where the
 * agent changes hands. All of these revert for an agent that is not there, `isApprovedForAll` aside.
 */
interface IIdentityRegistry {
    /// @notice Who owns an agent.
    function ownerOf(uint256 agentId) external view returns (address);

    /// @notice The account that an agent is paid at and signs with; zero where none is named.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice Who may act for this one agent beside its owner; zero where nobody may.
    function getApproved(uint256 agentId) external view returns (address);

    /// @notice Whether `account` may act for all agents of `owner`.
    function isApprovedForAll(address owner, address account) external view returns (bool);
}
