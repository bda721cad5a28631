// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIdentityRegistry} from "./IIdentityRegistry.sol";

/**
 * @title IAgentLinks
 * @notice Which ERC-8004 agent is which operator: said by the operator, and confirmed by the registry of agents, anew
 * whenever it is asked for.
 * @dev A link ends only where the registry no longer confirms it: an operator that could take it back would do so before
 * its faults are written to the agent.
 */
interface IAgentLinks {
    /// @notice An operator said that it is an agent, and the registry confirmed it.
    event AgentLinked(address indexed operator, uint256 indexed agentId);

    /// @notice There is no contract at the address that is named as the registry of agents.
    error NoRegistry(address registry);
    /// @notice Only operators are linked.
    error NotAnOperator(address account);
    /// @notice The registry has the operator neither for the agent's owner nor for its wallet.
    error NotTheAgents(address operator, uint256 agentId);
    /// @notice The operator is linked to an agent that is still its own.
    error StillLinked(address operator, uint256 agentId);
    /// @notice The agent is another operator's, as the registry still confirms.
    error AgentTaken(uint256 agentId, address operator);
    /// @notice The operator is no agent, or no longer.
    error NotLinked(address operator);

    /// @notice Says that the caller, an operator, is an agent that it owns or is the wallet of. It takes the place of a link
    /// that the registry no longer confirms, of either.
    function link(uint256 agentId) external;

    /// @notice The agent that an operator is now. Reverts where it is none, or the registry does not confirm it.
    function agentIdOf(address operator) external view returns (uint256 agentId);

    /// @notice The operator that an agent is now; zero where it is none, or the registry does not confirm it.
    function operatorOfAgent(uint256 agentId) external view returns (address operator);

    /// @notice Whether the registries take `account` for the agent's owner, or for one that it approved.
    function actsFor(address account, uint256 agentId) external view returns (bool);

    /// @notice The registry of agents.
    function identity() external view returns (IIdentityRegistry);
}
