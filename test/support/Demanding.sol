// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Demands} from "../../contracts/courts/Demands.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {Receipt, Receipts} from "../../contracts/receipts/Receipts.sol";
import {Order, Requests} from "../../contracts/settlement/Requests.sol";
import {Trial} from "./Trial.sol";
import {vm} from "./Vm.sol";

/**
 * @title Demanding
 * @notice What an operator keeps of an answer, how it is demanded, and how it answers.
 */
abstract contract Demanding is Trial {
    // JSON reads better without a backslash before each of its quotation marks.
    // solhint-disable quotes
    bytes internal constant PUBLIC = '{"disclose":true,"runtime":"surety","version":"1"}';
    bytes internal constant PRIVATE = '{"disclose":false,"runtime":"surety","version":"1"}';
    // solhint-enable quotes

    /// @dev What an answer without a byte that was called for counts as, and the deposit for the first demands.
    uint256 internal constant LEAST_COST = 70_000 * LEAST_GAS_PRICE;
    uint256 internal constant FIRST_DEPOSIT = 2 * 650_000 * LEAST_GAS_PRICE;

    /// @notice What an operator keeps of an answer.
    struct Kept {
        IDisclosureCourt.Shown shown;
        IDisclosureCourt.Disclosed disclosed;
        bytes clientSignature;
    }

    /// @dev What was asked for in `mode` under `context`, and answered for `PRICE`. Nothing is committed.
    function _kept(uint8 mode, bytes memory context) internal view returns (Kept memory kept) {
        kept.disclosed = IDisclosureCourt.Disclosed(context, _evidence(mode), "the input", "the output");
        Order memory order = _order();
        (order.mode, order.contextHash) = (mode, keccak256(context));
        order.inputHash = keccak256(kept.disclosed.input);
        kept.shown.order = order;
        kept.shown.request = _request(order);
        Receipt memory receipt = _receipt(kept.shown.request);
        receipt.sequence = ledger.nextSequence(operator);
        receipt.outputHash = keccak256(kept.disclosed.output);
        receipt.proofHash = _proofHash(mode, kept.disclosed.evidence);
        kept.shown.receipt = receipt;
        _seal(kept);
    }

    /// @dev Binds request, signature and leaf anew, after a change of order, request or receipt.
    function _seal(Kept memory kept) internal view {
        kept.shown.request.orderHash = Requests.hash(kept.shown.order);
        kept.shown.receipt.requestHash = escrow.requestDigest(kept.shown.request);
        kept.clientSignature = _sign(client.key, kept.shown.receipt.requestHash);
        kept.shown.root = Receipts.hash(kept.shown.receipt);
    }

    /// @dev Commits it in a batch of one.
    function _commit(Kept memory kept) internal {
        _commit(operator, kept.shown.root, kept.shown.receipt.sequence, 1);
    }

    function _serve(uint8 mode, bytes memory context) internal returns (Kept memory kept) {
        kept = _kept(mode, context);
        _commit(kept);
    }

    /// @dev Settles the account up to `total`, with new money.
    function _settleTo(uint128 total) internal {
        _pay(uint96(total - escrow.account(payer, operator, client.addr).settled));
    }

    /// @dev What an operator shows where the context keeps the payload from strangers.
    function _withoutPayload(Kept memory kept) internal pure returns (IDisclosureCourt.Disclosed memory) {
        return IDisclosureCourt.Disclosed(kept.disclosed.context, kept.disclosed.evidence, "", "");
    }

    function _demandReceipt(address who, bytes32 root, uint64 sequence) internal returns (bytes32) {
        uint256 deposit = disclosure.depositFor(operator);
        vm.deal(who, who.balance + deposit);
        vm.prank(who);
        return disclosure.demandReceipt{value: deposit}(operator, root, sequence);
    }

    function _demandReceipt(address who, Kept memory kept) internal returns (bytes32) {
        return _demandReceipt(who, kept.shown.root, kept.shown.receipt.sequence);
    }

    function _demandPayload(Kept memory kept) internal returns (bytes32) {
        uint256 deposit = disclosure.depositFor(operator);
        vm.deal(payer, payer.balance + deposit);
        vm.prank(payer);
        return disclosure.demandPayload{value: deposit}(kept.shown);
    }

    function _demandUnit(address who, uint128 unit) internal returns (bytes32) {
        uint256 deposit = disclosure.depositFor(operator);
        vm.deal(who, who.balance + deposit);
        vm.prank(who);
        return disclosure.demandUnit{value: deposit}(payer, operator, client.addr, unit);
    }

    function _answerReceipt(Kept memory kept) internal {
        vm.prank(operator);
        disclosure.answerReceipt(kept.shown, kept.disclosed);
    }

    function _answerUnit(uint128 unit, Kept memory kept) internal {
        vm.prank(operator);
        disclosure.answerUnit(unit, kept.shown, kept.clientSignature);
    }

    function _convictReceipt(address who, Kept memory kept) internal {
        vm.prank(who);
        disclosure.convictReceipt(operator, kept.shown.root, kept.shown.receipt.sequence);
    }

    function _convictUnit(address who, uint128 unit) internal {
        vm.prank(who);
        disclosure.convictUnit(payer, operator, client.addr, unit);
    }

    function _unitDemand(uint128 unit) internal view returns (bytes32) {
        return disclosure.unitDemandId(payer, operator, client.addr, unit);
    }

    function _receiptDemand(Kept memory kept) internal view returns (bytes32) {
        return disclosure.receiptDemandId(operator, kept.shown.root, kept.shown.receipt.sequence);
    }

    function _deadlineOf(bytes32 demand) internal view returns (uint256) {
        return disclosure.demandOf(demand).deadline;
    }

    function _expectNotOpen(bytes32 demand) internal {
        vm.expectRevert(abi.encodeWithSelector(Demands.DemandNotOpen.selector, demand));
    }

    /// @dev Two hidden vectors, one proof, or nothing.
    function _evidence(uint8 mode) private pure returns (bytes[] memory evidence) {
        if (mode == Modes.SIGNED) return evidence;
        evidence = new bytes[](mode == Modes.OPTIMISTIC ? 2 : 1);
        evidence[0] = "the first";
        if (mode == Modes.OPTIMISTIC) evidence[1] = "the second";
    }

    function _proofHash(uint8 mode, bytes[] memory evidence) private pure returns (bytes32) {
        if (mode == Modes.SIGNED) return 0;
        if (mode != Modes.OPTIMISTIC) return keccak256(evidence[0]);
        return keccak256(bytes.concat(keccak256(evidence[0]), keccak256(evidence[1])));
    }
}
