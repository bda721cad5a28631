// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiptVerdicts} from "../courts/IReceiptVerdicts.sol";

/**
 * @title IReceiptValidator
 * @notice A validator in ERC-8004's registry of validations as it is deployed today: an agent asks about a receipt of the
 * operator that it is, and anyone brings the answer, which is the courts'. 100 where the receipt's time is over and nobody
 * proved it wrong, 0 where it was punished, none before.
 *
 * An agent chooses what it asks about: answers are about one receipt each, and their average says nothing of an operator.
 * What an operator did as a whole is in the facts that ReputationPublisher writes.
 *
 * @dev It is all that knows this registry, which its authors mean to change: another one takes another validator before the
 * same verdicts and links.
 */
interface IReceiptValidator {
    /// @notice A request of an agent's about a receipt was answered; `response` is 0 or 100.
    event Answered(bytes32 indexed requestHash, uint256 indexed agentId, bytes32 indexed leaf, uint8 response);

    /// @notice The registry is of other agents than the links are.
    error OtherAgents(address identity, address expected);
    /// @notice The request is not this agent's, or does not ask this validator.
    error RequestNotTheAgents(bytes32 requestHash, uint256 agentId, address validator);
    /// @notice The receipt can still be challenged: there is no answer yet.
    error StillOpen(bytes32 leaf);
    /// @notice The receipt is by another operator than the agent is, or than it still is.
    error NotTheAgentsReceipt(uint256 agentId, address operator);
    /// @notice The receipt was answered for under another request: one receipt speaks for an agent once.
    error AnsweredElsewhere(bytes32 leaf, bytes32 requestHash);
    /// @notice What was answered stands: it can only become worse.
    error AnswerStands(bytes32 requestHash, uint8 response);

    /**
     * @notice Brings the answer to a request. Anyone may call, and again once a court has punished the receipt that passed.
     * What failed has failed for good.
     * @param salt the one of the request's hash.
     */
    function answer(uint256 agentId, bytes32 salt, IReceiptVerdicts.Question calldata question) external;

    /**
     * @notice The hash under which an agent asks about a receipt: keccak256 of validator, agent, leaf and salt, a word each.
     * @param leaf the receipt's hash.
     * @param salt any; another one where somebody has taken the hash before.
     */
    function requestHashOf(uint256 agentId, bytes32 leaf, bytes32 salt) external view returns (bytes32);
}
