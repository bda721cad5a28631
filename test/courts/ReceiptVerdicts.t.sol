// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICourt} from "../../contracts/courts/ICourt.sol";
import {IReceiptVerdicts} from "../../contracts/courts/IReceiptVerdicts.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Verdicts} from "../support/Verdicts.sol";
import {vm} from "../support/Vm.sol";

contract ReceiptVerdictsTest is Verdicts {
    function test_receiptIsOpenUntilNoCourtCanPunishItAnyMore() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        _wait(TRIAL);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        _wait(1);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Unchallenged);
    }

    function test_suspendedTimeDoesNotCount() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        bonds.suspend(7 days);
        _wait(TRIAL + 7 days);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        _wait(1);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Unchallenged);
    }

    function test_wrongReceiptIsFaulty() external {
        Kept memory kept = _serveWrong();
        _bring(validity, _terms(_exhibit(kept), kept.shown.request, kept.shown.order));
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
        _wait(TRIAL + 1);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptThatStatesALaterTimeIsOpenUntilItsSignatureCountsNoMore() external {
        Kept memory kept = _overpriced();
        kept.shown.receipt.issuedAt = uint64(_now() + 30 days);
        _seal(kept);
        _commit(kept);
        _wait(30 days + TRIAL);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        _wait(1);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Unchallenged);
        // It was open for good reason.
        vm.warp(kept.shown.receipt.issuedAt + _policy().window);
        _bring(validity, _terms(_signed(kept.shown.receipt), kept.shown.request, kept.shown.order));
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptThatIsShownLateIsOpenOnceMore() external {
        Kept memory kept = _serveWrong();
        _wait(TRIAL + 1);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Unchallenged);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        _answerUnit(1, kept);
        bonds.suspend(7 days);
        _wait(7 days + 1 days + 1 hours);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        _wait(1);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Unchallenged);
    }

    function test_receiptThatIsShownLateIsPunishedOnceMore() external {
        Kept memory kept = _serveWrong();
        _wait(TRIAL + 1);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        _answerUnit(1, kept);
        _wait(1 days);
        _bring(validity, _terms(_exhibit(kept), kept.shown.request, kept.shown.order));
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptThatIsNotShownIsFaulty() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        bytes32 demand = _demandReceipt(reporter, kept);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        vm.warp(_deadlineOf(demand) + 1);
        _convictReceipt(reporter, kept);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptWhosePayloadIsNotShownIsFaulty() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PRIVATE);
        bytes32 demand = _demandPayload(kept);
        vm.warp(_deadlineOf(demand) + 1);
        disclosure.convictPayload(kept.shown);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptWhoseNumberIsSoldTwiceIsFaulty() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        _contradict(kept);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptThatIsContradictedLateIsFaultyFromThenOn() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        _wait(TRIAL + 1);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Unchallenged);
        _contradict(kept);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptWhoseOrderIsAnsweredTwiceIsFaulty() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        Receipt memory second = _copyOf(kept);
        (second.sequence, second.charged) = (1, 2 * PRICE);
        Request memory request = kept.shown.request;
        _bring(
            equivocation,
            abi.encodeCall(equivocation.convictOrder, (_exhibit(kept), _signed(second), _pair(request, request), SALT))
        );
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Faulty);
    }

    function test_receiptWhoseUnitsAreSoldTwiceIsFaultyWhereTheyBegin() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        // Another one owns the last two units of the first one's, and others.
        _sellUnitsFrom(PRICE - 2, kept);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        IReceiptVerdicts.Question memory question = _question(kept);
        question.contestedFrom = PRICE - 2;
        vm.assertTrue(verdicts.verdictOf(question) == IReceiptVerdicts.Verdict.Faulty, "where they begin");
        question.contestedFrom = PRICE - 1;
        vm.assertTrue(verdicts.verdictOf(question) == IReceiptVerdicts.Verdict.Open, "a unit later");
    }

    function test_unitsOfAnotherReceiptAreNotIts() external {
        Kept memory kept = _kept(Modes.OPTIMISTIC, PUBLIC);
        kept.shown.receipt.charged = 2 * PRICE;
        _seal(kept);
        _commit(kept);
        IReceiptVerdicts.Question memory question = _question(kept);
        for (uint256 i = 0; i < 2; ++i) {
            question.contestedFrom = i == 0 ? PRICE - 1 : 2 * PRICE;
            vm.expectRevert(
                abi.encodeWithSelector(IReceiptVerdicts.UnitsNotIts.selector, question.contestedFrom, PRICE, 2 * PRICE)
            );
            verdicts.verdictOf(question);
        }
        question.contestedFrom = 2 * PRICE - 1;
        vm.assertTrue(verdicts.verdictOf(question) == IReceiptVerdicts.Verdict.Open, "its last unit");
    }

    function test_receiptThatOwnsNoUnitsIsJudgedToo() external {
        Kept memory kept = _kept(Modes.OPTIMISTIC, PUBLIC);
        (kept.shown.receipt.price, kept.shown.receipt.charged) = (0, 0);
        _seal(kept);
        _commit(kept);
        _assertVerdict(kept, IReceiptVerdicts.Verdict.Open);
        // One that charges less than it costs owns none either.
        Kept memory free = _kept(Modes.OPTIMISTIC, PUBLIC);
        (free.shown.receipt.charged, free.shown.receipt.sequence) = (0, 1);
        _seal(free);
        _commit(free);
        IReceiptVerdicts.Question memory question = _question(kept);
        (question.receipt, question.request, question.root) = (free.shown.receipt, free.shown.request, free.shown.root);
        vm.assertTrue(verdicts.verdictOf(question) == IReceiptVerdicts.Verdict.Open, "open");
    }

    function test_receiptOfNoBatchHasNoVerdict() external {
        Kept memory kept = _kept(Modes.OPTIMISTIC, PUBLIC);
        vm.expectRevert(abi.encodeWithSelector(ICourt.ReceiptNotCommitted.selector, operator, kept.shown.root));
        verdicts.verdictOf(_question(kept));
    }

    function test_anotherRequestIsRefused() external {
        Kept memory kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        IReceiptVerdicts.Question memory question = _question(kept);
        question.request.payer = stranger;
        bytes32 found = escrow.requestDigest(question.request);
        vm.expectRevert(abi.encodeWithSelector(ICourt.RequestMismatch.selector, kept.shown.receipt.requestHash, found));
        verdicts.verdictOf(question);
    }

    /// @dev Serves, for more than its order allows.
    function _serveWrong() private returns (Kept memory kept) {
        kept = _overpriced();
        _commit(kept);
    }

    function _overpriced() private view returns (Kept memory kept) {
        kept.shown.order = _order();
        kept.shown.order.maxPrice = PRICE - 1;
        kept.shown.request = _request(kept.shown.order);
        kept.shown.receipt = _receipt(kept.shown.request);
        _seal(kept);
    }

    function _assertVerdict(Kept memory kept, IReceiptVerdicts.Verdict expected) private view {
        IReceiptVerdicts.Verdict found = verdicts.verdictOf(_question(kept));
        vm.assertEq(uint256(found), uint256(expected), "verdict");
    }
}
