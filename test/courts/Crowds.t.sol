// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Demanding} from "../support/Demanding.sol";
import {vm} from "../support/Vm.sol";

/**
 * @dev Threat 45: ten thousand demands at once. The cheapest way to have so many answers is an account in which ten
 * thousand of the smallest units were settled, a hundredth of a dollar, and to ask for the receipt behind each.
 */
contract CrowdsTest is Demanding {
    uint128 private constant MANY = 10_000;
    /// @dev What a transaction costs beside what it executes.
    uint256 private constant TRANSACTION_GAS = 21_000;

    /// @dev Gas of all demands and of all answers, with their transactions.
    uint256 private _demandGas;
    uint256 private _answerGas;

    function test_threat45_tenThousandDemandsAtOnceCostTheAttackerHundredsOfTimesWhatTheyCostTheOperator() external {
        (uint256 locked, uint256 burnt, uint256 repaid) = _storm(MANY);

        // The attacker has 4,000 coins lying there for two days, and loses more than 400 of them; the operator spends one,
        // and gets it back.
        vm.assertGt(locked, 4_000 ether, "locked");
        vm.assertGt(burnt, 400 ether, "burnt");
        uint256 attackers = burnt + repaid + _demandGas * LEAST_GAS_PRICE;
        uint256 operators = _answerGas * LEAST_GAS_PRICE;
        vm.assertLt(operators, 2 ether, "the operator's");
        vm.assertLe(operators, repaid, "is repaid");
        vm.assertGt(attackers, 400 * operators, "the attacker's");
        vm.assertEq(_ownBond(), BOND, "C1: nothing is slashed");
    }

    function test_threat45_fewDemandsCostTheAttackerMoreThanTheOperator() external {
        (, uint256 burnt, uint256 repaid) = _storm(3);
        vm.assertEq(repaid, 0, "the operator's own cost");
        vm.assertGt(burnt + _demandGas * LEAST_GAS_PRICE, 2 * _answerGas * LEAST_GAS_PRICE, "twice as much");
    }

    /// @dev The answer that is longest for what it is repaid: no byte of it is the cheapest.
    function test_threat45_longAnswersCostTheAttackerNoLessThanTheOperator() external {
        Kept memory kept = _kept(Modes.OPTIMISTIC, _long(PUBLIC, 16_384));
        (kept.disclosed.input, kept.disclosed.output) = (_long("", 4_096), _long("", 16_384));
        kept.shown.order.inputHash = keccak256(kept.disclosed.input);
        kept.shown.receipt.outputHash = keccak256(kept.disclosed.output);
        _seal(kept);
        _commit(operator, kept.shown.root, 0, 4);
        for (uint64 i = 1; i < 4; ++i) _demandReceipt(rival, kept.shown.root, i);

        _demandReceipt(stranger, kept);
        _demandGas += _gasOf(abi.encodeCall(disclosure.demandReceipt, (operator, kept.shown.root, 0)));
        uint256 deposit = 2 * 650_000 * LEAST_GAS_PRICE;
        _answerReceipt(kept);
        _answerGas += _gasOf(abi.encodeCall(disclosure.answerReceipt, (kept.shown, kept.disclosed)));
        uint256 attackers = deposit - disclosure.coinOf(stranger) + _demandGas * LEAST_GAS_PRICE;
        uint256 operators = _answerGas * LEAST_GAS_PRICE - disclosure.coinOf(operator);
        vm.assertGe(attackers, operators, "the attacker's");
    }

    function test_C1_everyAnswerFitsIntoATransaction() external {
        Kept memory kept = _kept(Modes.OPTIMISTIC, _long(PUBLIC, 16_384));
        // The most that a model's vectors may have in all, of the widest that there are.
        kept.disclosed.evidence = new bytes[](3);
        bytes memory hashes;
        for (uint256 i = 0; i < 3; ++i) {
            kept.disclosed.evidence[i] = _long("", 4_096);
            hashes = bytes.concat(hashes, keccak256(kept.disclosed.evidence[i]));
        }
        (kept.disclosed.input, kept.disclosed.output) = (_long("", 4_096), _long("", 16_384));
        kept.shown.order.inputHash = keccak256(kept.disclosed.input);
        kept.shown.receipt.outputHash = keccak256(kept.disclosed.output);
        kept.shown.receipt.proofHash = keccak256(hashes);
        _seal(kept);
        _commit(kept);
        _demandReceipt(stranger, kept);
        _answerReceipt(kept);
        uint256 gas = _gasOf(abi.encodeCall(disclosure.answerReceipt, (kept.shown, kept.disclosed)));
        // EIP-7825 allows 2^24.
        vm.assertLt(gas, 2 ** 22, "a quarter of what a transaction may use");
    }

    /// @dev Demands so many units in one second, and answers all in time.
    function _storm(uint128 count) private returns (uint256 locked, uint256 burnt, uint256 repaid) {
        Kept memory kept = _serve(Modes.SIGNED, PUBLIC);
        _settleTo(MANY);
        vm.deal(stranger, 0);
        bytes memory data = abi.encodeCall(disclosure.demandUnit, (payer, operator, client.addr, MANY));
        for (uint128 unit = 1; unit <= count; ++unit) {
            _demandUnit(stranger, unit);
            _demandGas += _gasOf(data);
        }
        locked = address(disclosure).balance;
        vm.warp(START + Clocks.ANSWER_TIME);
        data = abi.encodeCall(disclosure.answerUnit, (MANY, kept.shown, kept.clientSignature));
        for (uint128 unit = 1; unit <= count; ++unit) {
            _answerUnit(unit, kept);
            _answerGas += _gasOf(data);
        }
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "answered");
        repaid = disclosure.coinOf(operator);
        burnt = locked - repaid - disclosure.coinOf(stranger);
    }

    /// @dev What the last call would have used as a transaction with `data`: EIP-2028, EIP-7623.
    function _gasOf(bytes memory data) private view returns (uint256) {
        uint256 tokens = 0;
        for (uint256 i = 0; i < data.length; ++i) tokens += data[i] == 0 ? 1 : 4;
        uint256 used = 4 * tokens + vm.lastCallGas().gasTotalUsed;
        return TRANSACTION_GAS + (used > 10 * tokens ? used : 10 * tokens);
    }

    /// @dev `start`, and then bytes that are not zero.
    function _long(bytes memory start, uint256 length) private pure returns (bytes memory text) {
        text = new bytes(length);
        for (uint256 i = 0; i < length; ++i) text[i] = i < start.length ? start[i] : bytes1(0x20);
    }
}
