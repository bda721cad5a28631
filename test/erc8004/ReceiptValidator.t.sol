// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiptVerdicts} from "../../contracts/courts/IReceiptVerdicts.sol";
import {IReceiptValidator} from "../../contracts/erc8004/IReceiptValidator.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Agents} from "../support/Agents.sol";
import {TestIdentityRegistry} from "../support/TestIdentityRegistry.sol";
import {TestValidationRegistry} from "../support/TestValidationRegistry.sol";
import {vm} from "../support/Vm.sol";

contract ReceiptValidatorTest is Agents {
    IReceiptVerdicts.Question private _about;
    bytes32 private _leaf;

    function setUp() public override {
        super.setUp();
        _link(operator, agent);
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        _leaf = kept.shown.root;
        _about = _question(kept);
    }

    function test_receiptThatNobodyProvedWrongPasses() external {
        bytes32 requestHash = _request(operator, agent, SALT);
        _wait(TRIAL + 1);
        vm.expectEmit(address(validator));
        emit IReceiptValidator.Answered(requestHash, agent, _leaf, 100);
        vm.prank(stranger);
        validator.answer(agent, SALT, _about);
        _assertAnswer(requestHash, 100, "surety:unchallenged");
    }

    function test_punishedReceiptFails() external {
        bytes32 requestHash = _request(operator, agent, SALT);
        _contradictIt();
        validator.answer(agent, SALT, _about);
        _assertAnswer(requestHash, 0, "surety:faulty");
    }

    function test_receiptThatCanBeChallengedHasNoAnswer() external {
        _request(operator, agent, SALT);
        vm.expectRevert(abi.encodeWithSelector(IReceiptValidator.StillOpen.selector, _leaf));
        validator.answer(agent, SALT, _about);
    }

    function test_answerFollowsTheCourtsWhoeverTheAgentBelongsTo() external {
        bytes32 requestHash = _request(operator, agent, SALT);
        _wait(TRIAL + 1);
        validator.answer(agent, SALT, _about);
        vm.expectRevert(abi.encodeWithSelector(IReceiptValidator.AnswerStands.selector, requestHash, 100));
        validator.answer(agent, SALT, _about);
        _transfer(operator, stranger, agent);
        _contradictIt();
        validator.answer(agent, SALT, _about);
        _assertAnswer(requestHash, 0, "surety:faulty");
    }

    /// @dev Who answers chooses about which units it asks.
    function test_whatFailedDoesNotPassAgain() external {
        bytes32 requestHash = _request(operator, agent, SALT);
        _sellUnitsFrom(PRICE - 2, _served());
        _wait(TRIAL + 1);
        // Where it asks about others, the receipt passes at first.
        validator.answer(agent, SALT, _about);
        _assertAnswer(requestHash, 100, "surety:unchallenged");
        uint128 others = _about.contestedFrom;
        _about.contestedFrom = PRICE - 2;
        validator.answer(agent, SALT, _about);
        _assertAnswer(requestHash, 0, "surety:faulty");
        vm.expectRevert(abi.encodeWithSelector(IReceiptValidator.AnswerStands.selector, requestHash, 0));
        validator.answer(agent, SALT, _about);
        _about.contestedFrom = others;
        vm.expectRevert(abi.encodeWithSelector(IReceiptValidator.AnswerStands.selector, requestHash, 0));
        validator.answer(agent, SALT, _about);
    }

    function test_agentGetsNoAnswerForSomebodyElsesReceipt() external {
        _register(rival);
        uint256 its = _registerAgent(rival);
        _link(rival, its);
        _request(rival, its, SALT);
        _wait(TRIAL + 1);
        vm.expectRevert(abi.encodeWithSelector(IReceiptValidator.NotTheAgentsReceipt.selector, its, operator));
        validator.answer(its, SALT, _about);
    }

    function test_agentThatWasSoldGetsNoAnswerForItsFormerOwnersReceipt() external {
        _request(operator, agent, SALT);
        _transfer(operator, stranger, agent);
        _wait(TRIAL + 1);
        vm.expectRevert(abi.encodeWithSelector(IReceiptValidator.NotTheAgentsReceipt.selector, agent, operator));
        validator.answer(agent, SALT, _about);
    }

    function test_whoTakesTheHashFirstGetsNoAnswerAndTheAgentTakesAnother() external {
        bytes32 requestHash = validator.requestHashOf(agent, _leaf, SALT);
        vm.prank(stranger);
        validation.validationRequest(address(validator), 0, "", requestHash);
        _wait(TRIAL + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptValidator.RequestNotTheAgents.selector, requestHash, 0, address(validator))
        );
        validator.answer(agent, SALT, _about);
        bytes32 other = _request(operator, agent, 0);
        validator.answer(agent, 0, _about);
        _assertAnswer(other, 100, "surety:unchallenged");
    }

    function test_requestToAnotherValidatorHasNoAnswerHere() external {
        bytes32 requestHash = validator.requestHashOf(agent, _leaf, SALT);
        vm.prank(operator);
        validation.validationRequest(stranger, agent, "", requestHash);
        vm.expectPartialRevert(IReceiptValidator.RequestNotTheAgents.selector);
        validator.answer(agent, SALT, _about);
    }

    function test_oneReceiptSpeaksForAnAgentOnce() external {
        bytes32 first = _request(operator, agent, SALT);
        _request(operator, agent, 0);
        _wait(TRIAL + 1);
        validator.answer(agent, SALT, _about);
        vm.expectRevert(abi.encodeWithSelector(IReceiptValidator.AnsweredElsewhere.selector, _leaf, first));
        validator.answer(agent, 0, _about);
    }

    function test_registryIsOfTheSameAgents() external {
        TestIdentityRegistry others = new TestIdentityRegistry();
        address foreign = address(new TestValidationRegistry(others));
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptValidator.OtherAgents.selector, address(others), address(identity))
        );
        this.deployValidator(foreign);
    }

    function deployValidator(address registry) external returns (address) {
        return
            _deploy("contracts/erc8004/ReceiptValidator.sol:ReceiptValidator", abi.encode(registry, links, verdicts));
    }

    function _request(address who, uint256 agentId, bytes32 salt) private returns (bytes32 requestHash) {
        requestHash = validator.requestHashOf(agentId, _leaf, salt);
        vm.prank(who);
        validation.validationRequest(address(validator), agentId, "", requestHash);
    }

    function _contradictIt() private {
        _contradict(_served());
    }

    /// @dev What it is asked about, as evidence.
    function _served() private view returns (Kept memory kept) {
        (kept.shown.receipt, kept.shown.request, kept.shown.root) = (_about.receipt, _about.request, _about.root);
    }

    function _assertAnswer(bytes32 requestHash, uint8 expected, string memory expectedTag) private view {
        (address who, uint256 agentId, uint8 response, , string memory tag, uint256 answeredAt) = validation
            .getValidationStatus(requestHash);
        vm.assertEq(who, address(validator), "validator");
        vm.assertEq(agentId, agent, "agent");
        vm.assertEq(response, expected, "response");
        vm.assertEq(tag, expectedTag, "tag");
        vm.assertEq(answeredAt, _now(), "when");
    }
}
