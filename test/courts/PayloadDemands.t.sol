// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Demanding} from "../support/Demanding.sol";
import {vm} from "../support/Vm.sol";

/// @dev What a payer had answered, and its context keeps from strangers.
contract PayloadDemandsTest is Demanding {
    function test_payloadIsDemandedByThePayer() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        bytes32 leaf = kept.shown.root;
        bytes32 demand = disclosure.payloadDemandId(leaf);
        vm.assertEq(demand, keccak256(abi.encode("payload", leaf)), "the id is of the receipt");
        vm.deal(payer, FIRST_DEPOSIT);
        vm.expectEmit(address(disclosure));
        emit IDisclosureCourt.PayloadDemanded(demand, operator, payer, leaf, uint48(START + 1 days));
        vm.prank(payer);
        vm.assertEq(disclosure.demandPayload{value: FIRST_DEPOSIT}(kept.shown), demand, "returned");
    }

    function test_threat45_nobodyElseCanDemandAPayload() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        for (uint256 i = 0; i < 3; ++i) {
            address who = [stranger, operator, client.addr][i];
            _expectRefused(who, kept, abi.encodeWithSelector(IDisclosureCourt.NotPayer.selector, payer, who));
        }
    }

    function test_threat45_payloadThatNoCourtJudgesIsNotDemanded() external {
        _expectNotJudged(Modes.SIGNED);
        _expectNotJudged(Modes.ENCLAVE);
        _demandPayload(_serve(Modes.SNARK, PRIVATE));
        _demandPayload(_serve(Modes.OPTIMISTIC, PRIVATE));
    }

    function test_payloadOfACommittedReceiptAloneIsDemanded() external {
        Kept memory kept = _kept(Modes.OPTIMISTIC, PRIVATE);
        bytes32 root = kept.shown.root;
        _expectRefused(payer, kept, abi.encodeWithSelector(ICourt.ReceiptNotCommitted.selector, operator, root));
        _commit(kept);
        Kept memory other = _kept(Modes.OPTIMISTIC, PRIVATE);
        other.shown.request.ceiling += 1;
        bytes32 found = escrow.requestDigest(other.shown.request);
        kept.shown.request.ceiling += 1;
        bytes32 expected = kept.shown.receipt.requestHash;
        _expectRefused(payer, kept, abi.encodeWithSelector(ICourt.RequestMismatch.selector, expected, found));
    }

    function test_payloadCanBeDemandedUntilTheLastSecondOfTheWindow() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        vm.warp(START + WINDOW + 1);
        bytes memory late = abi.encodeWithSelector(IDisclosureCourt.DemandOutOfTime.selector, START + WINDOW);
        _expectRefused(payer, kept, late);
        vm.warp(START + WINDOW);
        _demandPayload(kept);
    }

    function test_answerShowsEvidenceInputAndOutput() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        bytes32 demand = _demandPayload(kept);
        IDisclosureCourt.Disclosed memory shown = kept.disclosed;
        (bytes memory input, bytes memory output) = (shown.input, shown.output);
        shown.input = "";
        _expectMismatch(kept, shown, keccak256(input), keccak256(""));
        (shown.input, shown.output) = (input, "another");
        _expectMismatch(kept, shown, keccak256(output), keccak256("another"));
        shown.output = output;
        bytes memory hidden = shown.evidence[1];
        shown.evidence[1] = "";
        bytes32 found = keccak256(bytes.concat(keccak256(shown.evidence[0]), keccak256("")));
        _expectMismatch(kept, shown, kept.shown.receipt.proofHash, found);
        // The payer knows its own context.
        (shown.evidence[1], shown.context) = (hidden, "");
        _wait(5);
        vm.expectEmit(address(disclosure));
        emit IDisclosureCourt.Answered(demand, operator, kept.shown.root);
        disclosure.answerPayload(kept.shown, shown);
        vm.assertEq(disclosure.disclosedAt(kept.shown.root), START + 5, "disclosed");
    }

    function test_answerIsTakenByWhatItShows() external {
        Kept memory kept = _kept(Modes.SNARK, PRIVATE);
        _commit(operator, kept.shown.root, 0, 4);
        for (uint64 i = 1; i < 4; ++i) _demandReceipt(stranger, kept.shown.root, i);
        _demandPayload(kept);
        disclosure.answerPayload(kept.shown, kept.disclosed);
        uint256 bytesShown = bytes("the first").length + bytes("the input").length + bytes("the output").length;
        vm.assertEq(disclosure.coinOf(operator), LEAST_COST + 12 * LEAST_GAS_PRICE * bytesShown, "and not the context");
    }

    function test_answerToAPayloadIsNoneToAReceiptAndTheOtherWayRound() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        bytes32 payload = _demandPayload(kept);
        _expectNotOpen(_receiptDemand(kept));
        _answerReceipt(kept);
        bytes32 receipt = _demandReceipt(stranger, kept);
        disclosure.answerPayload(kept.shown, kept.disclosed);
        vm.assertEq(disclosure.demandOf(payload).demander, address(0), "answered");
        vm.assertEq(disclosure.demandOf(receipt).demander, stranger, "still open");
        _expectNotOpen(payload);
        disclosure.answerPayload(kept.shown, kept.disclosed);
    }

    // ---- silence

    function test_C2_silenceCostsWhatWasPaidAndCompensatesThePayer() external {
        _pay(uint96(PRICE));
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        bytes32 demand = _demandPayload(kept);
        _wait(Clocks.ANSWER_TIME + 1);
        vm.expectEmit(address(disclosure));
        emit ICourt.Convicted(demand, operator, payer, 200e6, 200e6, 2 * PRICE, 20e6);
        disclosure.convictPayload(kept.shown);
        vm.assertEq(bonds.awardsOf(payer), 2 * PRICE + 20e6, "compensation, and the bounty of who demanded");
        vm.assertTrue(disclosure.isPunished(demand), "punished");
    }

    function test_C2_greatPriceCostsItsMultiple() external {
        _pay(40e6);
        Kept memory kept = _kept(Modes.OPTIMISTIC, PRIVATE);
        (kept.shown.receipt.price, kept.shown.receipt.charged) = (40e6, 40e6);
        _seal(kept);
        _commit(kept);
        _demandPayload(kept);
        _wait(Clocks.ANSWER_TIME + 1);
        disclosure.convictPayload(kept.shown);
        vm.assertEq(_ownBond(), BOND - 400e6, "ten times the price");
    }

    function test_silenceIsPunishedAfterTheDeadlineAndWhereItWasDemanded() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        bytes32 demand = disclosure.payloadDemandId(kept.shown.root);
        _expectNotOpen(demand);
        disclosure.convictPayload(kept.shown);
        _demandPayload(kept);
        _wait(Clocks.ANSWER_TIME);
        vm.expectPartialRevert(bytes4(keccak256("AnswerStillPossible(bytes32,uint256)")));
        disclosure.convictPayload(kept.shown);
    }

    function test_C2_priceSettledAfterTheVerdictIsJudgedWhenItComesAgain() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        bytes32 demand = _demandPayload(kept);
        _wait(Clocks.ANSWER_TIME + 1);
        disclosure.convictPayload(kept.shown);
        vm.assertEq(bonds.awardsOf(payer), 20e6, "nothing was paid yet");
        uint256 left = _ownBond();
        _settleTo(PRICE);
        vm.expectEmit(address(disclosure));
        emit ICourt.Convicted(demand, operator, reporter, 50e6, 50e6, 2 * PRICE, 5e6);
        vm.prank(reporter);
        disclosure.convictPayload(kept.shown);
        vm.assertEq(left - _ownBond(), 10 * PRICE, "ten times the price, and no part of the bond again");

        left = _ownBond();
        vm.expectEmit(address(disclosure));
        emit ICourt.AlreadyPunished(demand, reporter);
        vm.prank(reporter);
        disclosure.convictPayload(kept.shown);
        vm.assertEq(_ownBond(), left, "C3: once");
    }

    function test_C2_priceSettledAfterTheVerdictIsJudgedWithinTheWindowByItsRow() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.priceMultiple, policy.effectiveFrom) = (1, uint48(START + Clocks.POLICY_DELAY));
        policies.set(policies.SILENCE(), policy);
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        _demandPayload(kept);
        _wait(Clocks.ANSWER_TIME + 1);
        disclosure.convictPayload(kept.shown);
        uint256 left = _ownBond();
        vm.warp(START + WINDOW - 1);
        _settleTo(PRICE);
        vm.warp(START + WINDOW + 1);
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.DemandOutOfTime.selector, START + WINDOW));
        disclosure.convictPayload(kept.shown);
        vm.warp(START + WINDOW);
        disclosure.convictPayload(kept.shown);
        vm.assertEq(left - _ownBond(), 10 * PRICE, "ten times, as when it was committed");
    }

    function _expectNotJudged(uint8 mode) private {
        Kept memory kept = _serve(mode, PRIVATE);
        _expectRefused(payer, kept, abi.encodeWithSelector(IDisclosureCourt.PayloadNotJudged.selector, mode));
    }

    function _expectRefused(address who, Kept memory kept, bytes memory reason) private {
        vm.deal(who, FIRST_DEPOSIT);
        vm.expectRevert(reason);
        vm.prank(who);
        disclosure.demandPayload{value: FIRST_DEPOSIT}(kept.shown);
    }

    function _expectMismatch(
        Kept memory kept,
        IDisclosureCourt.Disclosed memory shown,
        bytes32 expected,
        bytes32 found
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.DisclosureMismatch.selector, expected, found));
        disclosure.answerPayload(kept.shown, shown);
    }
}
