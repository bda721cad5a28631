// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {EvidenceCourt} from "../../contracts/courts/EvidenceCourt.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {ICourtPolicies} from "../../contracts/courts/ICourtPolicies.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt} from "../../contracts/receipts/Receipts.sol";
import {Request} from "../../contracts/settlement/Requests.sol";
import {Demanding} from "../support/Demanding.sol";
import {vm} from "../support/Vm.sol";

/// @dev What is disclosed at the last moment can still be judged for a day: shown on a price above the maximum, and on two
/// receipts for one number.
contract DisclosedEvidenceTest is Demanding {
    uint256 private constant CLOSED = START + WINDOW;
    uint256 private constant DISCLOSED = CLOSED + Clocks.ANSWER_TIME;
    uint256 private constant END = DISCLOSED + Clocks.EVIDENCE_AFTER_ANSWER;

    function test_C2_receiptDisclosedAfterTheWindowIsJudgedForADay() external {
        Kept memory kept = _overpriced();
        _discloseLate(kept);
        _assertJudgedUntil(kept, END);
    }

    function test_evidenceCommittedInTheLastSecondIsOpenedLater() external {
        Kept memory kept = _overpriced();
        _discloseLate(kept);
        bytes memory data = _evidenceOf(kept);
        vm.warp(END);
        _commitEvidence(validity, reporter, data);
        _wait(Clocks.EVIDENCE_LAPSE);
        _open(validity, reporter, data, "");
        vm.assertTrue(validity.isPunished(kept.shown.root), "punished");
    }

    function test_onlyTheReceiptThatWasDisclosedIsJudgedLater() external {
        (Kept memory disclosed, Kept memory other) = (_overpriced(), _overpriced());
        _discloseLate(disclosed);
        _expectOutOfTime(other, CLOSED);
        _bring(validity, _evidenceOf(disclosed));
    }

    function test_receiptDisclosedInTheWindowIsJudgedUntilItsEnd() external {
        Kept memory kept = _overpriced();
        _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        _assertJudgedUntil(kept, CLOSED);
    }

    function test_receiptDisclosedAtTheEndOfTheWindowIsJudgedForADayFromThen() external {
        Kept memory kept = _overpriced();
        vm.warp(CLOSED - 1 hours);
        _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        _assertJudgedUntil(kept, CLOSED + 23 hours);
    }

    function test_payloadThatWasDisclosedIsJudgedLaterToo() external {
        Kept memory kept = _overpriced();
        vm.warp(CLOSED);
        _demandPayload(kept);
        vm.warp(DISCLOSED);
        disclosure.answerPayload(kept.shown, kept.disclosed);
        _assertJudgedUntil(kept, END);
    }

    function test_threat39_receiptBehindAUnitIsJudgedHoweverOldItIs() external {
        Kept memory kept = _overpriced();
        _settleTo(PRICE);
        _wait(30 days);
        _settleTo(PRICE + 1);
        _demandUnit(stranger, 1);
        _answerUnit(1, kept);
        _assertJudgedUntil(kept, START + 31 days);
        vm.assertEq(bonds.awardsOf(payer), 2 * PRICE, "compensated");
    }

    function test_laterDisclosureCounts() external {
        Kept memory kept = _overpriced();
        _settleTo(PRICE);
        vm.warp(CLOSED);
        _demandReceipt(stranger, kept);
        _demandUnit(stranger, 1);
        _answerReceipt(kept);
        vm.warp(DISCLOSED);
        _answerUnit(1, kept);
        _assertJudgedUntil(kept, END);
    }

    function test_threat50_suspensionGivesBackTheTimeThatItTakes() external {
        Kept memory kept = _overpriced();
        _discloseLate(kept);
        vm.warp(END - 1);
        bonds.suspend(2 days);
        vm.warp(END + 2 days + 1);
        _expectOutOfTime(kept, END + 2 days);
        vm.warp(END + 2 days);
        _bring(validity, _evidenceOf(kept));
    }

    function test_receiptIsJudgedByTheRowThatWasInForceWhenItWasCommitted() external {
        ICourtPolicies.Policy memory policy = _policy();
        (policy.slashBps, policy.effectiveFrom) = (10_000, uint48(START + Clocks.POLICY_DELAY));
        policies.set(Modes.OPTIMISTIC, policy);
        Kept memory kept = _overpriced();
        _discloseLate(kept);
        _bring(validity, _evidenceOf(kept));
        vm.assertEq(_ownBond(), BOND - 200e6, "a fifth");
    }

    // ---- two receipts

    function test_C2_contradictionToADisclosedReceiptIsJudgedForADay() external {
        (Kept memory kept, ICourt.Exhibit memory committed, ICourt.Exhibit memory signed) = _contradicted();
        _discloseLate(kept);
        vm.warp(END + 1);
        bytes memory data = _sequence(committed, signed, new Request[](0));
        _bringInVain(equivocation, data, _outOfTime(END));
        vm.warp(END);
        _bring(equivocation, bytes.concat(data, hex"00"));
        vm.assertEq(_ownBond(), BOND - 500e6, "slashed");
    }

    function test_C2_whicheverOfTheTwoWasDisclosed() external {
        (Kept memory kept, ICourt.Exhibit memory committed, ICourt.Exhibit memory signed) = _contradicted();
        _discloseLate(kept);
        _bring(equivocation, _sequence(signed, committed, new Request[](0)));
        vm.assertEq(_ownBond(), BOND - 500e6, "slashed");
    }

    /// @dev As long as it takes to have demanded the other one within the window, and no longer.
    function test_C1_disclosureMakesASignatureCountForThreeDaysAtMost() external {
        _wait(2 days);
        (Kept memory kept, ICourt.Exhibit memory committed, ICourt.Exhibit memory signed) = _contradicted();
        signed.receipt.issuedAt = uint64(START);
        bytes memory data = _sequence(committed, _signed(signed.receipt), new Request[](0));
        vm.warp(CLOSED + 2 days);
        _demandReceipt(stranger, kept);
        vm.warp(CLOSED + 2 days + Clocks.ANSWER_TIME);
        _answerReceipt(kept);
        vm.warp(CLOSED + 3 days + 1);
        _bringInVain(equivocation, data, _outOfTime(CLOSED + 3 days));
        vm.warp(CLOSED + 3 days);
        _bring(equivocation, bytes.concat(data, hex"00"));
        vm.assertEq(_ownBond(), BOND - 500e6, "slashed");
    }

    function test_contradictionBetweenOtherReceiptsIsTooLate() external {
        Kept memory other = _overpriced();
        (, ICourt.Exhibit memory committed, ICourt.Exhibit memory signed) = _contradicted();
        _discloseLate(other);
        bytes memory data = _sequence(committed, signed, new Request[](0));
        _bringInVain(equivocation, data, _outOfTime(CLOSED));
    }

    function test_courtsKnowWhereReceiptsAreDisclosed() external view {
        EvidenceCourt[2] memory courts = [EvidenceCourt(validity), EvidenceCourt(equivocation)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.assertEq(address(courts[i].disclosures()), address(disclosure), "the disclosure court");
        }
    }

    /// @dev Committed at the start, with a price above its order's maximum.
    function _overpriced() private returns (Kept memory kept) {
        kept = _kept(Modes.OPTIMISTIC, PUBLIC);
        kept.shown.order.maxPrice = PRICE - 1;
        _seal(kept);
        _commit(kept);
    }

    /// @dev A committed receipt, and a signed one for the same number.
    function _contradicted()
        private
        returns (Kept memory kept, ICourt.Exhibit memory committed, ICourt.Exhibit memory signed)
    {
        kept = _serve(Modes.OPTIMISTIC, PUBLIC);
        committed = _exhibitOf(kept);
        Receipt memory other = _kept(Modes.OPTIMISTIC, PUBLIC).shown.receipt;
        (other.sequence, other.outputHash) = (kept.shown.receipt.sequence, keccak256("another output"));
        signed = _signed(other);
    }

    /// @dev Demanded in the last second of the window, answered in the last second for that.
    function _discloseLate(Kept memory kept) private {
        vm.warp(CLOSED);
        _demandReceipt(stranger, kept);
        vm.warp(DISCLOSED);
        _answerReceipt(kept);
    }

    function _exhibitOf(Kept memory kept) private pure returns (ICourt.Exhibit memory exhibit) {
        (exhibit.receipt, exhibit.root) = (kept.shown.receipt, kept.shown.root);
    }

    /// @dev Another call each second, so that it can be committed to again.
    function _evidenceOf(Kept memory kept) private view returns (bytes memory) {
        bytes memory data = _terms(_exhibitOf(kept), kept.shown.request, kept.shown.order);
        return bytes.concat(data, abi.encode(_now()));
    }

    /// @dev Ends with the verdict, in the last second.
    function _assertJudgedUntil(Kept memory kept, uint256 end) private {
        vm.warp(end + 1);
        _expectOutOfTime(kept, end);
        vm.warp(end);
        _bring(validity, _evidenceOf(kept));
        vm.assertTrue(validity.isPunished(kept.shown.root), "punished");
    }

    function _expectOutOfTime(Kept memory kept, uint256 end) private {
        _bringInVain(validity, _evidenceOf(kept), _outOfTime(end));
    }

    function _outOfTime(uint256 end) private view returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.EvidenceOutOfTime.selector, _now(), START, end);
    }
}
