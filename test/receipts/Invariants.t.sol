// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IReceiptLedger} from "../../contracts/receipts/IReceiptLedger.sol";
import {ReceiptLedger} from "../../contracts/receipts/ReceiptLedger.sol";
import {Test} from "../support/Test.sol";
import {vm} from "../support/Vm.sol";

/**
 * @title LedgerHandler
 * @notice What operators, their agents and strangers can do to the ledger, with the batches kept a second time.
 */
contract LedgerHandler is Test {
    struct Entry {
        address operator;
        bytes32 root;
        IReceiptLedger.Batch batch;
    }

    ReceiptLedger private _ledger;
    address[2] public operators;
    address private _agent;
    Entry[] private _entries;

    /// @notice Whether the ledger ever took a batch that it must refuse.
    bool public isDeceived;

    constructor(ReceiptLedger ledger) {
        _ledger = ledger;
        operators = [_actor("first").addr, _actor("second").addr];
        _agent = _actor("agent").addr;
    }

    /// @dev The next batch, by the operator or by its agent.
    function commit(uint256 who, uint32 count, bool isByAgent) external {
        address operator = operators[who % 2];
        count = uint32(_bound(count, 1, type(uint32).max));
        uint64 first = _ledger.nextSequence(operator);
        bytes32 root = keccak256(abi.encode(_entries.length));
        if (isByAgent) _name(operator, _agent);
        vm.prank(isByAgent ? _agent : operator);
        _ledger.commit(operator, root, root, first, count);
        _entries.push(Entry(operator, root, IReceiptLedger.Batch(first, count, uint48(_now()))));
    }

    /// @dev A batch that is out of place, empty, under a root of before, or a stranger's.
    function deceive(uint256 who, uint64 first, uint32 count, uint256 kind) external {
        address operator = operators[who % 2];
        address sender = operator;
        uint64 next = _ledger.nextSequence(operator);
        bytes32 root = keccak256(abi.encode(first, count, kind));
        kind %= 4;
        if (kind == 0 && first == next) return;
        if (kind != 0) first = next;
        if (kind == 1) count = 0;
        if (kind == 2) {
            if (_entries.length == 0) return;
            Entry storage known = _entries[count % _entries.length];
            (operator, sender, root) = (known.operator, known.operator, known.root);
            (first, count) = (_ledger.nextSequence(operator), count | 1);
        }
        if (kind == 3) {
            _name(operator, address(0));
            (sender, count) = (_agent, count | 1);
        }
        vm.prank(sender);
        try _ledger.commit(operator, root, root, first, count) {
            isDeceived = true;
        } catch {}
    }

    function publish(uint256 who, uint256 where) external {
        address operator = operators[who % 2];
        vm.prank(operator);
        _ledger.setDataURI(operator, where % 2 == 0 ? "" : "https://data.example/batches");
    }

    function wait_(uint256 time) external {
        _wait(_bound(time, 1, 10 days));
    }

    /// @notice What a run is made of.
    function actions() external pure returns (bytes4[] memory selectors) {
        selectors = new bytes4[](4);
        selectors[0] = this.commit.selector;
        selectors[1] = this.deceive.selector;
        selectors[2] = this.publish.selector;
        selectors[3] = this.wait_.selector;
    }

    function entries() external view returns (Entry[] memory) {
        return _entries;
    }

    function _name(address operator, address agent) private {
        vm.prank(operator);
        _ledger.setAgent(agent);
    }
}

contract LedgerInvariantsTest is Test {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    ReceiptLedger private _ledger;
    LedgerHandler private _handler;

    function setUp() external {
        _ledger = ReceiptLedger(_deploy("contracts/receipts/ReceiptLedger.sol:ReceiptLedger", ""));
        _handler = new LedgerHandler(_ledger);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), _handler.actions());
    }

    function invariant_L1_sequencesHaveNoGapAndNoOverlap() external view {
        LedgerHandler.Entry[] memory entries = _handler.entries();
        vm.assertFalse(_handler.isDeceived(), "took what it must refuse");
        for (uint256 who = 0; who < 2; ++who) {
            address operator = _handler.operators(who);
            uint256 next = 0;
            for (uint256 i = 0; i < entries.length; ++i) {
                if (entries[i].operator != operator) continue;
                IReceiptLedger.Batch memory found = _ledger.batch(operator, entries[i].root);
                vm.assertEq(found.firstSequence, next, "L1");
                next += found.count;
            }
            vm.assertEq(_ledger.nextSequence(operator), next, "the next");
        }
    }

    function invariant_L2_committedBatchesNeverChange() external view {
        LedgerHandler.Entry[] memory entries = _handler.entries();
        for (uint256 i = 0; i < entries.length; ++i) {
            IReceiptLedger.Batch memory found = _ledger.batch(entries[i].operator, entries[i].root);
            vm.assertEq(keccak256(abi.encode(found)), keccak256(abi.encode(entries[i].batch)), "L2");
        }
    }
}
