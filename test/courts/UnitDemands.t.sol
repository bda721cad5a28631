// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clocks} from "../../contracts/Clocks.sol";
import {IDisclosureCourt} from "../../contracts/courts/IDisclosureCourt.sol";
import {Modes} from "../../contracts/Modes.sol";
import {IFeeEscrow} from "../../contracts/settlement/IFeeEscrow.sol";
import {Demanding} from "../support/Demanding.sol";
import {vm} from "../support/Vm.sol";

/// @dev The receipt behind a unit of fee that was taken.
contract UnitDemandsTest is Demanding {
    // ---- what can be demanded

    function test_unitIsDemandedByAnyone() external {
        _settleTo(PRICE);
        bytes32 demand = keccak256(abi.encode("unit", payer, operator, client.addr, uint128(7)));
        vm.deal(stranger, FIRST_DEPOSIT);
        vm.expectEmit(address(disclosure));
        emit IDisclosureCourt.UnitDemanded(
            demand,
            operator,
            stranger,
            payer,
            client.addr,
            7,
            uint48(START + Clocks.ANSWER_TIME)
        );
        vm.prank(stranger);
        bytes32 returned = disclosure.demandUnit{value: FIRST_DEPOSIT}(payer, operator, client.addr, 7);
        vm.assertEq(returned, demand, "returned");
        vm.assertEq(_unitDemand(7), demand, "the id is of account and unit");
    }

    function test_firstAndLastSettledUnitCanBeDemandedAndNothingBeside() external {
        _expectRefused(1, _notSettled(1, 0));
        _settleTo(PRICE);
        _expectRefused(0, _notSettled(0, PRICE));
        _expectRefused(PRICE + 1, _notSettled(PRICE + 1, PRICE));
        _expectRefused(type(uint128).max, _notSettled(type(uint128).max, PRICE));
        _demandUnit(stranger, 1);
        _demandUnit(stranger, PRICE);
        vm.assertEq(disclosure.openDemandsOf(operator), 2, "open");
    }

    function test_unitsOfAnotherAccountAreNotSettled() external {
        _settleTo(PRICE);
        vm.deal(stranger, 3 * FIRST_DEPOSIT);
        vm.expectRevert(_notSettled(1, 0));
        vm.prank(stranger);
        disclosure.demandUnit{value: FIRST_DEPOSIT}(stranger, operator, client.addr, 1);
        vm.expectRevert(_notSettled(1, 0));
        vm.prank(stranger);
        disclosure.demandUnit{value: FIRST_DEPOSIT}(payer, rival, client.addr, 1);
        vm.expectRevert(_notSettled(1, 0));
        vm.prank(stranger);
        disclosure.demandUnit{value: FIRST_DEPOSIT}(payer, operator, stranger, 1);
    }

    /// @dev What came by x402 lies outside all units, so it must not be owed a receipt that nobody can have.
    function test_C1_whatWasCollectedWithoutVouchersIsOwedNoReceipt() external {
        vm.prank(operator);
        address payTo = escrow.openPayTo();
        _give(payer, PRICE);
        vm.prank(payer);
        token.transfer(payTo, PRICE);
        escrow.collect(operator);
        IFeeEscrow.Account memory account = escrow.account(payTo, operator, address(0));
        vm.assertEq(uint256(account.settled), PRICE, "set-up: collected");
        vm.deal(stranger, FIRST_DEPOSIT);
        vm.expectRevert(IDisclosureCourt.NoClient.selector);
        vm.prank(stranger);
        disclosure.demandUnit{value: FIRST_DEPOSIT}(payTo, operator, address(0), 1);
    }

    function test_unitCanBeDemandedForAWindowAfterTheLastSettlement() external {
        _settleTo(PRICE);
        _wait(WINDOW + 1);
        _expectRefused(1, _outOfTime(START + WINDOW));
        _settleTo(PRICE + 1);
        uint256 end = START + 2 * WINDOW + 1;
        vm.warp(end + 1);
        _expectRefused(1, _outOfTime(end));
        vm.warp(end);
        _demandUnit(stranger, 1);
    }

    function test_threat50_suspensionKeepsUnitsOpenByWhatItLasts() external {
        _settleTo(PRICE);
        vm.warp(START + WINDOW - 1);
        bonds.suspend(2 days);
        vm.warp(START + WINDOW + 2 days + 1);
        _expectRefused(1, _outOfTime(START + WINDOW + 2 days));
        vm.warp(START + WINDOW + 2 days);
        _demandUnit(stranger, 1);
    }

    // ---- what is an answer

    function test_unitIsAnsweredByTheReceiptThatOwnsIt() external {
        (Kept memory first, Kept memory second) = _twoServed();
        bytes32[4] memory demands;
        uint128[4] memory units = [1, PRICE, PRICE + 1, 2 * PRICE];
        for (uint256 i = 0; i < 4; ++i) demands[i] = _demandUnit(stranger, units[i]);
        // The first and the last unit of a receipt are its own, and their neighbours are not.
        _expectWrong(units[0], second);
        _expectWrong(units[1], second);
        _expectWrong(units[2], first);
        _expectWrong(units[3], first);
        for (uint256 i = 0; i < 4; ++i) {
            Kept memory kept = i < 2 ? first : second;
            vm.expectEmit(address(disclosure));
            emit IDisclosureCourt.Answered(demands[i], operator, kept.shown.root);
            _answerUnit(units[i], kept);
            vm.assertEq(disclosure.disclosedAt(kept.shown.root), START, "disclosed");
        }
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "answered");
    }

    function testFuzz_everyUnitBelongsToOneReceipt(uint128 unit) external {
        (Kept memory first, Kept memory second) = _twoServed();
        unit = uint128(_bound(unit, 1, 2 * PRICE));
        _demandUnit(stranger, unit);
        _expectWrong(unit, unit <= PRICE ? second : first);
        _answerUnit(unit, unit <= PRICE ? first : second);
    }

    function test_receiptWithoutAPriceOwnsNothing() external {
        Kept memory kept = _priced(0, PRICE);
        _settleTo(PRICE);
        _demandUnit(stranger, PRICE);
        _expectWrong(PRICE, kept);
    }

    function test_receiptThatChargesLessThanItsPriceOwnsNothing() external {
        Kept memory kept = _priced(PRICE + 1, PRICE);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        _expectWrong(1, kept);
    }

    function test_answerIsNotLongAndCostsTheLeast() external {
        Kept memory kept = _serve(Modes.SIGNED, PUBLIC);
        _settleTo(PRICE);
        for (uint128 unit = 1; unit <= 4; ++unit) _demandUnit(stranger, unit);
        for (uint128 unit = 1; unit <= 4; ++unit) _answerUnit(unit, kept);
        vm.assertEq(disclosure.coinOf(operator), LEAST_COST, "the fourth is repaid");
        vm.assertEq(disclosure.coinOf(stranger), 4 * FIRST_DEPOSIT - 5 * LEAST_COST, "and all four burn");
    }

    function test_threat39_batchCommittedByTheDeadlineAndItsGraceBacks() external {
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        uint256 latest = kept.shown.request.deadline + Clocks.SETTLEMENT_GRACE;
        vm.warp(latest);
        _commit(kept);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        _answerUnit(1, kept);
        vm.assertEq(disclosure.openDemandsOf(operator), 0, "answered");
    }

    function test_threat39_batchCommittedASecondLaterBacksNothing() external {
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        uint256 latest = kept.shown.request.deadline + Clocks.SETTLEMENT_GRACE;
        vm.warp(latest + 1);
        _commit(kept);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.BackingTooLate.selector, latest + 1, latest));
        _answerUnit(1, kept);
    }

    function test_threat39_whatIsNotCommittedBacksNothing() external {
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        vm.expectPartialRevert(bytes4(keccak256("ReceiptNotCommitted(address,bytes32)")));
        _answerUnit(1, kept);
    }

    /// @dev The whole of threat 39: serve rubbish, commit nothing, settle, and hope that nobody can ask.
    function test_threat39_whoSettlesWithoutReceiptsIsSlashed() external {
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        _wait(Clocks.ANSWER_TIME + 1);
        _convictUnit(stranger, 1);
        vm.assertEq(_ownBond(), BOND - 200e6, "slashed");
        vm.assertEq(bonds.awardsOf(payer), 2 * PRICE, "the payer is compensated");
    }

    function test_threat40_backingWithoutTheClientsSignatureIsNone() external {
        Kept memory kept = _serve(Modes.SIGNED, PUBLIC);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        bytes32 digest = kept.shown.receipt.requestHash;
        _expectUnsigned(kept, _sign(operatorKey.key, digest), operatorKey.addr);
        _expectUnsigned(kept, _sign(_actor("payer").key, digest), payer);
        _expectUnsigned(kept, "", address(0));
        _expectUnsigned(kept, new bytes(65), address(0));
        bytes memory other = _sign(client.key, keccak256("another digest"));
        vm.expectPartialRevert(IDisclosureCourt.ClientSignatureInvalid.selector);
        disclosure.answerUnit(1, kept.shown, other);
        _answerUnit(1, kept);
    }

    function test_threat40_noReceiptCanNameAClientThatCannotSign() external {
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        kept.shown.receipt.client = address(0);
        _seal(kept);
        _commit(kept);
        vm.expectRevert(
            abi.encodeWithSelector(IDisclosureCourt.ClientSignatureInvalid.selector, address(0), address(0))
        );
        disclosure.answerUnit(1, kept.shown, "");
    }

    /// @dev Orders that the same client gave another operator are no cover for money that it did not owe this one.
    function test_threat40_requestToAnotherOperatorBacksNothing() external {
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        kept.shown.request.operator = rival;
        _seal(kept);
        _commit(kept);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        _expectWrong(1, kept);
    }

    function test_receiptOfAnotherAccountAnswersNothing() external {
        Actor memory key = _actor("another key");
        Kept memory kept = _kept(Modes.SIGNED, PUBLIC);
        kept.shown.receipt.client = key.addr;
        _seal(kept);
        kept.clientSignature = _sign(key.key, kept.shown.receipt.requestHash);
        _commit(kept);
        _settleTo(PRICE);
        _demandUnit(stranger, 1);
        _expectNotOpen(disclosure.unitDemandId(payer, operator, key.addr, 1));
        _answerUnit(1, kept);

        Kept memory foreign = _kept(Modes.SIGNED, PUBLIC);
        foreign.shown.request.payer = stranger;
        _seal(foreign);
        _commit(foreign);
        _expectNotOpen(disclosure.unitDemandId(stranger, operator, client.addr, 1));
        _answerUnit(1, foreign);
    }

    // ---- helpers

    function _twoServed() private returns (Kept memory first, Kept memory second) {
        first = _priced(PRICE, PRICE);
        second = _priced(PRICE, 2 * PRICE);
        _settleTo(2 * PRICE);
    }

    function _priced(uint128 price, uint128 charged) private returns (Kept memory kept) {
        kept = _kept(Modes.SIGNED, PUBLIC);
        (kept.shown.receipt.price, kept.shown.receipt.charged) = (price, charged);
        _seal(kept);
        _commit(kept);
    }

    function _expectWrong(uint128 unit, Kept memory kept) private {
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.WrongReceipt.selector, _unitDemand(unit)));
        _answerUnit(unit, kept);
    }

    function _expectUnsigned(Kept memory kept, bytes memory signature, address signer) private {
        vm.expectRevert(abi.encodeWithSelector(IDisclosureCourt.ClientSignatureInvalid.selector, client.addr, signer));
        disclosure.answerUnit(1, kept.shown, signature);
    }

    function _expectRefused(uint128 unit, bytes memory reason) private {
        vm.deal(stranger, FIRST_DEPOSIT);
        vm.expectRevert(reason);
        vm.prank(stranger);
        disclosure.demandUnit{value: FIRST_DEPOSIT}(payer, operator, client.addr, unit);
    }

    function _notSettled(uint128 unit, uint256 settled) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDisclosureCourt.UnitNotSettled.selector, unit, settled);
    }

    function _outOfTime(uint256 end) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDisclosureCourt.DemandOutOfTime.selector, end);
    }
}
