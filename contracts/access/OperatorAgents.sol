// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title OperatorAgents
 * @notice Lets an operator name a hot account that may act for it in the contract that inherits this, so that its own
 * account, which holds the bond, can stay cold.
 * @dev One for each operator, kept by the inheriting contract in a word that the agent's acts change anyway: who acts
 * through an agent pays nothing for it.
 */
abstract contract OperatorAgents {
    /// @notice An operator named `agent`, in place of the one before; zero where it has none any more.
    event AgentSet(address indexed operator, address indexed agent);

    /// @notice `caller` is neither the operator nor its agent.
    error NotOperatorOrAgent(address operator, address caller);

    modifier onlyOperatorOrAgent(address operator) {
        require(msg.sender == operator || msg.sender == agentOf(operator), NotOperatorOrAgent(operator, msg.sender));
        _;
    }

    /// @notice Names `agent` for the caller in place of the one before, at once; zero to have none. An agent can neither
    /// move the bond nor choose where fees go; but what it commits can be judged, so it is trusted as a signing key is.
    function setAgent(address agent) external {
        _setAgent(msg.sender, agent);
        emit AgentSet(msg.sender, agent);
    }

    /// @notice Who may act for `operator` here beside itself; zero where nobody may.
    function agentOf(address operator) public view virtual returns (address);

    function _setAgent(address operator, address agent) internal virtual;
}
