// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../bonds/IOperatorBonds.sol";
import {IAgentLinks} from "./IAgentLinks.sol";
import {IIdentityRegistry} from "./IIdentityRegistry.sol";

/// @title AgentLinks
/// @notice See IAgentLinks.
contract AgentLinks is IAgentLinks {
    /// @inheritdoc IAgentLinks
    IIdentityRegistry public immutable identity;
    IOperatorBonds public immutable bonds;

    /// @dev Each says what the other does: a link is there where both do.
    mapping(address operator => uint256) private _agents;
    mapping(uint256 agentId => address) private _operators;

    constructor(IIdentityRegistry identity_, IOperatorBonds bonds_) {
        require(address(identity_).code.length != 0, NoRegistry(address(identity_)));
        identity = identity_;
        bonds = bonds_;
    }

    /// @inheritdoc IAgentLinks
    function link(uint256 agentId) external {
        address operator = msg.sender;
        require(bonds.payoutOf(operator) != address(0), NotAnOperator(operator));
        require(_confirms(operator, agentId), NotTheAgents(operator, agentId));
        uint256 before = _agents[operator];
        // INVARIANT: nobody leaves a link by his own word, and two operators are never one agent.
        require(operatorOfAgent(before) != operator, StillLinked(operator, before));
        address holder = operatorOfAgent(agentId);
        require(holder == address(0), AgentTaken(agentId, holder));

        _agents[operator] = agentId;
        _operators[agentId] = operator;
        emit AgentLinked(operator, agentId);
    }

    /// @inheritdoc IAgentLinks
    function agentIdOf(address operator) external view returns (uint256 agentId) {
        agentId = _agents[operator];
        require(operator != address(0) && operatorOfAgent(agentId) == operator, NotLinked(operator));
    }

    /// @inheritdoc IAgentLinks
    function operatorOfAgent(uint256 agentId) public view returns (address) {
        address operator = _operators[agentId];
        if (operator == address(0) || _agents[operator] != agentId) return address(0);
        return _confirms(operator, agentId) ? operator : address(0);
    }

    /// @inheritdoc IAgentLinks
    function actsFor(address account, uint256 agentId) external view returns (bool) {
        address owner = _ownerOf(agentId);
        if (owner == address(0)) return false;
        return
            account == owner || identity.isApprovedForAll(owner, account) || identity.getApproved(agentId) == account;
    }

    /// @dev Whether the registry has `operator` for the agent's owner, or for the wallet that its owner named.
    function _confirms(address operator, uint256 agentId) private view returns (bool) {
        address owner = _ownerOf(agentId);
        if (owner == address(0)) return false;
        return owner == operator || identity.getAgentWallet(agentId) == operator;
    }

    /// @dev Zero for an agent that is not there: registries revert.
    function _ownerOf(uint256 agentId) private view returns (address) {
        try identity.ownerOf(agentId) returns (address owner) {
            return owner;
        } catch {
            return address(0);
        }
    }
}
