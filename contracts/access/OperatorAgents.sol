// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title OperatorAgents
 * @notice Lets an operator name hot accounts that may act for it in the contract that inherits this, so that its own
 * account, which holds the bond, can stay cold.
 */
abstract contract OperatorAgents {
    mapping(address operator => mapping(address agent => bool)) private _agents;

    /// @notice An operator named `agent`, or took the name back.
    event AgentSet(address indexed operator, address indexed agent, bool allowed);

    /// @notice `caller` is neither the operator nor one of its agents.
    error NotOperatorOrAgent(address operator, address caller);

    modifier onlyOperatorOrAgent(address operator) {
        require(isAgent(operator, msg.sender), NotOperatorOrAgent(operator, msg.sender));
        _;
    }

    /// @notice Names `agent` for the caller, or takes the name back, at once. An agent can neither move the bond nor
    /// choose where fees go; but what it commits can be judged, so it is trusted as a signing key is.
    function setAgent(address agent, bool allowed) external {
        _agents[msg.sender][agent] = allowed;
        emit AgentSet(msg.sender, agent, allowed);
    }

    /// @notice Whether `account` may act for `operator` here; everyone may for itself.
    function isAgent(address operator, address account) public view returns (bool) {
        return account == operator || _agents[operator][account];
    }
}
