// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

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
        uint256 lapsesAt = START + Clocks.EVIDENCE_LAPSE;
        vm.warp(lapsesAt + 1);
        _open(validity, reporter, _data, abi.encodeWithSelector(EvidenceCommitments.EvidenceLapsed.selector, lapsesAt));
        vm.assertEq(address(validity).balance, DEPOSIT, "stays");
        vm.assertEq(reporter.balance, 0, "lost");
        vm.warp(lapsesAt);
        _open(validity, reporter, _data, "");
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

    function _notCommitted(address who, bytes memory data) private view returns (bytes memory) {
        bytes32 commitment = validity.commitmentOf(who, data);
        return abi.encodeWithSelector(EvidenceCommitments.EvidenceNotCommitted.selector, commitment);
    }
}
