// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/**
 * @title IReputationPublisher
 * @notice Writes what is known of an operator to ERC-8004's registry of feedback, under the agent that it is linked to:
 * all facts or none, good and bad, by anyone's call. The publisher is the client that gives it.
 *
 * At most one set of facts stands under an agent: a new one takes back the one before, so a reader who asks the registry
 * for this client's feedback gets a fact, no average of the present and the past. What stands is as old as `publishedAt`;
 * CreditHistory says what is true now.
 *
 * @dev It holds no money, has no role, and no contract of the protocol calls it: a registry that reverts, reenters or uses
 * up gas, as one that is upgraded may, harms only whoever calls.
 */
interface IReputationPublisher {
    /**
     * @notice The facts, as read when they are written. Amounts in the token's smallest unit.
     * @param score, proven, settled, faulted see ICreditHistory.
     * @param cover see IOperatorBonds.
     * @param debt what slashes asked for and could not take.
     */
    struct Facts {
        uint256 score;
        uint256 settled;
        uint256 faulted;
        uint256 cover;
        uint256 debt;
        bool proven;
    }

    /**
     * @notice What stands under an agent; all zero where nothing does.
     * @param operator whose facts they are.
     * @param publishedAt when they were written, in seconds.
     * @param firstIndex the number of the first of them, of this client's feedback on the agent.
     * @param faulted, debt as written, to know what is worse.
     * @param factsHash keccak256 of the facts.
     */
    struct Standing {
        address operator;
        uint48 publishedAt;
        uint64 firstIndex;
        uint96 faulted;
        uint96 debt;
        bytes32 factsHash;
    }

    /// @notice All facts of an operator were written under an agent, numbered from `firstIndex` on.
    event FactsPublished(address indexed operator, uint256 indexed agentId, uint64 firstIndex, Facts facts);
    /// @notice What stood under an agent was taken back, and nothing took its place.
    event FactsRetracted(address indexed operator, uint256 indexed agentId);

    /// @notice The registry of feedback is about other agents than the links are.
    error OtherAgents(address identity, address expected);
    /// @notice The registry of feedback takes no numbers with so many decimals.
    error TooManyDecimals(uint256 decimals);
    /// @notice What stands is not old enough, and neither faults nor debt have become greater.
    error TooSoon(address operator, uint256 dueAt);
    /// @notice What stands is what is true.
    error FactsUnchanged(address operator);
    /// @notice The registry did not write every fact.
    error FactsNotWritten(uint256 agentId, uint64 lastIndex, uint64 expected);
    /// @notice Nothing stands under the agent.
    error NothingStands(uint256 agentId);
    /// @notice The agent still is the operator, and what is true can be written: `publish` it instead.
    error CanBePublished(address operator, uint256 agentId);

    /**
     * @notice Writes the facts of `operator` in place of those that stand. Anyone may call: a day after the last time,
     * where anything has changed; at once where its faults weigh more than those that stand, or it owes more.
     * @return agentId the agent under which they stand.
     */
    function publish(address operator) external returns (uint256 agentId);

    /**
     * @notice Takes back what stands under an agent. Anyone may call, where it cannot be kept true: the agent is no longer
     * the operator whose facts they are, or whoever owns it approved this contract, so that the registry would have its
     * feedback for the agent's own.
     */
    function retract(uint256 agentId) external;

    /// @notice What `publish` would write now. For any account; all but nothing for one that is no operator.
    function factsOf(address operator) external view returns (Facts memory);

    /// @notice What stands under an agent.
    function standingOf(uint256 agentId) external view returns (Standing memory);
}
