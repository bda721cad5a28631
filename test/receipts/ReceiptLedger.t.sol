// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OperatorAgents} from "../../contracts/access/OperatorAgents.sol";
import {IReceiptLedger} from "../../contracts/receipts/IReceiptLedger.sol";
import {Receipt, Receipts} from "../../contracts/receipts/Receipts.sol";
import {Merkle} from "../support/Merkle.sol";
import {Papers} from "../support/Papers.sol";
import {vm} from "../support/Vm.sol";

contract ReceiptLedgerTest is Papers {
    function test_commitRecordsTheBatch() external {
        vm.expectEmit(address(ledger));
        emit IReceiptLedger.BatchCommitted(operator, "root", 0, 10_000, keccak256("data"));
        _commit(operator, "root", 0, 10_000);

        IReceiptLedger.Batch memory found = ledger.batch(operator, "root");
        vm.assertEq(found.firstSequence, 0, "first");
        vm.assertEq(found.count, 10_000, "count");
        vm.assertEq(found.committedAt, START, "time");
        vm.assertEq(ledger.nextSequence(operator), 10_000, "next");
    }

    function test_commitRefusesAnEmptyBatch() external {
        vm.expectRevert(IReceiptLedger.BatchEmpty.selector);
        _commit(operator, "root", 0, 0);
    }

    function test_L1_commitRefusesAGapAndAnOverlap() external {
        _commit(operator, "root", 0, 10);
        _expectNotContiguous(11);
        _commit(operator, "next", 11, 1);
        _expectNotContiguous(9);
        _commit(operator, "next", 9, 2);
        _commit(operator, "next", 10, 1);
        vm.assertEq(ledger.nextSequence(operator), 11, "without gap");
    }

    function test_L2_commitRefusesARootASecondTime() external {
        _commit(operator, "root", 0, 10);
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptLedger.BatchAlreadyCommitted.selector, operator, bytes32("root"))
        );
        _commit(operator, "root", 10, 1);
    }

    function test_rootThatAnotherCommittedIsFree() external {
        _commit(rival, "root", 0, 1);
        _commit(operator, "root", 0, 2);
        vm.assertEq(ledger.batch(rival, "root").count, 1, "rival's");
        vm.assertEq(ledger.batch(operator, "root").count, 2, "operator's own");
    }

    function test_commitRefusesStrangersAndTakesAgents() external {
        _expectNotAgent(stranger);
        _commitAs(stranger);
        vm.prank(operator);
        ledger.setAgent(stranger);
        _commitAs(stranger);
        vm.assertEq(ledger.nextSequence(operator), 1, "committed for the operator");
        vm.assertEq(ledger.nextSequence(stranger), 0, "not for the agent");
    }

    function test_agentThatWasReplacedCommitsNothing() external {
        vm.prank(operator);
        ledger.setAgent(stranger);
        vm.prank(operator);
        ledger.setAgent(reporter);
        _expectNotAgent(stranger);
        _commitAs(stranger);
        _commitAs(reporter);
        vm.prank(operator);
        ledger.setAgent(address(0));
        _expectNotAgent(reporter);
        _commitAs(reporter);
    }

    function test_namingAnAgentAndCommittingDoNotTouchEachOther() external {
        vm.prank(operator);
        ledger.setAgent(stranger);
        _commit(operator, "root", 0, type(uint32).max);
        vm.assertEq(ledger.agentOf(operator), stranger, "agent");
        vm.prank(operator);
        ledger.setAgent(address(0));
        vm.assertEq(ledger.nextSequence(operator), type(uint32).max, "next");
    }

    function test_setDataURISaysWhereAllBatchesAre() external {
        vm.assertEq(ledger.dataURIOf(operator), "", "nowhere at first");
        string[3] memory uris = ["https://data.example/an-operator/of-more-than-a-word/", "ipfs://data", ""];
        for (uint256 i = 0; i < uris.length; ++i) {
            vm.expectEmit(address(ledger));
            emit IReceiptLedger.DataURISet(operator, uris[i]);
            vm.prank(operator);
            ledger.setDataURI(operator, uris[i]);
            vm.assertEq(ledger.dataURIOf(operator), uris[i], "in place of the one before");
        }
        vm.assertEq(ledger.dataURIOf(rival), "", "of this operator alone");
    }

    function test_setDataURIRefusesStrangersAndTakesTheAgent() external {
        _expectNotAgent(stranger);
        vm.prank(stranger);
        ledger.setDataURI(operator, "ipfs://false");
        vm.prank(operator);
        ledger.setAgent(stranger);
        vm.prank(stranger);
        ledger.setDataURI(operator, "ipfs://data");
        vm.assertEq(ledger.dataURIOf(operator), "ipfs://data", "the operator's");
        vm.assertEq(ledger.dataURIOf(stranger), "", "not the agent's");
        _expectNotAgent(rival);
        vm.prank(rival);
        ledger.setDataURI(operator, "ipfs://false");
    }

    function test_L2_setDataURIChangesNoBatch() external {
        _commit(operator, "root", 0, 10);
        bytes32 before = keccak256(abi.encode(ledger.batch(operator, "root")));
        _wait(5);
        vm.prank(operator);
        ledger.setDataURI(operator, "ipfs://elsewhere");
        vm.assertEq(keccak256(abi.encode(ledger.batch(operator, "root"))), before, "batch");
        vm.assertEq(ledger.nextSequence(operator), 10, "next");
    }

    /// @dev So that who steals an agent's key cannot use up all of its operator's numbers at once.
    function test_commitTakesTheGreatestBatchAndAnotherAfterIt() external {
        _commit(operator, "root", 0, type(uint32).max);
        _commit(operator, "next", type(uint32).max, type(uint32).max);
        vm.assertEq(ledger.nextSequence(operator), 2 * uint256(type(uint32).max), "next");
    }

    function test_committedAtFindsEveryReceiptOfABatch() external {
        _wait(5);
        (Receipt[] memory receipts, bytes32[] memory nodes) = _batch(7);
        _commit(operator, nodes[0], 0, 7);
        _wait(5);
        for (uint256 i = 0; i < 7; ++i) {
            vm.assertEq(ledger.committedAt(receipts[i], nodes[0], Merkle.proof(nodes, i)), START + 5, "when");
        }
    }

    function test_committedAtIsZeroForWhatWasNotCommitted() external {
        (Receipt[] memory receipts, bytes32[] memory nodes) = _batch(3);
        vm.assertEq(ledger.committedAt(receipts[0], nodes[0], Merkle.proof(nodes, 0)), 0, "no such batch");
        _commit(operator, nodes[0], 0, 3);
        vm.assertEq(ledger.committedAt(receipts[0], nodes[0], Merkle.proof(nodes, 1)), 0, "wrong path");
        vm.assertEq(ledger.committedAt(receipts[0], "other", Merkle.proof(nodes, 0)), 0, "wrong root");
        receipts[0].price += 1;
        vm.assertEq(ledger.committedAt(receipts[0], nodes[0], Merkle.proof(nodes, 0)), 0, "another receipt");
        receipts[1].operator = rival;
        vm.assertEq(ledger.committedAt(receipts[1], nodes[0], Merkle.proof(nodes, 1)), 0, "another operator");
    }

    /// @dev A leaf whose sequence is not in its batch's range does not count as committed.
    function test_L1_committedAtHoldsSequencesInTheirBatchsRange() external {
        _commit(operator, "before", 0, 5);
        bytes32[] memory leaves = new bytes32[](4);
        Receipt memory receipt = _receipt(_request(_order()));
        for (uint64 i = 0; i < 4; ++i) {
            receipt.sequence = i + 4;
            leaves[i] = Receipts.hash(receipt);
        }
        bytes32[] memory nodes = Merkle.tree(leaves);
        _commit(operator, nodes[0], 5, 2);
        uint256[4] memory expected = [0, START, START, 0];
        for (uint64 i = 0; i < 4; ++i) {
            receipt.sequence = i + 4;
            vm.assertEq(ledger.committedAt(receipt, nodes[0], Merkle.proof(nodes, i)), expected[i], "in range alone");
        }
    }

    /// @dev L1, L2: whatever is committed, batches follow one another, and none changes afterwards.
    function testFuzz_L1_L2_batchesFollowOneAnotherAndStay(uint32[8] memory counts, bool[8] memory isRival) external {
        uint64[2] memory next;
        uint64[8] memory first;
        for (uint256 i = 0; i < counts.length; ++i) {
            uint256 who = isRival[i] ? 1 : 0;
            counts[i] = uint32(_bound(counts[i], 1, type(uint32).max));
            first[i] = next[who];
            _commit(isRival[i] ? rival : operator, bytes32(i + 1), first[i], counts[i]);
            next[who] += counts[i];
            _wait(1);
        }
        vm.assertEq(ledger.nextSequence(operator), next[0], "operator's next");
        vm.assertEq(ledger.nextSequence(rival), next[1], "rival's next");
        for (uint256 i = 0; i < counts.length; ++i) {
            IReceiptLedger.Batch memory found = ledger.batch(isRival[i] ? rival : operator, bytes32(i + 1));
            vm.assertEq(found.firstSequence, first[i], "first");
            vm.assertEq(found.count, counts[i], "count");
            vm.assertEq(found.committedAt, START + i, "time");
        }
    }

    function _batch(uint64 count) private view returns (Receipt[] memory receipts, bytes32[] memory nodes) {
        receipts = new Receipt[](count);
        bytes32[] memory leaves = new bytes32[](count);
        for (uint64 i = 0; i < count; ++i) {
            receipts[i] = _receipt(_request(_order()));
            receipts[i].sequence = i;
            leaves[i] = Receipts.hash(receipts[i]);
        }
        nodes = Merkle.tree(leaves);
    }

    function _commitAs(address who) private {
        vm.prank(who);
        ledger.commit(operator, "root", "", 0, 1);
    }

    function _expectNotAgent(address who) private {
        vm.expectRevert(abi.encodeWithSelector(OperatorAgents.NotOperatorOrAgent.selector, operator, who));
    }

    function _expectNotContiguous(uint64 found) private {
        vm.expectRevert(
            abi.encodeWithSelector(IReceiptLedger.SequenceNotContiguous.selector, operator, found, uint64(10))
        );
    }
}
