// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

/// @dev Whose receipt it is and when it can be challenged, shown on the simplest fault: a price above the maximum.
contract AttributionTest is Trial {
    ICourt.Exhibit private _exhibit;
    Request private _asked;
    Order private _wanted;

    function setUp() public override {
        super.setUp();
        ICourt.Exhibit memory exhibit;
        (exhibit, _asked, _wanted) = _overcharged();
        _exhibit.receipt = exhibit.receipt;
        _exhibit.signature = exhibit.signature;
    }

    function test_signatureByTheOperatorsKeyAttributes() external {
        _bring(validity, _terms(_exhibit, _asked, _wanted));
        vm.assertTrue(validity.isPunished(_receiptFault(_exhibit.receipt)), "punished");
    }

    function test_signatureByAnotherKeyDoesNot() external {
        ICourt.Exhibit memory exhibit = _exhibit;
        exhibit.signature = _sign(_actor("stranger").key, ledger.receiptDigest(exhibit.receipt));
        _expectNotOperators(exhibit);
        exhibit.signature = "";
        _expectNotOperators(exhibit);
    }

    function test_signatureByAKeyOfAnotherOperatorDoesNot() external {
        ICourt.Exhibit memory exhibit = _exhibit;
        Actor memory rivalKey = _actor("rival key");
        _registerKey(rival, rivalKey);
        exhibit.receipt.signer = rivalKey.addr;
        exhibit.signature = _sign(rivalKey.key, ledger.receiptDigest(exhibit.receipt));
        _expectNotOperators(exhibit);
    }

    function test_keysValidityIsAskedForTheReceiptsOwnTime() external {
        vm.prank(operator);
        keys.end(operatorKey.addr, uint48(START + Clocks.KEY_NOTICE));
        _wait(Clocks.KEY_NOTICE);
        ICourt.Exhibit memory late = _exhibit;
        late.receipt.issuedAt = uint64(_now());
        _expectNotOperators(_signed(late.receipt));
        _bring(validity, _terms(_exhibit, _asked, _wanted));
        vm.assertTrue(validity.isPunished(_receiptFault(_exhibit.receipt)), "while the key was the operator's");
    }

    function test_threat38_signatureByAStrangersKeyDoesNotTouchACommittedReceipt() external {
        Request memory request = _request(_order());
        ICourt.Exhibit memory honest = _committed(_receipt(request));
        honest.signature = _sign(_actor("stranger").key, ledger.receiptDigest(honest.receipt));
        _bringInVain(validity, _terms(honest, request, _order()), _notAFault());
    }

    function test_committedReceiptNeedsNoSignature() external {
        _bring(validity, _terms(_committed(_exhibit.receipt), _asked, _wanted));
        vm.assertTrue(validity.isPunished(_receiptFault(_exhibit.receipt)), "punished");
    }

    function test_receiptThatWasNotCommittedUnderItsRootIsRefused() external {
        ICourt.Exhibit memory exhibit = _exhibit;
        exhibit.root = keccak256("root");
        bytes memory expected = abi.encodeWithSelector(
            ICourt.ReceiptNotCommitted.selector,
            operator,
            keccak256("root")
        );
        _bringInVain(validity, _terms(exhibit, _asked, _wanted), expected);
    }

    function test_requestThatTheReceiptDoesNotAnswerIsRefused() external {
        Request memory other = _asked;
        other.ceiling += 1;
        bytes32 found = escrow.requestDigest(other);
        bytes32 expected = _exhibit.receipt.requestHash;
        _bringInVain(
            validity,
            _terms(_exhibit, other, _wanted),
            abi.encodeWithSelector(ICourt.RequestMismatch.selector, expected, found)
        );
    }

    function test_signedEvidenceIsGoodUntilTheLastSecondOfTheWindow() external {
        bytes memory data = _terms(_exhibit, _asked, _wanted);
        vm.warp(START + WINDOW);
        _commitEvidence(validity, reporter, data);
        _wait(Clocks.EVIDENCE_LAPSE);
        _open(validity, reporter, data, "");
        vm.assertGt(bonds.awardsOf(reporter), 0, "opened later, judged by its commitment");
    }

    function test_signedEvidenceIsTooLateASecondAfterTheWindow() external {
        vm.warp(START + WINDOW + 1);
        _expectOutOfTime(_exhibit, START, START + WINDOW);
    }

    function test_threat55_signedEvidenceIsNotAdmissibleBeforeItsTime() external {
        ICourt.Exhibit memory early = _exhibit;
        early.receipt.issuedAt = uint64(START + 1);
        early = _signed(early.receipt);
        _expectOutOfTime(early, START + 1, START + 1 + WINDOW);
        vm.warp(START + 1);
        bytes memory data = bytes.concat(_terms(early, _asked, _wanted), hex"00");
        _bring(validity, data);
    }

    function test_committedEvidencesWindowRunsFromTheCommitment() external {
        _wait(1 days);
        ICourt.Exhibit memory exhibit = _committed(_exhibit.receipt);
        vm.warp(START + 1 days + WINDOW + 1);
        _expectOutOfTime(exhibit, START + 1 days, START + 1 days + WINDOW);
        vm.warp(START + 1 days + WINDOW);
        bytes memory data = bytes.concat(_terms(exhibit, _asked, _wanted), hex"00");
        _bring(validity, data);
    }

    function test_threat50_suspensionOverTheEndOfTheWindowLeavesWhatWasLeftOfIt() external {
        uint256 closesAt = START + WINDOW + Clocks.MAX_SUSPENSION;
        vm.warp(START + WINDOW - 1 days);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        vm.warp(closesAt + 1);
        _expectOutOfTime(_exhibit, START, closesAt);
        vm.warp(closesAt);
        _bring(validity, bytes.concat(_terms(_exhibit, _asked, _wanted), hex"00"));
    }

    function test_threat50_windowThatOpensInASuspensionRunsFromItsEnd() external {
        bonds.suspend(2 days);
        _wait(1 days);
        ICourt.Exhibit memory exhibit = _committed(_exhibit.receipt);
        uint256 closesAt = START + 2 days + WINDOW;
        vm.warp(closesAt + 1);
        _expectOutOfTime(exhibit, START + 1 days, closesAt);
        vm.warp(closesAt);
        _bring(validity, bytes.concat(_terms(exhibit, _asked, _wanted), hex"00"));
    }

    function test_threat50_suspensionOpensNoWindowAgain() external {
        vm.warp(START + WINDOW + 1);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        _expectOutOfTime(_exhibit, START, START + WINDOW);
    }

    function _notAFault() private pure returns (bytes memory) {
        return abi.encodeWithSelector(ICourt.NotAFault.selector);
    }

    function _expectNotOperators(ICourt.Exhibit memory exhibit) private {
        bytes memory expected = abi.encodeWithSelector(
            ICourt.SignatureNotOperators.selector,
            operator,
            exhibit.receipt.signer
        );
        _bringInVain(validity, _terms(exhibit, _asked, _wanted), expected);
    }

    function _expectOutOfTime(ICourt.Exhibit memory exhibit, uint256 opensAt, uint256 closesAt) private {
        bytes memory expected = abi.encodeWithSelector(ICourt.EvidenceOutOfTime.selector, _now(), opensAt, closesAt);
        _bringInVain(validity, _terms(exhibit, _asked, _wanted), expected);
    }
}
