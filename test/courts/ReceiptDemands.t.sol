// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipts} from "../../contracts/receipts/Receipts.sol";
import {Demanding} from "../support/Demanding.sol";
import {Merkle} from "../support/Merkle.sol";
import {vm} from "../support/Vm.sol";

/// @dev A committed receipt, with what anyone may judge it by.
contract ReceiptDemandsTest is Demanding {
    // ---- what can be demanded

    function test_receiptIsDemandedByAnyone() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        bytes32 demand = _receiptDemand(kept);
        vm.assertEq(
            demand,
            keccak256(abi.encode("receipt", operator, kept.shown.root, uint64(0))),
            "the id is of operator, batch and number"
        );
        uint48 deadline = uint48(START + 1 days);
        vm.deal(stranger, FIRST_DEPOSIT);
        vm.expectEmit(address(disclosure));
        emit IDisclosureCourt.ReceiptDemanded(demand, operator, stranger, kept.shown.root, 0, deadline);
        vm.prank(stranger);
        bytes32 returned = disclosure.demandReceipt{value: FIRST_DEPOSIT}(operator, kept.shown.root, 0);
        vm.assertEq(returned, demand, "returned");
    }

    function test_firstAndLastOfABatchCanBeDemandedAndNothingBeside() external {
        bytes32 root = keccak256("root");
        _commit(operator, keccak256("before"), 0, 10);
        _commit(operator, root, 10, 5);
        _expectUnknown(operator, root, 9);
        _expectUnknown(operator, root, 15);
        _expectUnknown(operator, root, type(uint64).max);
        _expectUnknown(operator, keccak256("none"), 10);
        _expectUnknown(operator, keccak256("none"), 0);
        _expectUnknown(rival, root, 10);
        _demandReceipt(stranger, root, 10);
        _demandReceipt(stranger, root, 14);
        vm.assertEq(disclosure.openDemandsOf(operator), 2, "open");
    }

    function test_receiptCanBeDemandedUntilTheLastSecondOfTheWindow() external {
        bytes32 root = keccak256("root");
        _commit(operator, root, 0, 2);
        _assertDemandableUntil(root, START + WINDOW);
    }

    function test_threat50_suspensionKeepsDemandsOpenByWhatItLasts() external {
        bytes32 root = keccak256("root");
        _commit(operator, root, 0, 2);
        vm.warp(START + WINDOW - 1);
        bonds.suspend(2 days);
        _assertDemandableUntil(root, START + WINDOW + 2 days);
    }

    function test_windowIsThatOfSilenceWhenTheBatchWasCommitted() external {
        ICourtPolicies.Policy memory policy = _policy();
        policy.window = uint32(Clocks.MIN_WINDOW);
        policy.effectiveFrom = uint48(START + Clocks.POLICY_DELAY);
        policies.set(policies.SILENCE(), policy);
        (bytes32 earlier, bytes32 later) = (keccak256("earlier"), keccak256("later"));
        vm.warp(policy.effectiveFrom - 1);
        _commit(operator, earlier, 0, 2);
        vm.warp(policy.effectiveFrom);
        _commit(operator, later, 2, 2);
        uint256 end = policy.effectiveFrom + Clocks.MIN_WINDOW;
        vm.warp(end + 1);
        _expectOutOfTime(later, 2, end);
        _demandReceipt(stranger, earlier, 0);
    }

    // ---- answers

    function test_answerDisclosesTheReceipt() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        bytes32 demand = _demandReceipt(stranger, kept);
        vm.assertEq(disclosure.disclosedAt(kept.shown.root), 0, "not yet");
        _wait(1 hours);
        vm.expectEmit(address(disclosure));
        emit IDisclosureCourt.Answered(demand, operator, kept.shown.root);
        _answerReceipt(kept);
        vm.assertEq(disclosure.disclosedAt(kept.shown.root), START + 1 hours, "disclosed");
        vm.assertFalse(disclosure.isPunished(demand), "no fault");
        _expectNotOpen(demand);
        _answerReceipt(kept);
    }

    function test_publicAnswerShowsEverything() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        _demandReceipt(stranger, kept);
        IDisclosureCourt.Disclosed memory shown = kept.disclosed;
        shown.input = "another input";
        _expectMismatch(kept, shown, keccak256("the input"), keccak256("another input"));
        (shown.input, shown.output) = ("the input", "another output");
        _expectMismatch(kept, shown, keccak256("the output"), keccak256("another output"));
        shown.output = "";
        _expectMismatch(kept, shown, keccak256("the output"), keccak256(""));
        (shown.output, shown.context) = ("the output", PRIVATE);
        _expectMismatch(kept, shown, keccak256(PUBLIC), keccak256(PRIVATE));
        shown.context = PUBLIC;
        _answerReceipt(kept);
    }

    function test_privateAnswerShowsNoPayload() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        _demandReceipt(stranger, kept);
        IDisclosureCourt.Disclosed memory shown = _withoutPayload(kept);
        shown.context = PUBLIC;
        _expectMismatch(kept, shown, keccak256(PRIVATE), keccak256(PUBLIC));
        shown.context = PRIVATE;
        disclosure.answerReceipt(kept.shown, shown);
        vm.assertEq(disclosure.disclosedAt(kept.shown.root), START, "disclosed");
    }

    function test_hiddenVectorsAreShownWhateverTheContextSays() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        _demandReceipt(stranger, kept);
        IDisclosureCourt.Disclosed memory shown = _withoutPayload(kept);
        (bytes memory first, bytes memory second) = (shown.evidence[0], shown.evidence[1]);
        (shown.evidence[0], shown.evidence[1]) = (second, first);
        _expectEvidenceMismatch(kept, shown);
        shown.evidence = new bytes[](0);
        _expectEvidenceMismatch(kept, shown);
        shown.evidence = new bytes[](1);
        shown.evidence[0] = first;
        _expectEvidenceMismatch(kept, shown);
        shown.evidence = new bytes[](3);
        (shown.evidence[0], shown.evidence[1]) = (first, second);
        _expectEvidenceMismatch(kept, shown);
        shown.evidence = new bytes[](2);
        (shown.evidence[0], shown.evidence[1]) = (first, second);
        disclosure.answerReceipt(kept.shown, shown);
    }

    function test_modelWithoutHiddenLayersHasNoVectorsToShow() external {
        Kept memory kept = _kept(Modes.OPTIMISTIC, PRIVATE);
        kept.disclosed.evidence = new bytes[](0);
        kept.shown.receipt.proofHash = keccak256("");
        _seal(kept);
        _commit(kept);
        _demandReceipt(stranger, kept);
        disclosure.answerReceipt(kept.shown, _withoutPayload(kept));
    }

    function test_snarkShowsItsProofAndWhatItsContextLetsStrangersSee() external {
        Kept memory kept = _serve(Modes.SNARK, PUBLIC);
        _demandReceipt(stranger, kept);
        _expectOneProof(kept);
        IDisclosureCourt.Disclosed memory shown = kept.disclosed;
        shown.context = PRIVATE;
        _expectMismatch(kept, shown, keccak256(PUBLIC), keccak256(PRIVATE));
        (shown.context, shown.output) = (PUBLIC, "");
        _expectMismatch(kept, shown, keccak256("the output"), keccak256(""));
        shown.output = "the output";
        _answerReceipt(kept);

        Kept memory hidden = _serve(Modes.SNARK, PRIVATE);
        _demandReceipt(stranger, hidden);
        disclosure.answerReceipt(hidden.shown, _withoutPayload(hidden));
    }

    function test_enclaveShowsItsProofAlone() external {
        Kept memory kept = _serve(Modes.ENCLAVE, PUBLIC);
        _demandReceipt(stranger, kept);
        _expectOneProof(kept);
        kept.disclosed.context = "";
        disclosure.answerReceipt(kept.shown, _withoutPayload(kept));
    }

    function test_attestedKeyAndSignatureHaveNothingToShowBesideTheReceipt() external {
        Kept memory attested = _kept(Modes.ENCLAVE, PUBLIC);
        attested.shown.receipt.proofHash = 0;
        _seal(attested);
        _commit(attested);
        Kept memory signed = _serve(Modes.SIGNED, PUBLIC);
        IDisclosureCourt.Disclosed memory nothing;
        _demandReceipt(stranger, attested);
        _demandReceipt(stranger, signed);
        disclosure.answerReceipt(attested.shown, nothing);
        disclosure.answerReceipt(signed.shown, nothing);
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "answered");
    }

    /// @dev Whatever somebody ordered, the operator can answer with what it was given.
    function testFuzz_C1_whatWasKeptIsAnAnswer(uint8 mode, bytes memory context, bool isKnown) external {
        Kept memory kept = _kept(uint8(_bound(mode, 0, 3)), isKnown ? PUBLIC : context);
        _commit(kept);
        _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "answered");
    }

    function test_answerShowsACommittedReceipt() external {
        Kept memory kept = _serve(Modes.SIGNED, PUBLIC);
        _demandReceipt(stranger, kept);
        IDisclosureCourt.Shown memory shown = kept.shown;
        shown.receipt.price += 1;
        _expectRefused(shown, _notCommitted(shown.root));
        shown.receipt.price -= 1;
        shown.root = keccak256("another");
        _expectRefused(shown, _notCommitted(shown.root));
        shown.root = Receipts.hash(shown.receipt);
        shown.proof = new bytes32[](1);
        _expectRefused(shown, _notCommitted(shown.root));
        shown.proof = new bytes32[](0);
        disclosure.answerReceipt(shown, kept.disclosed);
    }

    function test_answerShowsTheRequestAndTheOrder() external {
        Kept memory kept = _serve(Modes.SIGNED, PUBLIC);
        _demandReceipt(stranger, kept);
        IDisclosureCourt.Shown memory shown = kept.shown;
        shown.request.ceiling += 1;
        bytes32 found = escrow.requestDigest(shown.request);
        _expectRefused(
            shown,
            abi.encodeWithSelector(ICourt.RequestMismatch.selector, shown.receipt.requestHash, found)
        );
        shown.request.ceiling -= 1;
        bytes32 ordered = shown.request.orderHash;
        shown.order.maxPrice += 1;
        Kept memory other = _kept(Modes.SIGNED, PUBLIC);
        other.shown.order = shown.order;
        _seal(other);
        found = other.shown.request.orderHash;
        _expectRefused(shown, abi.encodeWithSelector(ICourt.RequestMismatch.selector, ordered, found));
    }

    function test_receiptOfALargerBatchIsShownByItsPath() external {
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        bytes32[] memory leaves = new bytes32[](3);
        (leaves[0], leaves[1], leaves[2]) = ("first", kept.shown.root, "third");
        kept.shown.receipt.sequence = 1;
        leaves[1] = Receipts.hash(kept.shown.receipt);
        bytes32[] memory nodes = Merkle.tree(leaves);
        (kept.shown.root, kept.shown.proof) = (nodes[0], Merkle.proof(nodes, 1));
        _commit(operator, kept.shown.root, 0, 3);
        bytes32 other = _demandReceipt(stranger, kept.shown.root, 0);
        _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        vm.assertEq(disclosure.disclosedAt(leaves[1]), START, "by its leaf");
        vm.assertEq(disclosure.demandOf(other).demander, stranger, "another number stays open");
        vm.assertEq(disclosure.openDemandsOf(operator), 1, "one");
    }

    // ---- silence

    function test_C2_silenceCostsItsPartOfTheBond() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        bytes32 demand = _demandReceipt(stranger, kept);
        _wait(Clocks.ANSWER_TIME + 1);
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.Slashed(operator, address(disclosure), 200e6, 200e6, 0, 20e6);
        vm.expectEmit(address(disclosure));
        emit ICourt.Convicted(demand, operator, stranger, 200e6, 200e6, 0, 20e6);
        _convictReceipt(reporter, kept);
        vm.assertTrue(disclosure.isPunished(demand), "punished");
        vm.assertEq(bonds.awardsOf(payer), 0, "nobody knows what it cost");
    }

    function test_C3_silenceIsPunishedOnce() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        bytes32 demand = _demandReceipt(stranger, kept);
        _wait(Clocks.ANSWER_TIME + 1);
        _convictReceipt(stranger, kept);
        _expectNotOpen(demand);
        _convictReceipt(reporter, kept);
        vm.assertEq(_ownBond(), BOND - 200e6, "once");
    }

    function test_C1_answeredReceiptIsNotPunished() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        bytes32 demand = _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        _wait(Clocks.ANSWER_TIME + 1);
        _expectNotOpen(demand);
        _convictReceipt(stranger, kept);
        vm.assertEq(_ownBond(), BOND, "nothing");
    }

    function test_C2_rootWithNothingBehindItIsSilence() external {
        bytes32 root = keccak256("nothing");
        _commit(operator, root, 0, 3);
        for (uint64 i = 0; i < 3; ++i) _demandReceipt(stranger, root, i);
        _wait(Clocks.ANSWER_TIME + Clocks.EVIDENCE_LAPSE);
        for (uint64 i = 0; i < 3; ++i) disclosure.convictReceipt(operator, root, i);
        vm.assertEq(_ownBond(), 512e6, "each receipt is a fault of its own");
    }

    function test_silenceIsPunishedByTheRowThatWasInForceWhenItBegan() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.slashBps, policy.effectiveFrom) = (5_000, uint48(START + Clocks.POLICY_DELAY));
        policies.set(policies.SILENCE(), policy);
        bytes32 root = keccak256("root");
        _commit(operator, root, 0, 2);
        vm.warp(policy.effectiveFrom - 1);
        _demandReceipt(stranger, root, 0);
        vm.warp(policy.effectiveFrom);
        _demandReceipt(stranger, root, 1);
        _wait(Clocks.ANSWER_TIME + 1 hours);
        disclosure.convictReceipt(operator, root, 0);
        vm.assertEq(_ownBond(), 800e6, "a fifth");
        disclosure.convictReceipt(operator, root, 1);
        vm.assertEq(_ownBond(), 400e6, "half of the rest");
    }

    function test_C2_emptyingTheBondBeforeTheVerdictLeavesADebt() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND);
        vm.warp(START + WINDOW);
        _demandReceipt(stranger, kept);
        _wait(Clocks.ANSWER_TIME + 1);
        _convictReceipt(stranger, kept);
        vm.assertEq(_ownBond(), 800e6, "what leaves is still at risk");
    }

    function _assertDemandableUntil(bytes32 root, uint256 end) private {
        vm.warp(end + 1);
        _expectOutOfTime(root, 0, end);
        vm.warp(end);
        _demandReceipt(stranger, root, 0);
    }

    function _expectOutOfTime(bytes32 root, uint64 sequence, uint256 end) private {
        vm.deal(stranger, FIRST_DEPOSIT);
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.DemandOutOfTime.selector, end));
        vm.prank(stranger);
        disclosure.demandReceipt{value: FIRST_DEPOSIT}(operator, root, sequence);
    }

    function _expectUnknown(address who, bytes32 root, uint64 sequence) private {
        vm.deal(stranger, FIRST_DEPOSIT);
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.ReceiptUnknown.selector, who, root, sequence));
        vm.prank(stranger);
        disclosure.demandReceipt{value: FIRST_DEPOSIT}(who, root, sequence);
    }

    function _notCommitted(bytes32 root) private view returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.ReceiptNotCommitted.selector, operator, root);
    }

    function _expectRefused(IDisclosureCourt.Shown memory shown, bytes memory reason) private {
        IDisclosureCourt.Disclosed memory nothing;
        vm.expectRevert(reason);
        disclosure.answerReceipt(shown, nothing);
    }

    function _expectMismatch(
        Kept memory kept,
        IDisclosureCourt.Disclosed memory shown,
        bytes32 expected,
        bytes32 found
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.DisclosureMismatch.selector, expected, found));
        disclosure.answerReceipt(kept.shown, shown);
    }

    function _expectEvidenceMismatch(Kept memory kept, IDisclosureCourt.Disclosed memory shown) private {
        bytes memory hashes;
        for (uint256 i = 0; i < shown.evidence.length; ++i) {
            hashes = bytes.concat(hashes, keccak256(shown.evidence[i]));
        }
        _expectMismatch(kept, shown, kept.shown.receipt.proofHash, keccak256(hashes));
    }

    /// @dev Neither none, nor two, nor another.
    function _expectOneProof(Kept memory kept) private {
        IDisclosureCourt.Disclosed memory shown = IDisclosureCourt.Disclosed(
            kept.disclosed.context,
            new bytes[](0),
            kept.disclosed.input,
            kept.disclosed.output
        );
        bytes32 expected = kept.shown.receipt.proofHash;
        _expectMismatch(kept, shown, expected, 0);
        shown.evidence = new bytes[](2);
        shown.evidence[0] = kept.disclosed.evidence[0];
        _expectMismatch(kept, shown, expected, 0);
        shown.evidence = new bytes[](1);
        shown.evidence[0] = "another";
        _expectMismatch(kept, shown, expected, keccak256("another"));
    }
}
