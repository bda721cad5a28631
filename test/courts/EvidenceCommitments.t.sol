// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {EvidenceCommitments} from "../../contracts/courts/EvidenceCommitments.sol";
import {ICourt} from "../../contracts/courts/ICourt.sol";
import {Order, Request} from "../../contracts/settlement/Requests.sol";
import {Puppet} from "../support/Tokens.sol";
import {Trial} from "../support/Trial.sol";
import {vm} from "../support/Vm.sol";

contract EvidenceCommitmentsTest is Trial {
    bytes private _data;

    function setUp() public override {
        super.setUp();
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        _data = _terms(exhibit, request, order);
    }

    function test_commitEvidenceTakesExactlyTheDeposit() external {
        vm.deal(reporter, 1 ether);
        bytes memory expected = abi.encodeWithSelector(
            EvidenceCommitments.DepositInexact.selector,
            DEPOSIT - 1,
            DEPOSIT
        );
        vm.expectRevert(expected);
        vm.prank(reporter);
        validity.commitEvidence{value: DEPOSIT - 1}("commitment");
        vm.expectRevert(abi.encodeWithSelector(EvidenceCommitments.DepositInexact.selector, DEPOSIT + 1, DEPOSIT));
        vm.prank(reporter);
        validity.commitEvidence{value: DEPOSIT + 1}("commitment");
        vm.prank(reporter);
        validity.commitEvidence{value: DEPOSIT}("commitment");
        vm.assertEq(address(validity).balance, DEPOSIT, "held");
    }

    function test_commitEvidenceRefusesACommitmentASecondTime() external {
        _commitEvidence(validity, reporter, _data);
        bytes32 commitment = validity.commitmentOf(reporter, _data);
        vm.deal(stranger, DEPOSIT);
        vm.expectRevert(abi.encodeWithSelector(EvidenceCommitments.EvidenceAlreadyCommitted.selector, commitment));
        vm.prank(stranger);
        validity.commitEvidence{value: DEPOSIT}(commitment);
    }

    function test_evidenceOpensABlockLaterAndReturnsTheDeposit() external {
        _commitEvidence(validity, reporter, _data);
        vm.expectRevert(abi.encodeWithSelector(EvidenceCommitments.EvidenceTooEarly.selector, vm.getBlockNumber()));
        vm.prank(reporter);
        (bool isOk, ) = address(validity).call(_data);
        vm.assertTrue(isOk, "reverted as expected");

        _open(validity, reporter, _data, "");
        vm.assertEq(reporter.balance, DEPOSIT, "returned");
        vm.assertEq(address(validity).balance, 0, "nothing kept");
    }

    function test_threat44_evidenceLapsesAndItsDepositIsLost() external {
        _commitEvidence(validity, reporter, _data);
        _assertLapsesAt(START + Clocks.EVIDENCE_LAPSE);
    }

    function test_threat56_evidenceCommittedBeforeASuspensionLapsesAfterIt() external {
        _commitEvidence(validity, reporter, _data);
        vm.warp(START + Clocks.EVIDENCE_LAPSE - 1);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        _assertLapsesAt(START + Clocks.MAX_SUSPENSION + Clocks.EVIDENCE_LAPSE);
    }

    function test_threat56_evidenceCommittedInASuspensionOpensAfterIt() external {
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        _wait(1 days);
        _commitEvidence(validity, reporter, _data);
        _assertLapsesAt(START + Clocks.MAX_SUSPENSION + Clocks.EVIDENCE_LAPSE);
    }

    function test_threat50_convictionWaitsForTheEndOfASuspensionAndLosesNoDeposit() external {
        _commitEvidence(validity, reporter, _data);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        uint256 end = START + Clocks.MAX_SUSPENSION;
        bytes memory expected = abi.encodeWithSelector(IOperatorBonds.Suspended.selector, end);
        _open(validity, reporter, _data, expected);
        vm.warp(end - 1);
        _open(validity, reporter, _data, expected);
        vm.assertEq(_ownBond(), BOND, "nothing slashed");

        vm.warp(end);
        _open(validity, reporter, _data, "");
        vm.assertEq(_ownBond(), BOND - 200e6, "slashed");
        vm.assertEq(reporter.balance, DEPOSIT, "returned");
    }

    function test_threat9_pendingEvidenceFreezesNobodysExit() external {
        _delegate(delegator, BOND);
        vm.prank(operator);
        bonds.requestUnbond(operator, BOND);
        vm.prank(delegator);
        bonds.requestUnbond(operator, BOND);
        _wait(UNBONDING);
        (ICourt.Exhibit memory exhibit, Request memory request, Order memory order) = _overcharged();
        bytes memory data = _terms(exhibit, request, order);
        _commitEvidence(validity, reporter, data);
        vm.prank(operator);
        vm.assertEq(bonds.withdraw(operator, operator, uint48(START)), BOND, "the operator's");
        vm.prank(delegator);
        vm.assertEq(bonds.withdraw(operator, delegator, uint48(START)), BOND, "the delegator's");

        _open(validity, reporter, data, "");
        vm.assertEq(bonds.operatorOf(operator).debt, LEAST_OWN_BOND / 5, "the culprit owes");
    }

    function test_threat25_evidenceThatWasNotCommittedIsRefused() external {
        _open(validity, reporter, _data, _notCommitted(reporter, _data));
    }

    function test_threat25_copiedEvidenceIsWorthNothingToAnotherSender() external {
        _commitEvidence(validity, reporter, _data);
        _open(validity, stranger, _data, _notCommitted(stranger, _data));
        _open(validity, reporter, _data, "");
        vm.assertGt(bonds.awardsOf(reporter), 0, "the bounty is the reporter's");
    }

    function test_threat25_committedCallCannotBeChanged() external {
        _commitEvidence(validity, reporter, _data);
        bytes memory changed = bytes.concat(_data, hex"00");
        _open(validity, reporter, changed, _notCommitted(reporter, changed));
    }

    function test_commitmentOfOneCourtIsNoneOfAnother() external {
        _commitEvidence(equivocation, reporter, _data);
        _open(validity, reporter, _data, _notCommitted(reporter, _data));
    }

    function test_openedCommitmentIsSpent() external {
        _bring(validity, _data);
        _open(validity, reporter, _data, _notCommitted(reporter, _data));
    }

    function test_reporterThatTakesNoCoinHarmsItselfAlone() external {
        address deaf = address(validity.escrow());
        _commitEvidence(validity, deaf, _data);
        vm.roll(vm.getBlockNumber() + 1);
        vm.expectRevert();
        vm.prank(deaf);
        (bool isOk, ) = address(validity).call(_data);
        vm.assertTrue(isOk, "reverted as expected");
        _bring(validity, _data);
    }

    function test_contractsReportToo() external {
        address puppet = address(new Puppet());
        _commitEvidence(validity, puppet, _data);
        _open(validity, puppet, _data, "");
        vm.assertEq(puppet.balance, DEPOSIT, "its deposit");
    }

    /// @dev Of the reporter's evidence; ends with its opening in the last second.
    function _assertLapsesAt(uint256 lapsesAt) private {
        vm.warp(lapsesAt + 1);
        _open(validity, reporter, _data, abi.encodeWithSelector(EvidenceCommitments.EvidenceLapsed.selector, lapsesAt));
        vm.assertEq(address(validity).balance, DEPOSIT, "stays");
        vm.assertEq(reporter.balance, 0, "lost");
        vm.warp(lapsesAt);
        _open(validity, reporter, _data, "");
        vm.assertEq(reporter.balance, DEPOSIT, "returned");
    }

    function _notCommitted(address who, bytes memory data) private view returns (bytes memory) {
        bytes32 commitment = validity.commitmentOf(who, data);
        return abi.encodeWithSelector(EvidenceCommitments.EvidenceNotCommitted.selector, commitment);
    }
}
