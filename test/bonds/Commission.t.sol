// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOperatorBonds} from "../../contracts/bonds/IOperatorBonds.sol";
import {Clocks} from "../../contracts/Clocks.sol";
import {Stakes} from "../support/Stakes.sol";
import {vm} from "../support/Vm.sol";

/// @dev An operator with as much delegated as it has bonded itself, so that delegators' part is half less the commission.
contract CommissionTest is Stakes {
    uint256 private constant HALF = 5e8;

    function setUp() public override {
        super.setUp();
        _enter();
        _delegate(delegator, BOND);
    }

    function test_rateIsTheDelegatorsPartLessTheCommission() external view {
        vm.assertEq(_rate(), (HALF * 9_000) / 10_000, "a tenth is the operator's");
    }

    function test_setCommissionAnnouncesTheChange() external {
        vm.expectEmit(address(bonds));
        emit IOperatorBonds.CommissionSet(operator, 0, START + Clocks.COMMISSION_DELAY);
        _setCommission(0);
        _assertCommission(COMMISSION_BPS, 0, START + Clocks.COMMISSION_DELAY);
    }

    function test_threat16_commissionChangesAfterItsDelayAndNotASecondBefore() external {
        _setCommission(10_000);
        _wait(Clocks.COMMISSION_DELAY - 1);
        vm.assertEq(bonds.commissionOf(operator).current, COMMISSION_BPS, "the second before");
        vm.assertEq(_rate(), (HALF * 9_000) / 10_000, "at the old terms");
        _wait(1);
        vm.assertEq(bonds.commissionOf(operator).current, 10_000, "in force");
        vm.assertEq(_rate(), 0, "everything is the operator's");
    }

    function test_threat16_changeUnderWayIsReplacedAndTheNewOneWaitsForItself() external {
        _setCommission(10_000);
        _wait(Clocks.COMMISSION_DELAY - 1);
        _setCommission(2_000);
        _wait(1);
        _assertCommission(COMMISSION_BPS, 2_000, START + 2 * Clocks.COMMISSION_DELAY - 1);
        _wait(Clocks.COMMISSION_DELAY - 2);
        vm.assertEq(bonds.commissionOf(operator).current, COMMISSION_BPS, "the second before");
        _wait(1);
        vm.assertEq(bonds.commissionOf(operator).current, 2_000, "the new one alone");
    }

    function test_threat16_changeInForceStaysSoUntilTheNext() external {
        _setCommission(3_000);
        _wait(Clocks.COMMISSION_DELAY);
        _setCommission(0);
        _assertCommission(3_000, 0, START + 2 * Clocks.COMMISSION_DELAY);
        _wait(Clocks.COMMISSION_DELAY - 1);
        vm.assertEq(bonds.commissionOf(operator).current, 3_000, "the second before");
        _wait(1);
        vm.assertEq(_rate(), HALF, "no commission");
    }

    /// @dev The longest way out: the longest delay, with the longest suspension in it.
    function test_threat16_everybodyCanLeaveBeforeACommissionChanges() external {
        bonds.setUnbondingDelay(uint48(Clocks.MAX_UNBONDING));
        _setCommission(10_000);
        uint48 ticket = _requestUnbond(delegator, BOND);
        bonds.suspend(uint48(Clocks.MAX_SUSPENSION));
        _wait(Clocks.MAX_UNBONDING + Clocks.MAX_SUSPENSION);
        vm.assertEq(_withdraw(delegator, ticket), BOND, "left");
        vm.assertEq(bonds.commissionOf(operator).current, COMMISSION_BPS, "at the old terms");
    }

    function test_setCommissionRefusesMoreThanAllAndTheUnregistered() external {
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.CommissionTooHigh.selector, 10_001, 10_000));
        _setCommission(10_001);
        vm.expectRevert(abi.encodeWithSelector(IOperatorBonds.OperatorNotRegistered.selector, stranger));
        vm.prank(stranger);
        bonds.setCommission(0);
    }

    function test_commissionOfNobodyIsNothing() external view {
        IOperatorBonds.Commission memory commission = bonds.commissionOf(stranger);
        vm.assertEq(commission.current + commission.next + commission.from, 0, "nothing");
    }

    function _setCommission(uint16 bps) private {
        vm.prank(operator);
        bonds.setCommission(bps);
    }

    function _rate() private view returns (uint256) {
        return bonds.termsOf(operator).delegatorsRate;
    }

    function _assertCommission(uint256 current, uint256 next, uint256 from) private view {
        IOperatorBonds.Commission memory commission = bonds.commissionOf(operator);
        vm.assertEq(commission.current, current, "current");
        vm.assertEq(commission.next, next, "next");
        vm.assertEq(commission.from, from, "from");
    }
}
