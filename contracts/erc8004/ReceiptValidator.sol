// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiptVerdicts} from "../courts/IReceiptVerdicts.sol";
import {Receipts} from "../receipts/Receipts.sol";
import {IAgentLinks} from "./IAgentLinks.sol";
import {IReceiptValidator} from "./IReceiptValidator.sol";
import {IValidationRegistry} from "./IValidationRegistry.sol";

/// @title ReceiptValidator
/// @notice See IReceiptValidator.
contract ReceiptValidator is IReceiptValidator {
    /// @dev What the registry has for failed and for passed.
    uint8 private constant FAILED = 0;
    uint8 private constant PASSED = 100;

    /// @dev The request that a receipt was answered under, and how.
    struct Answer {
        bytes32 requestHash;
        uint8 response;
    }

    IValidationRegistry public immutable registry;
    IAgentLinks public immutable links;
    IReceiptVerdicts public immutable verdicts;

    mapping(bytes32 leaf => Answer) private _answers;

    constructor(IValidationRegistry registry_, IAgentLinks links_, IReceiptVerdicts verdicts_) {
        (address found, address expected) = (registry_.getIdentityRegistry(), address(links_.identity()));
        require(found == expected, OtherAgents(found, expected));
        registry = registry_;
        links = links_;
        verdicts = verdicts_;
    }

    /// @inheritdoc IReceiptValidator
    function answer(uint256 agentId, bytes32 salt, IReceiptVerdicts.Question calldata question) external {
        bytes32 leaf = Receipts.hash(question.receipt);
        bytes32 requestHash = requestHashOf(agentId, leaf, salt);
        (address validator, uint256 asker, , , , ) = registry.getValidationStatus(requestHash);
        // INVARIANT: whoever takes a hash before the agent that it is made for gets no answer.
        require(validator == address(this) && asker == agentId, RequestNotTheAgents(requestHash, asker, validator));
        uint8 response = _judge(agentId, leaf, question);

        Answer memory before = _answers[leaf];
        require(
            before.requestHash == 0 || before.requestHash == requestHash,
            AnsweredElsewhere(leaf, before.requestHash)
        );
        // INVARIANT: an answer becomes worse or stays. Whoever asks with other units than the contested ones, or after the
        // fact, would have what failed pass again.
        require(before.requestHash == 0 || response < before.response, AnswerStands(requestHash, before.response));
        _answers[leaf] = Answer(requestHash, response);
        emit Answered(requestHash, agentId, leaf, response);
        string memory tag = response == PASSED ? "surety:unchallenged" : "surety:faulty";
        registry.validationResponse(requestHash, response, "", 0, tag);
    }

    /// @inheritdoc IReceiptValidator
    function requestHashOf(uint256 agentId, bytes32 leaf, bytes32 salt) public view returns (bytes32) {
        return keccak256(abi.encode(address(this), agentId, leaf, salt));
    }

    function _judge(
        uint256 agentId,
        bytes32 leaf,
        IReceiptVerdicts.Question calldata question
    ) private view returns (uint8) {
        IReceiptVerdicts.Verdict verdict = verdicts.verdictOf(question);
        require(verdict != IReceiptVerdicts.Verdict.Open, StillOpen(leaf));
        address operator = question.receipt.operator;
        // What was answered stays open to the worse, whoever the agent belongs to by then.
        bool isAnswered = _answers[leaf].requestHash != 0;
        require(isAnswered || links.operatorOfAgent(agentId) == operator, NotTheAgentsReceipt(agentId, operator));
        return verdict == IReceiptVerdicts.Verdict.Faulty ? FAILED : PASSED;
    }
}
